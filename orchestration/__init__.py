"""Dagster code location and command line: the only package that knows Dagster."""
