"""What each deliverable contains: marts to document model, all its words in French."""
