"""The French articles of the partners' codes: « par la CNAM », « du GIE SESAM-Vitale », « de l’ANS »."""

#: article → the partners that take it; a name without one (Bpifrance, SPF) is not here
_PARTNERS = {
    "la ": ("DNS", "CNAM", "DSS", "BDT", "DMSMP", "DGE", "DGRI", "CNSA", "HAS", "DGS", "DGOS", "DGESIP", "DGCS",
            "DREES", "PDS", "DNUM"),
    "le ": ("HFDS", "GIE SESAM-Vitale", "GIP PIX"),
    "l’": ("ANS", "ANCT", "AIS", "ANSSI", "ATIH"),
    "les ": ("ARS/GRADeS",),
}  # fmt: skip
_ARTICLES = {code: article for article, codes in _PARTNERS.items() for code in codes}
_CONTRACTED = {"le ": "du ", "les ": "des "}


def by(code: str) -> str:
    """« par la CNAM »."""
    return f"par {_ARTICLES.get(code, '')}{code}"


def of(code: str) -> str:
    """« du GIE SESAM-Vitale », « de l’ANS », « de Bpifrance »."""
    article = _ARTICLES.get(code, "")
    return f"{_CONTRACTED.get(article, f'de {article}')}{code}"
