"""Dagster schedules, made from the calendar of services.session."""
