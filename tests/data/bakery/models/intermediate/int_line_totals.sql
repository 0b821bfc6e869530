select
    l.order_id,
    l.sku,
    l.pieces,
    l.pieces * p.price as total
from {{ ref('stg_lines') }} as l
inner join {{ ref('stg_products') }} as p on p.sku = l.sku
