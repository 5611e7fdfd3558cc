"""One writer at a time, in any process, and nothing to clean after a death."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from orchestration.services.runtime.locks import BusyError, is_held, writing

CONTEXT = multiprocessing.get_context("spawn")


def hold(lock_file: Path, connection: Connection) -> None:
    with writing(lock_file):
        connection.send("held")
        connection.recv()


def held_elsewhere(lock_file: Path) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=hold, args=(lock_file, theirs))
    process.start()
    assert ours.recv() == "held"
    return process, ours


def test_who_waits_is_told_for_whom_and_then_that_it_took_too_long(tmp_path: Path) -> None:
    lock_file = tmp_path / "writer.lock"
    process, connection = held_elsewhere(lock_file)
    try:
        told: list[str] = []
        with (
            pytest.raises(BusyError, match=f"process {process.pid}"),
            writing(lock_file, log=told.append, wait_seconds=0.3),
        ):
            pytest.fail("two writers at once")
        assert len(told) == 1
        assert f"process {process.pid}" in told[0]
        assert is_held(lock_file) is not None
    finally:
        connection.send("end")
        process.join()
    with writing(lock_file, wait_seconds=0):
        pass
    assert is_held(lock_file) is None


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    lock_file = tmp_path / "writer.lock"
    process, _ = held_elsewhere(lock_file)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with writing(lock_file, wait_seconds=0):
        pass


def test_a_step_within_a_step_does_not_wait_for_itself(tmp_path: Path) -> None:
    with writing(tmp_path / "writer.lock"), writing(tmp_path / "writer.lock", wait_seconds=0):
        pass
