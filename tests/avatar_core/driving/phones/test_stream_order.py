from __future__ import annotations

from avatar_core.driving.phones.stream_order import StreamOrder


def followed(*orders: float, is_counted: bool = True) -> tuple[StreamOrder, list[bool]]:
    order = StreamOrder()
    return order, [order.admits(number, is_counted=is_counted) for number in orders]


def test_a_stream_without_gaps_loses_nothing() -> None:
    order, admitted = followed(*range(100))
    assert all(admitted)
    assert (order.lost, order.late) == (0, 0)


def test_gaps_are_losses() -> None:
    order, _ = followed(1, 2, 3, 5, 6, 10)
    assert order.lost == 1 + 3


def test_a_sender_that_counts_in_twos_loses_nothing() -> None:
    order, _ = followed(*range(0, 60, 2))
    assert order.lost == 0
    assert order.admits(62, is_counted=True)
    assert order.lost == 1


def test_a_timecode_that_wobbles_loses_nothing() -> None:
    order, _ = followed(0, 2, 4, 7, 8, 10, 13, 14, 16.5, 18)
    assert order.lost == 0
    assert order.admits(21.6, is_counted=True)
    assert order.lost == 1


def test_late_and_double_packets_are_left_out() -> None:
    order, admitted = followed(1, 2, 4, 3, 4, 5)
    assert admitted == [True, True, True, False, False, True]
    assert order.late == 2


def test_a_sender_that_begins_anew_is_followed_soon() -> None:
    order, admitted = followed(500, 501, *range(20))
    assert admitted[2:].index(True) == 8
    assert all(admitted[10:])
    assert order.lost == 0


def test_a_far_jump_is_a_new_start() -> None:
    order, admitted = followed(5_000_000, 5_000_001, 0, 1, 9_000_000)
    assert all(admitted)
    assert order.lost == 0


def test_clocks_order_but_count_nothing() -> None:
    order, admitted = followed(1.0, 1.03, 1.5, 1.4, 1.5, 1.53, is_counted=False)
    assert admitted == [True, True, True, False, True, True]
    assert (order.lost, order.late) == (0, 1)


def test_a_restart_forgets_the_stream_and_keeps_the_totals() -> None:
    order, _ = followed(1, 2, 4)
    order.restart()
    assert order.admits(1, is_counted=True)
    assert order.lost == 1
