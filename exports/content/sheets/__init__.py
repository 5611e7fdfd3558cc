"""The workbook's sheets, one module each: columns declared over mart rows."""
