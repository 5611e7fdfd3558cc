"""What one session of the CNS goes through: standing, letters, rendering, review, publication, sending."""
