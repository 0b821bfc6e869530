select
    customers.customer_id,
    customers.name,
    count(*) as orders
from {{ ref('stg_custmers') }} as customers
inner join {{ ref('orders') }} as orders on orders.customer_id = customers.customer_id
group by 1, 2
