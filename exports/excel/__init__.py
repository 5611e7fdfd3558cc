"""The Excel writer: document model in, `.xlsx` bytes out. Knows nothing of the marts."""
