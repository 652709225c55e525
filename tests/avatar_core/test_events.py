from __future__ import annotations

import pytest

from avatar_core.events import Signal


def test_listeners_are_called_in_order_with_the_value() -> None:
    heard: list[tuple[str, int]] = []
    signal = Signal[int]()
    signal.connect(lambda value: heard.append(("first", value)))
    signal.connect(lambda value: heard.append(("second", value)))
    signal.emit(3)
    assert heard == [("first", 3), ("second", 3)]


def test_emitting_to_nobody_is_fine() -> None:
    Signal[int]().emit(1)


def test_disconnected_listener_hears_nothing_and_twice_is_harmless() -> None:
    heard: list[int] = []
    signal = Signal[int]()
    disconnect = signal.connect(heard.append)
    disconnect()
    disconnect()
    signal.emit(1)
    assert heard == []


def test_disconnecting_one_of_two_equal_connections_keeps_the_other() -> None:
    heard: list[int] = []
    signal = Signal[int]()
    first = signal.connect(heard.append)
    signal.connect(heard.append)
    first()
    first()
    signal.emit(1)
    assert heard == [1]


def test_changes_while_emitting_wait_for_the_next_time() -> None:
    heard: list[str] = []
    signal = Signal[int]()

    def greet(value: int) -> None:
        heard.append(f"greeter {value}")
        if value == 1:
            signal.connect(lambda later: heard.append(f"newcomer {later}"))
            disconnect_last()

    signal.connect(greet)
    disconnect_last = signal.connect(lambda value: heard.append(f"last {value}"))
    signal.emit(1)
    signal.emit(2)
    assert heard == ["greeter 1", "last 1", "greeter 2", "newcomer 2"]


def test_an_error_of_a_listener_reaches_whoever_emits() -> None:
    signal = Signal[int]()

    def fail(value: int) -> None:
        raise RuntimeError(str(value))

    signal.connect(fail)
    with pytest.raises(RuntimeError, match="7"):
        signal.emit(7)
