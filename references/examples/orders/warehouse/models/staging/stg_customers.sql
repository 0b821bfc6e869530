select
    customer_id,
    name,
    country
from {{ source('sales', 'customers') }}
