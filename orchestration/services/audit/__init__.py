"""The audit trail: who dropped, decided, published and sent. No rule on a session's state."""
