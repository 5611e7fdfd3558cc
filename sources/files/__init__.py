"""Files on disk: atomic write, names, the memo of what was computed from them. Nothing about their content."""
