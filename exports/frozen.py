"""Immutable values with named fields, made at a fraction of what `dataclass(frozen=True, slots=True)` takes to make.

That decorator compiles six functions for each class, one to three thousandths of a second; the deliverables have some
eighty such classes, and making them was a tenth of a rendering started anew. Here one function is compiled, that which
takes the values; the others are shared. For `dataclasses.fields`, `replace` and type checkers the classes are
dataclasses like any other.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[Made]) -> type[Made]:
    """A class of immutable values from its annotations, with slots, compared and hashed by its fields in order."""
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    values = attrgetter(*made.__match_args__)

    def equals(self: Any, other: object) -> bool:
        return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    made.__init__, made.__eq__, made.__hash__ = _initialiser(made), equals, hashed
    made.__repr__, made.__reduce__, made.__setattr__, made.__delattr__ = _repr, _reduce, _refuse, _refuse
    return made  # type: ignore[no-any-return]


def _initialiser(cls: type) -> Callable[..., None]:
    """`__init__` with the fields as parameters, in order; each value goes straight into its slot."""
    known: dict[str, Any] = {"MISSING": MISSING}
    parameters, lines = ["self"], []
    for column in fields(cls):
        name, value = column.name, column.name
        known[f"_set_{name}"] = cls.__dict__[name].__set__
        if column.default is not MISSING:
            known[f"_default_{name}"] = column.default
            parameters.append(f"{name}=_default_{name}")
        elif column.default_factory is not MISSING:
            known[f"_make_{name}"] = column.default_factory
            parameters.append(f"{name}=MISSING")
            value = f"_make_{name}() if {name} is MISSING else {name}"
        else:
            parameters.append(name)
        lines.append(f" _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines), known)  # noqa: S102 — as dataclasses does
    return known["__init__"]  # type: ignore[no-any-return]


def _repr(self: Any) -> str:
    said = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
    return f"{type(self).__qualname__}({said})"


def _reduce(self: Any) -> tuple[Any, ...]:
    """How it is copied and pickled: made again from its values."""
    return type(self), tuple(getattr(self, name) for name in self.__match_args__)


def _refuse(self: object, name: str, value: object = None) -> None:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} is set once and for all")
