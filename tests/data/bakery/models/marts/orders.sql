{{ config(materialized='incremental', unique_key='order_id', incremental_strategy='delete+insert', on_schema_change='fail') }}

with lines as (
    select order_id, sum(total) as total, sum(pieces) as pieces
    from {{ ref('int_line_totals') }}
    group by order_id
),
paid as (
    select order_id, amount, card_amount from {{ ref('int_payments_by_order') }}
)
select
    o.order_id,
    o.customer_id,
    o.ordered_at,
    o.status,
    o.visit,
    lines.pieces,
    lines.total,
    coalesce(paid.amount, 0) as paid,
    paid.card_amount
from {{ ref('int_orders') }} as o
left join lines on lines.order_id = o.order_id
left join paid on paid.order_id = o.order_id
{% if is_incremental() %}
where o.ordered_at >= (select max(ordered_at) from {{ this }})
{% endif %}
