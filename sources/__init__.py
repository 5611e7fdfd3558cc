"""What reaches Jalon: reference, partner workbooks, published documents, and the landing that stores them."""
