"""The dashboard of a session: one HTML file that needs neither server nor network."""
