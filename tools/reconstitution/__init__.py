"""The CNS-12 workbooks that no partner sent, rebuilt from the published progress report.

What belongs here: what the report says, row by row (the CSV files, reviewed by hand), and the writing of one workbook
a lead partner from it. What does not: how a workbook looks (`sources.workbook`) or is read.
"""
