"""The DuckDB files and the dbt project that fills them."""
