"""The partner workbook: one schema, the template written from it, the reader that takes it back."""
