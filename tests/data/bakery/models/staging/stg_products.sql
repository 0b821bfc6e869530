select
    sku,
    title as product_name,
    {{ euros('price_cents') }} as price
from {{ ref('raw_products') }}
