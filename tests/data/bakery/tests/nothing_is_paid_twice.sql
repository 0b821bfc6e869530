select order_id, sum(amount_cents) as cents
from {{ ref('stg_payments') }}
group by order_id
having sum(amount_cents) > 1000
