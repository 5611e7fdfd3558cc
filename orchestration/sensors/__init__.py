"""Dagster sensors: what starts a run when something happened."""
