"""A CNS session: calendar, drafts, rendering, publication, letters, sending."""
