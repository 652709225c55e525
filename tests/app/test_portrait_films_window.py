"""Portraits perform and are filmed: the whole window with OpenGL and threads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from app.handlers.clip_content import ClipContent
from app.library import Portraits
from app.main_window import MainWindow
from app.workers.backends import Backends
from app.workers.performance import PerformanceEngine
from avatar_core.emoportraits.performer import WarpPerformer
from avatar_core.errors import DeviceError
from avatar_core.session import Session
from tests.app.hands import PATIENCE_MS
from tests.app.hands import on_a_display as on_a_display

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from avatar_core.project import Portrait

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_a_display")]

KOFI = "demo:kofi"


def open_warp(portrait: Portrait, *_given: Any) -> WarpPerformer:
    return WarpPerformer(portrait)


def refuse(*_given: Any) -> Any:
    raise DeviceError("There is not enough memory for it.", "Close other programs.")


@pytest.fixture
def open_studio(
    qtbot: QtBot, preferences: Preferences, tmp_path: Path
) -> Iterator[Callable[..., MainWindow]]:
    """Opens the studio with the demo on the screen; closes it with everything that runs."""
    windows = []

    def opened(open_performer: Any = open_warp) -> MainWindow:
        values = replace(
            preferences.values,
            recordings_folder=str(tmp_path / "films"),
            clip_width_px=320,
            clip_height_px=180,
        )
        preferences.apply(values)
        engine = PerformanceEngine(backends=Backends(open_performer=open_performer))
        window = MainWindow(Session(), engine, preferences, Portraits(tmp_path / "portraits"))
        windows.append(window)
        window.documents.open_demo()
        window.windowing.restore_layout()
        window.resize(900, 600)
        with qtbot.waitSignal(window.view.first_painted, timeout=PATIENCE_MS):
            window.show()
            window.show_project()
        window.actions_table["perform.sliders"].trigger()
        return window

    yield opened
    for window in windows:
        window._may_close = True
        window.close()
        window.deleteLater()


def jaw(window: MainWindow, portrait_id: str) -> float:
    moment = window._engine.status().portraits.get(portrait_id)
    if moment is None or moment.frame is None:
        return -1.0
    return moment.frame.motion.weight("jawOpen")


def test_a_slider_moves_the_portrait_and_the_avatar(
    open_studio: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    studio = open_studio()
    assert not studio.portrait_stage.has_view
    name = studio.events.session.use_portrait(KOFI)
    assert studio.portrait_view.isVisible()
    qtbot.waitUntil(lambda: jaw(studio, name) == 0.0, timeout=PATIENCE_MS)
    calm = studio.portrait_view.still()
    studio.expression.unit_slider("jawOpen").value_edited.emit(1.0)
    qtbot.waitUntil(lambda: jaw(studio, name) > 0.9, timeout=PATIENCE_MS)
    assert calm is not None

    def looks_moved() -> bool:  # the view takes the newest picture when it paints next
        moved = studio.portrait_view.still()
        return moved is not None and bool(np.abs(moved.astype(int) - calm).max() > 40)

    qtbot.waitUntil(looks_moved, timeout=PATIENCE_MS)
    (caption,) = studio.portrait_view.captions.captions
    assert caption.title == "Kofi"
    shown = studio.view.base_frame
    assert shown is not None
    qtbot.waitUntil(lambda: _avatars_jaw(studio) > 0.9, timeout=PATIENCE_MS)
    studio.actions_table["edit.undo"].trigger()
    studio.actions_table["edit.undo"].trigger()
    assert studio.portrait_view.isHidden()


def _avatars_jaw(window: MainWindow) -> float:
    frame = window.view.base_frame
    return -1.0 if frame is None else frame.motion.weight("jawOpen")


@pytest.mark.slow
def test_what_cannot_perform_stands_still_and_says_why(
    open_studio: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    studio = open_studio(refuse)
    studio.events.session.use_portrait(KOFI)
    view = studio.portrait_view
    qtbot.waitUntil(
        lambda: any("memory" in each.problem for each in view.captions.captions),
        timeout=PATIENCE_MS,
    )
    assert "not enough memory" in studio.toast.text
    still = view.still()
    assert still is not None
    portrait = view.portraits[0].portrait
    assert np.abs(still.astype(int) - portrait.picture).mean() < 2


@pytest.mark.slow
def test_both_are_filmed_side_by_side(open_studio: Callable[..., MainWindow], qtbot: QtBot) -> None:
    studio = open_studio()
    name = studio.events.session.use_portrait(KOFI)
    qtbot.waitUntil(lambda: jaw(studio, name) == 0.0, timeout=PATIENCE_MS)
    choices = studio.clip_content.menu.actions()
    choices[list(ClipContent).index(ClipContent.SIDE_BY_SIDE)].trigger()
    ((report, _),) = _recorded(studio, qtbot, files=1)
    with av.open(report.path) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (180, 320, 3)
    half = studio.portrait_view.picture(160, 180)
    assert half is not None
    assert np.abs(picture[:, 160:].astype(int) - half).mean() < 8  # what the codec costs
    assert np.abs(picture[:, :160].astype(int) - half).mean() > 20  # somebody else


@pytest.mark.slow
def test_both_are_filmed_into_two_files(
    open_studio: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    studio = open_studio()
    name = studio.events.session.use_portrait(KOFI)
    qtbot.waitUntil(lambda: jaw(studio, name) == 0.0, timeout=PATIENCE_MS)
    choices = studio.clip_content.menu.actions()
    choices[list(ClipContent).index(ClipContent.TWO_FILES)].trigger()
    (avatar, take), (portraits, same) = _recorded(studio, qtbot, files=2)
    assert take is same
    assert portraits.path.stem == f"{avatar.path.stem} portraits"
    sizes = [
        (clip.width_px, clip.height_px) for clip in studio.events.session.project.clips.values()
    ]
    assert sizes == [(320, 180), (180, 180)]


def _is_filming(window: MainWindow) -> bool:
    recording = window._engine.status().recording
    return recording is not None and recording.elapsed_s > 0


def _recorded(window: MainWindow, qtbot: QtBot, files: int) -> list[tuple[Any, Any]]:
    """Reports and takes of a clip in which something moves."""
    recorded: list[tuple[Any, Any]] = []
    window._engine.clip_recorded.connect(lambda *clip: recorded.append(clip))
    record = window.actions_table["perform.record_clip"]
    record.trigger()
    qtbot.waitUntil(lambda: _is_filming(window), timeout=PATIENCE_MS)
    window.expression.unit_slider("jawOpen").value_edited.emit(0.5)
    qtbot.wait(1500)
    record.trigger()
    qtbot.waitUntil(lambda: len(recorded) == files, timeout=PATIENCE_MS)
    return recorded


@pytest.mark.slow
def test_closing_with_everything_running_ends_all(
    open_studio: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    """That no thread is left is what every test of the window checks."""
    studio = open_studio()
    name = studio.events.session.use_portrait(KOFI)
    studio.events.session.use_portrait("demo:lena")
    qtbot.waitUntil(lambda: jaw(studio, name) == 0.0, timeout=PATIENCE_MS)
    studio.performing.play(next(iter(studio.events.session.project.takes)))
    studio.actions_table["perform.record_clip"].trigger()
    qtbot.waitUntil(lambda: _is_filming(studio), timeout=PATIENCE_MS)
    studio._may_close = True
    studio.close()
    assert not studio._engine._portraits.is_alive  # type: ignore[union-attr]
