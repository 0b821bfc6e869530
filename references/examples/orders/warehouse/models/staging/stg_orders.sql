select
    order_id,
    customer_id,
    lower(status) as status,
    order_date,
    updated_at
from {{ source('sales', 'orders') }}
