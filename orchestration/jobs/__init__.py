"""Dagster jobs. A job names assets or calls a service; it holds no rule."""
