"""The application without Dagster: it composes sources, quality and exports. Dagster rooms and commands call it."""
