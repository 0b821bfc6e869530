"""Rules on what dbt and schedulers keep between runs."""
