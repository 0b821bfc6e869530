"""dbt projects: the project file, properties, and the SQL, Python and CSV files that are nodes."""
