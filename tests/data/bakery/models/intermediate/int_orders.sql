select
    o.*,
    row_number() over (partition by o.customer_id order by o.ordered_at) as visit
from {{ ref('stg_orders') }} as o
