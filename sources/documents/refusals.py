"""Files that cannot be read: what each is, and the mend, in one French line for the person who gave it."""

from pathlib import PurePath

_PDF, _ZIP, _OLE = b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_KINDS = {_PDF: "PDF", _ZIP: "Word (.docx) ou une archive", _OLE: "Word ancien (.doc) ou protégé par un mot de passe"}
_OWN = {".pdf": _PDF, ".docx": _ZIP}
_LOCKED = ("password", "encrypt", "mot de passe")


class NotReadableError(ValueError):
    """A file no reader can open; the message is French, for the person who gave it, and says the mend."""


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
