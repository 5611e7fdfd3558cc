"""Measurements of Jalon, each beside a reference in the same run. No test asserts on time."""
