from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
import shiboken6

from app.workers.tasks import TaskContext, TaskRunner
from avatar_core.errors import AssetError, AvatarError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    made = TaskRunner("Testing")
    yield made
    assert made.shutdown()


def test_gives_the_result_on_the_calling_thread(runner: TaskRunner, qtbot: QtBot) -> None:
    threads = []
    runner.finished.connect(lambda result: threads.append(threading.current_thread()))
    with qtbot.waitSignal(runner.finished, timeout=2000) as blocker:
        runner.start(lambda context: 6 * 7)
    assert blocker.args == [42]
    assert threads == [threading.current_thread()]
    assert not runner.is_running


def test_progress_arrives_and_a_flood_of_it_does_not(runner: TaskRunner, qtbot: QtBot) -> None:
    shown: list[float] = []
    announced: list[int] = []
    runner.progressed.connect(lambda fraction, text: shown.append(fraction))
    runner._progress_made.connect(announced.append)

    def work(context: TaskContext) -> None:
        for index in range(20_000):
            context.step(index / 20_000, "counting")

    with qtbot.waitSignal(runner.finished, timeout=10_000):
        runner.start(work)
    assert shown == sorted(shown)
    assert len(shown) > 0
    assert len(announced) < 5000


def test_errors_for_the_user_arrive_unchanged(runner: TaskRunner, qtbot: QtBot) -> None:
    error = AssetError("There is no file.", "Choose another.")

    def work(context: TaskContext) -> None:
        raise error

    with qtbot.waitSignal(runner.failed, timeout=2000) as blocker:
        runner.start(work)
    assert blocker.args == [error]


def test_faults_arrive_as_a_sentence_and_go_to_the_log(
    runner: TaskRunner, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    with qtbot.waitSignal(runner.failed, timeout=2000) as blocker:
        runner.start(lambda context: 1 / 0)
    error = blocker.args[0]
    assert isinstance(error, AvatarError)
    assert "Testing" in error.message
    assert error.hint
    assert "ZeroDivisionError" in caplog.text


def test_a_new_task_stops_the_old_and_drops_its_answer(runner: TaskRunner, qtbot: QtBot) -> None:
    is_old_running = threading.Event()
    was_cancelled = threading.Event()

    def old(context: TaskContext) -> str:
        is_old_running.set()
        while not context.is_cancelled:
            time.sleep(0.001)
        was_cancelled.set()
        return "old"

    results = []
    runner.finished.connect(results.append)
    runner.start(old)
    assert is_old_running.wait(2.0)
    with qtbot.waitSignal(runner.finished, timeout=2000):
        runner.start(lambda context: "new")
    assert was_cancelled.wait(2.0)
    qtbot.wait(20)
    assert results == ["new"]


def test_stopping_ends_the_work_at_its_next_step(runner: TaskRunner, qtbot: QtBot) -> None:
    steps = []

    def work(context: TaskContext) -> None:
        while True:
            context.step(0.0)
            steps.append(1)
            time.sleep(0.001)

    runner.start(work)
    qtbot.waitUntil(lambda: len(steps) > 2, timeout=2000)
    with qtbot.waitSignal(runner.cancelled, timeout=2000):
        runner.stop()
    assert runner.shutdown()
    assert not runner.is_running


def test_work_that_ends_after_its_runner_is_gone_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thread that cannot stop at once must not speak to a window that has been closed."""
    begun, ended = threading.Event(), threading.Event()
    faults: list[object] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)

    def work(_context: TaskContext) -> None:
        begun.set()
        ended.wait(5)

    runner = TaskRunner("Slow work")
    runner.start(work)
    begun.wait(5)
    thread = runner._threads[0]
    assert not runner.shutdown(0.01)
    shiboken6.delete(runner)
    ended.set()
    thread.join(5)
    assert not thread.is_alive()
    assert not faults
