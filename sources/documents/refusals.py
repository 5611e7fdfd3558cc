"""Files that cannot be read: what each is, and the fix, in one French line for the person who gave it."""

from collections.abc import Iterable
from pathlib import PurePath

_PDF, _ZIP, _OLE = b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_KINDS = {
    _PDF: "PDF",
    _ZIP: "bureautique récent (.docx, .odt, .pptx) ou une archive",
    _OLE: "Office ancien (.doc, .ppt) ou protégé par un mot de passe",
}
_OWN = {".pdf": _PDF, ".docx": _ZIP, ".odt": _ZIP, ".pptx": _ZIP}
#: formats that no reader knows, and what the person who gave one can do
_CONVERTED = {
    ".doc": "Ouvrez-le dans Word, puis enregistrez-le au format Word (.docx) ou en PDF",
    ".rtf": "Ouvrez-le dans Word, puis enregistrez-le au format Word (.docx) ou en PDF",
    ".ppt": "Ouvrez-le dans PowerPoint, puis enregistrez-le au format PowerPoint (.pptx) ou en PDF",
    ".odp": "Ouvrez-le dans LibreOffice, puis exportez-le en PDF",
    ".pages": "Ouvrez-le dans Pages, puis exportez-le au format Word (.docx) ou en PDF",
}
FORMER_EXTENSIONS = frozenset(_CONVERTED)
_LOCKED = ("password", "encrypt", "mot de passe")


class NotReadableError(ValueError):
    """A file no reader can open; the message is French, for the person who gave it, and says the fix."""


def unknown_format(file_name: str, known: Iterable[str]) -> NotReadableError:
    """The refusal of a format that no reader knows, with what to do about it."""
    fix = _CONVERTED.get(PurePath(file_name).suffix.lower(), "Enregistrez le document en PDF ou en Word (.docx)")
    return NotReadableError(
        f"{file_name} : format non lu. {fix}, puis redonnez-le. Formats lus : {', '.join(sorted(known))}."
    )


def refuse_what_it_is_not(content: bytes, file_name: str) -> None:
    """`NotReadableError` for an empty file, and for one whose bytes are of another kind than its extension says."""
    suffix = PurePath(file_name).suffix.lower()
    if not content:
        raise NotReadableError(f"{file_name} : fichier vide (0 octet). Redonnez le document d’origine.")
    head = next((magic for magic in _KINDS if content[:1024].lstrip().startswith(magic)), None)
    own = _OWN.get(suffix)
    if head is not None and head != own:
        raise NotReadableError(
            f"{file_name} : l’extension dit « {suffix} », le contenu est un fichier {_KINDS[head]}. Enregistrez-le "
            "dans ce format sans mot de passe, ou redonnez-lui sa vraie extension."
        )
    if own is None and not content.startswith((b"\xff\xfe", b"\xfe\xff")) and _is_binary(content):
        raise NotReadableError(
            f"{file_name} : le contenu n’est pas un texte. Redonnez le document en PDF, en Word (.docx) ou en texte."
        )


def _is_binary(content: bytes) -> bool:
    """Whether bytes hold characters no text does: a null, or many control characters."""
    sample = content[:4096]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x0b\x1b" for byte in sample)
    return b"\x00" in sample or odd * 20 > len(sample)


def why_not_read(error: BaseException, file_name: str) -> str:
    """What a reader's failure means: locked, or damaged."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        told.append(f"{type(cause).__name__} {cause.args}")
        cause = cause.__cause__ or cause.__context__
    if any(word in " ".join(told).lower() for word in _LOCKED):
        return f"{file_name} : protégé par un mot de passe. Enregistrez-le sans mot de passe, puis redonnez-le."
    return (
        f"{file_name} : fichier abîmé ou incomplet ({type(error).__name__}). Ouvrez-le, enregistrez-le de nouveau, "
        "puis redonnez-le."
    )
