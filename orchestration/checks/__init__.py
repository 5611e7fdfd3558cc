"""Dagster asset checks: what they verify is decided by quality, dbt and exports."""
