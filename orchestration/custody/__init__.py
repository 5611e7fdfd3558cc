"""What must never be lost or altered: the audit trail, backups, archives."""
