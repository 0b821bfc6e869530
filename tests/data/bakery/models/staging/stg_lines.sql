select id as line_id, order_id, sku, pieces from {{ ref('raw_lines') }}
