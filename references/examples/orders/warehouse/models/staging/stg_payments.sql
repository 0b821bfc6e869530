select
    payment_id,
    order_id,
    amount,
    paid_on
from {{ source('sales', 'payments') }}
