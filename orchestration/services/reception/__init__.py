"""From a file in the drop folder to its landing and its receipt."""
