"""The Word writer: document model and template in, `.docx` bytes out. Knows nothing of the marts."""
