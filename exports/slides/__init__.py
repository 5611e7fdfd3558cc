"""The slides of a session: a `.pptx` from the document model, shown on a screen, read by assistive technology."""
