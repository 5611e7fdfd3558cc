"""A document that keeps its reader busy for ever is refused, and the others are read."""

import threading
from collections.abc import Callable

import pytest

from sources.documents import NotReadableError, extraction, time_limit
from sources.documents.text import SourceText


def endless(_content: bytes) -> SourceText:
    """What some drawings make of a PDF library; it swallows what is raised in it, as libraries do."""
    swallowed = False
    while True:
        try:
            sum(range(1000))
        except time_limit.TooLongError:
            if swallowed:
                raise
            swallowed = True


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SourceText]:
    """Reads a text with a reader that never ends, half a second of the processor being allowed."""
    monkeypatch.setattr(extraction, "limited", lambda: time_limit.limited(0.5))
    monkeypatch.setitem(extraction._READERS, ".txt", endless)
    return lambda name: extraction.read_source(b"Texte.", name)


def test_a_document_that_never_ends_is_refused_with_the_mend(slow: Callable[[str], SourceText]) -> None:
    with pytest.raises(NotReadableError, match=r"sans-fin\.txt : lecture abandonnée après 5 minutes.*PDF neuf"):
        slow("sans-fin.txt")


def test_nothing_is_left_armed_after_a_reading() -> None:
    import signal

    with time_limit.limited(1000.0):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_a_thread_reads_without_a_limit() -> None:
    done: list[bool] = []

    def read() -> None:
        with time_limit.limited(0.001):
            done.append(sum(range(10_000_000)) > 0)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert done == [True]
