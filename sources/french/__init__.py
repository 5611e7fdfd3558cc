"""French as readers need it: numbers, periods, typography, folding. It knows no document and no workbook."""
