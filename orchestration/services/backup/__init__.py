"""Backup, restore and archiving of an installation's state."""
