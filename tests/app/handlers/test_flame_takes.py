"""FLAME sequences of the project's takes, with the open head as the user's FLAME."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.handlers.flame_takes import FlameTakes
from avatar_core.heads import BlendshapeHead
from avatar_core.heads.flame_layout import in_flame_layout
from avatar_core.io import flame_sources, flame_takes
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.io.flame_sequence import read_flame_sequence
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.motion import Take


@pytest.fixture
def sequences(context: StudioContext) -> Iterator[FlameTakes]:
    handler = FlameTakes(context)
    yield handler
    handler.shutdown()


@pytest.fixture
def own_flame(monkeypatch: pytest.MonkeyPatch) -> None:
    head = load_demo_avatar().head
    assert isinstance(head, BlendshapeHead)
    flame = in_flame_layout(head, ARKIT_UNITS)
    monkeypatch.setattr(flame_takes, "head_of_motion", lambda _head: flame)


@pytest.mark.usefixtures("own_flame")
def test_a_take_goes_out_and_comes_back(
    qtbot: QtBot, sequences: FlameTakes, take: Take, tmp_path: Path
) -> None:
    path = tmp_path / "motion.npz"
    with qtbot.waitSignal(sequences.written, timeout=20_000) as written:
        sequences.ask_file(take, path)
    assert written.args == [path]
    assert len(read_flame_sequence(path)) == len(take)
    with qtbot.waitSignal(sequences.read, timeout=20_000) as read:
        sequences.ask_take(path)
    (again,) = read.args
    assert again.name == "motion"
    assert again.times_s == pytest.approx(take.times_s)


def test_what_is_missing_or_damaged_is_told(
    qtbot: QtBot,
    context: StudioContext,
    sequences: FlameTakes,
    take: Take,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flame_sources, "flame_folder", lambda: tmp_path)
    sequences.ask_file(take, tmp_path / "motion.npz")
    qtbot.waitUntil(lambda: context.errors.dialog is not None, timeout=20_000)
    assert "FLAME head needs files" in context.errors.dialog.text
    context.errors.dialog.accept()
    assert not (tmp_path / "motion.npz").exists()
    (tmp_path / "motion.npz").write_bytes(b"\x00 nothing of the kind")
    sequences.ask_take(tmp_path / "motion.npz")
    qtbot.waitUntil(
        lambda: context.errors.dialog is not None and "motion.npz" in context.errors.dialog.text,
        timeout=20_000,
    )
    context.errors.dialog.accept()
