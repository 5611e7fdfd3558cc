"""The deliverables: marts to document model to Word, Excel and open data."""
