"""The quality that a machine of a given speed settles on."""

from __future__ import annotations

import pytest

from avatar_core.render.pace import LEVELS, REST_S, WHOLE, Pace, Quality

COSTS_MS = dict(zip(LEVELS, (120.0, 103.0, 75.0, 55.0, 42.0, 30.0), strict=True))


def played(pace: Pace, factor: float, pictures: int = 60) -> list[Quality]:
    """Qualities of pictures of something that moves, on a machine `factor` times as slow."""
    shown = []
    now_s = 0.0
    for _ in range(pictures):
        pace.note_move(now_s)
        quality = pace.quality(now_s)
        pace.note_painted(quality, factor * COSTS_MS[quality])
        shown.append(quality)
        now_s += factor * COSTS_MS[quality] / 1000
    return shown


def test_a_fast_machine_draws_whole_pictures() -> None:
    assert set(played(Pace(), 0.1)) == {WHOLE}


@pytest.mark.parametrize(("factor", "level"), [(1.0, 2), (1.4, 3), (1.8, 4), (2.2, 5), (9.0, 5)])
def test_a_slow_one_settles_within_the_budget(factor: float, level: int) -> None:
    shown = played(Pace(), factor)
    assert shown[level] == LEVELS[level], "it takes no longer than one picture a level"
    late = shown[10:]
    assert late.count(LEVELS[level]) > 0.8 * len(late), "it tries better ones now and then only"


def test_it_recovers_when_the_machine_is_free_again() -> None:
    pace = Pace()
    played(pace, 3.0)
    assert played(pace, 0.1)[-1] == WHOLE


def test_what_a_card_took_counts_though_its_commands_were_given_at_once() -> None:
    pace = Pace()
    for now_s in range(60):
        pace.note_move(now_s)
        pace.note_painted(pace.quality(now_s), 1.0, 400.0 if now_s else None)
    assert pace.quality(59.0) == LEVELS[-1]


def test_at_rest_the_whole_picture_is_owed_once() -> None:
    pace = Pace()
    played(pace, 1.0)
    pace.note_move(100.0)
    reduced = pace.quality(100.0)
    pace.note_painted(reduced, COSTS_MS[reduced])
    moving = pace.quality(100.0)
    assert not pace.owes_whole(100.0 + 0.5 * REST_S)
    assert pace.owes_whole(100.0 + 1.1 * REST_S)
    assert pace.quality(100.0 + 1.1 * REST_S) == WHOLE
    pace.note_painted(WHOLE, 500.0)
    assert not pace.owes_whole(200.0)
    pace.note_move(201.0)
    assert pace.quality(201.0) == moving, "what it took at rest changes nothing"
