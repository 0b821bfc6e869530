with visits as (
    select
        customer_id,
        count(*) as orders,
        min(ordered_at) as first_order_at,
        sum(paid) as paid
    from {{ ref('orders') }}
    where status <> 'returned'
    group by customer_id
)
select
    c.customer_id,
    c.customer_name,
    c.city,
    coalesce(visits.orders, 0) as orders,
    visits.first_order_at,
    coalesce(visits.paid, 0) as paid
from {{ ref('stg_customers') }} as c
left join visits on visits.customer_id = c.customer_id
