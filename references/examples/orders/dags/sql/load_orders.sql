-- Yesterday's orders, as the shop has them.
INSERT INTO sales.orders (order_id, customer_id, status, order_date, updated_at)
SELECT order_id, customer_id, status, order_date, updated_at
FROM shop.orders
WHERE order_date = '{{ ds }}';
