from __future__ import annotations

import threading
import time

from app.workers.latest import Latest


def test_newest_value_wins_and_overtaken_ones_are_counted() -> None:
    latest: Latest[int] = Latest()
    for value in (1, 2, 3):
        latest.put(value)
    assert latest.take() == 3
    assert latest.take() is None
    assert latest.dropped == 2


def test_waits_for_a_value_from_another_thread() -> None:
    latest: Latest[str] = Latest()
    giver = threading.Timer(0.02, latest.put, ["here"])
    giver.start()
    assert latest.wait(2.0) == "here"
    giver.join()
    assert latest.wait(0.0) is None


def test_wakes_a_loop_that_listens_to_several() -> None:
    wake = threading.Event()
    first: Latest[int] = Latest(wake)
    second: Latest[int] = Latest(wake)
    second.put(5)
    assert wake.is_set()
    assert first.take() is None
    assert second.take() == 5


def test_holds_one_value_however_many_are_put() -> None:
    latest: Latest[bytes] = Latest()
    started = time.perf_counter()
    while time.perf_counter() - started < 0.05:
        latest.put(b"frame")
    assert latest.take() is not None
    assert latest.take() is None


def test_who_wants_to_know_hears_of_each_arrival() -> None:
    heard: list[int] = []
    latest: Latest[int] = Latest(arrived=lambda: heard.append(len(heard)))
    latest.put(1)
    latest.put(2)
    assert heard == [0, 1]
    assert latest.take() == 2
