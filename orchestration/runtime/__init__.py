"""How runs live and fail: locks, liveness, history, progress, errors in plain words."""
