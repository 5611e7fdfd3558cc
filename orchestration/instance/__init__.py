"""The Dagster instance under JALON_HOME: its settings, its history, and which of its runs are alive."""
