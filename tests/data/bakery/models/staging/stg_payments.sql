select
    id as payment_id,
    order_id,
    method,
    cents as amount_cents
from {{ source('landing', 'payments') }}
