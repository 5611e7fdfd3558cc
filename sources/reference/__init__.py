"""The roadmap's reference, read from the dbt seeds."""
