"""What every service uses: folders, locks, progress lines, errors in plain words."""
