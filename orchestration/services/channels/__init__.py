"""Remote folders of partners: taken into the drop folder, and answered where they are."""
