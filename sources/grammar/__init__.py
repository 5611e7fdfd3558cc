"""How French people write figures and dates: one grammar for workbook cells and for published texts."""
