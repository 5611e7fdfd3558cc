"""Open data of a session: typed CSV files described by a Data Package."""
