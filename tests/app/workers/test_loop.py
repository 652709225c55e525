from __future__ import annotations

import time

import pytest

from app.workers.loop import Loop, as_avatar_error
from avatar_core.errors import AssetError, AvatarError, Cancelled, DeviceError
from tests.app.workers.waiting import until


class Counting(Loop):
    """Counts its rounds, and fails when told to."""

    def __init__(self) -> None:
        self.errors: list[AvatarError] = []
        super().__init__("Counting", self.errors.append)
        self.rounds = 0
        self.failure: Exception | None = None
        self.gave_up = 0
        self.was_closed = False

    def seen(self) -> tuple[int, int, list[AvatarError]]:
        return self.rounds, self.gave_up, self.errors

    def step(self) -> None:
        self.rest(0.001)
        self.rounds += 1
        if self.failure is not None:
            raise self.failure

    def give_up(self) -> None:
        self.gave_up += 1

    def close(self) -> None:
        self.was_closed = True


def test_repeats_until_stopped_and_frees_what_it_owns() -> None:
    loop = Counting()
    loop.start()
    until(lambda: loop.rounds > 3, loop.seen)
    loop.stop()
    assert loop.join(2.0)
    assert loop.was_closed
    assert not loop.is_alive


def test_stops_at_once_while_it_waits_for_ever() -> None:
    class Waiting(Counting):
        def step(self) -> None:
            self.rest(None)

    loop = Waiting()
    loop.start()
    loop.stop()
    assert loop.join(1.0)


def test_a_failure_is_said_once_and_the_thread_lives_on() -> None:
    loop = Counting()
    loop.start()
    loop.failure = AssetError("The film is damaged.", "Try another.")
    until(lambda: loop.gave_up >= 2, loop.seen)
    assert [str(error) for error in loop.errors] == ["The film is damaged. Try another."]
    loop.renew()
    until(lambda: len(loop.errors) == 2, loop.seen)
    loop.stop()
    assert loop.join(2.0)


def test_a_failure_that_comes_back_does_not_take_a_core() -> None:
    loop = Counting()
    loop.failure = AssetError("Again.")
    loop.start()
    time.sleep(0.3)
    loop.stop()
    assert loop.join(2.0)
    assert loop.rounds < 20


def test_cancelled_is_no_error() -> None:
    loop = Counting()
    loop.failure = Cancelled()
    loop.start()
    until(lambda: loop.rounds > 2, loop.seen)
    loop.stop()
    assert loop.join(2.0)
    assert loop.errors == []


def test_joining_a_loop_that_never_started_is_harmless() -> None:
    assert Counting().join(0.1)


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "memory"), [(OutOfMemoryError("2 GiB"), "graphics card"), (MemoryError(), "computer")]
)
def test_full_memory_is_no_fault_of_the_program(error: Exception, memory: str) -> None:
    told = as_avatar_error(error, "The avatar's pose")
    assert isinstance(told, DeviceError)
    assert told.message == f"The avatar's pose stopped because the memory of the {memory} is full."
    assert "again" in told.hint


def test_faults_name_what_failed(caplog: pytest.LogCaptureFixture) -> None:
    error = as_avatar_error(KeyError("jaw"), "Face tracking")
    assert error.message.startswith("Face tracking stopped")
    assert isinstance(error.__cause__, KeyError)
    assert "KeyError" in caplog.text
