"""The DuckDB files and the dbt build. The models themselves are in dbt_project/."""
