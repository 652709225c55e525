"""What clips show, with views that only remember what they were asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.handlers.clip_content import ClipContent, ClipContentHandler
from app.viewport.clip_beside import SideBySideTap
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_format import PRORES_4444
from avatar_core.recording.presets import PRESETS

if TYPE_CHECKING:
    from app.handlers.context import StudioContext

FILM = Path("film.mp4")
HD = VideoSettings(1280, 720, 30.0)
TAP, SECOND = "tap", "second tap"


class FakePortraits(QObject):
    """The portraits' view: square pictures."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.taps: list[Any] = []

    def set_clip_tap(self, tap: Any) -> None:
        self.taps.append(tap)

    def clip_size(self, height_px: int, most_wide_px: int) -> tuple[int, int]:
        return min(height_px, most_wide_px), height_px

    def picture(self, width_px: int, height_px: int) -> None:
        return None


class FakeStage:
    def __init__(self) -> None:
        self.has_portraits = True
        self.view = FakePortraits()


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def handler(context: StudioContext, engine: Any, view: Any, stage: Any) -> ClipContentHandler:
    return ClipContentHandler(context, engine, view, stage)


def choose(handler: ClipContentHandler, content: ClipContent) -> None:
    handler.menu.aboutToShow.emit()
    handler._choices[content].trigger()


def test_a_clip_shows_the_avatar_at_first(
    handler: ClipContentHandler, engine: Any, view: Any, stage: FakeStage
) -> None:
    assert handler.files(FILM, HD) == [(FILM, HD)]
    engine.clip_tap_changed.emit(TAP)
    assert view.asked("set_clip_tap") == [(TAP,)]
    assert stage.view.taps == []


def test_portraits_alone_are_as_wide_as_they_are(
    handler: ClipContentHandler, engine: Any, view: Any, stage: FakeStage
) -> None:
    choose(handler, ClipContent.PORTRAITS)
    ((path, settings),) = handler.files(FILM, HD)
    assert (path, settings.width, settings.height) == (FILM, 720, 720)
    engine.clip_tap_changed.emit(TAP)
    engine.clip_tap_changed.emit(None)
    assert stage.view.taps == [TAP, None]
    assert view.asked("set_clip_tap") == []


def test_side_by_side_the_avatars_view_draws_for_both(
    handler: ClipContentHandler, engine: Any, view: Any, stage: FakeStage
) -> None:
    choose(handler, ClipContent.SIDE_BY_SIDE)
    assert handler.files(FILM, HD) == [(FILM, HD)]
    engine.clip_tap_changed.emit(TAP)
    ((tap,),) = view.asked("set_clip_tap")
    assert isinstance(tap, SideBySideTap)
    stage.view.moved.emit()
    assert len(view.asked("film_again")) == 1
    engine.clip_tap_changed.emit(None)
    engine.second_tap_changed.emit(None)
    stage.view.moved.emit()
    assert len(view.asked("film_again")) == 1
    assert view.asked("set_clip_tap")[-1] == (None,)


def test_two_files_get_a_view_each(
    handler: ClipContentHandler, engine: Any, view: Any, stage: FakeStage
) -> None:
    choose(handler, ClipContent.TWO_FILES)
    (first, second) = handler.files(FILM, HD)
    assert first == (FILM, HD)
    assert second[0] == Path("film portraits.mp4")
    assert second[1].width == 720
    engine.clip_tap_changed.emit(TAP)
    engine.second_tap_changed.emit(SECOND)
    assert view.asked("set_clip_tap") == [(TAP,)]
    assert stage.view.taps == [SECOND]


def test_the_choice_is_remembered(
    handler: ClipContentHandler, context: StudioContext, engine: Any, view: Any, stage: Any
) -> None:
    choose(handler, ClipContent.TWO_FILES)
    again = ClipContentHandler(context, engine, view, stage)
    assert again.content is ClipContent.TWO_FILES


@pytest.mark.parametrize("kept", ["nonsense", 7, ["avatar"], None])
def test_what_cannot_be_remembered_is_the_avatar(
    kept: object, context: StudioContext, engine: Any, view: Any, stage: Any
) -> None:
    context.preferences.remember("clip_content", kept)
    assert ClipContentHandler(context, engine, view, stage).content is ClipContent.AVATAR


def test_without_portraits_there_is_nothing_to_choose(
    handler: ClipContentHandler, stage: FakeStage
) -> None:
    choose(handler, ClipContent.SIDE_BY_SIDE)
    stage.has_portraits = False
    handler.menu.aboutToShow.emit()
    assert [each.isEnabled() for each in handler._choices.values()] == [True, False, False, False]
    assert handler.content is ClipContent.AVATAR


def test_what_is_filmed_stays_until_the_clip_ends(
    handler: ClipContentHandler, engine: Any, view: Any, stage: FakeStage
) -> None:
    choose(handler, ClipContent.PORTRAITS)
    handler.files(FILM, HD)
    engine.clip_tap_changed.emit(TAP)
    choose(handler, ClipContent.AVATAR)
    engine.clip_tap_changed.emit(None)
    assert stage.view.taps == [TAP, None]
    assert view.asked("set_clip_tap") == []


def test_two_files_of_another_format_are_named_apart(handler: ClipContentHandler) -> None:
    choose(handler, ClipContent.TWO_FILES)
    handler.film.use_preset(PRESETS["composite"])
    (first, second) = handler.files(Path("Rosa v1.2 film.mp4"), HD)
    assert (first[0], second[0]) == (
        Path("Rosa v1.2 film.mov"),
        Path("Rosa v1.2 film portraits.mov"),
    )
    assert first[1].format is second[1].format is PRORES_4444
    assert first[1].alpha
    assert second[1].alpha


def test_both_halves_of_a_transparent_clip_have_alpha() -> None:
    class Whole:
        width_px, height_px, fps, has_alpha = 8, 4, 30.0, True

        def wants(self, captured_s: float) -> bool:
            return True

        def submit(self, image: Any, captured_s: float) -> None:
            self.image = image

    whole = Whole()
    tap = SideBySideTap(whole, lambda width, height: np.full((height, width, 3), 9, np.uint8))
    assert tap.has_alpha
    tap.submit(np.zeros((4, 4, 4), np.uint8), 0.0)
    assert whole.image.shape == (4, 8, 4)
    assert whole.image[0, 0].tolist() == [0, 0, 0, 0]
    assert whole.image[0, 7].tolist() == [9, 9, 9, 255]
