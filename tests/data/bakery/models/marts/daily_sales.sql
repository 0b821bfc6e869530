select
    cast(ordered_at as date) as day,
    count(*) as orders,
    sum(total) as total
from {{ ref('orders') }}
group by 1
