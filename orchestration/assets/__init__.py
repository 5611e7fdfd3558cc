"""The assets, from the drop folder to the deliverables: thin over the plain functions of the four packages."""
