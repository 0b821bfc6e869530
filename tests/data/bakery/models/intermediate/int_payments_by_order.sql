{% set methods = ['card', 'cash'] %}
select
    order_id,
    {%- for method in methods %}
    sum(case when method = '{{ method }}' then {{ euros('amount_cents') }} else 0 end) as {{ method }}_amount,
    {%- endfor %}
    {{ euros('sum(amount_cents)') }} as amount
from {{ ref('stg_payments') }}
group by order_id
