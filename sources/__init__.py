"""What reaches Jalon: reference, partner workbooks, published documents, and the landing that keeps them."""
