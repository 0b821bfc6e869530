select
    products.sku,
    products.product_name,
    sum(sold.total) as total
from {{ ref('int_line_totals') }} as sold
inner join {{ ref('stg_products') }} as products on products.sku = sold.sku
group by products.sku, products.product_name
qualify rank() over (order by sum(sold.total) desc) <= 2
