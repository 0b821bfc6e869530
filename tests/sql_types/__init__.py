"""Types of SQL expressions, held against a database where there is one."""
