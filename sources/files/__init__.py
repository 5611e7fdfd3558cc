"""Files on disk: atomic write, names, the memo of what was worked out from them. Nothing about their content."""
