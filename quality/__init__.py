"""Judgement of what came in: row rules and Great Expectations suites built from the workbook schema."""
