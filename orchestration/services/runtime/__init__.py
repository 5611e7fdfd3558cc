"""What every service stands on: folders, locks, progress lines, errors in plain words."""
