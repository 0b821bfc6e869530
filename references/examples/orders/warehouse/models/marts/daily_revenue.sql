{{ config(materialized='incremental') }}

select
    order_date,
    country,
    sum(amount) as revenue
from {{ ref('orders') }} as orders
inner join {{ ref('stg_customers') }} as customers using (customer_id)
{% if is_incremental() %}
where order_date >= (select max(order_date) from {{ this }})
{% endif %}
group by 1, 2
