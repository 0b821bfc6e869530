{% macro euros(column) %}
({{ column }} / 100.0)
{% endmacro %}
