"""The CNS-12 workbooks that no partner sent, rebuilt from the published progress report.

What belongs here: the facts of the report, row by row (the CSV files, reviewed by hand), and the writing of one
workbook a lead partner from it. What does not: the layout and the reading of a workbook (`sources.workbook`).
"""
