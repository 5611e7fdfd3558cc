"""Jobs, schedules, sensors and asset checks: what Dagster starts by itself or offers to start."""
