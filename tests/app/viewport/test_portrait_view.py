"""The portraits' view: what hangs where, in which colours, and what hands do with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton

from app.viewport.clip_beside import SideBySideTap
from app.viewport.portrait_view import PortraitView
from app.viewport.portrait_wall import DRIVER, PortraitWall, ShownPortrait
from app.workers.latest import Latest
from app.workers.portraits import PortraitFrames, PortraitMoment
from avatar_core.emoportraits.performer import DriverPicture
from avatar_core.errors import DeviceError
from avatar_core.frame import PortraitFrame
from avatar_core.motion import MotionFrame
from avatar_core.project import CropBox, Portrait, PortraitBackground, PortraitSettings
from tests.app.hands import on_a_display as on_a_display

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from avatar_core.geometry import UInt8

RED, GREEN, BLUE, WHITE = (200, 0, 0), (0, 200, 0), (0, 0, 200), (230, 230, 230)
BACKDROP = 28


def plain(colour: tuple[int, int, int], width: int = 80, height: int = 80) -> UInt8:
    return np.full((height, width, 3), colour, np.uint8)


def shown(
    name: str, colour: tuple[int, int, int] = RED, width: int = 80, **settings: Any
) -> ShownPortrait:
    portrait = Portrait(name, "", plain(colour, width), CropBox((width - 40) / 4, 20, 40))
    return ShownPortrait(f"id of {name}", name, portrait, PortraitSettings(**settings))


def moment(colour: tuple[int, int, int], width: int = 80) -> PortraitMoment:
    frame = PortraitFrame(
        MotionFrame(), (width, 80), (0, 0, width, 80), ground=plain(colour, width)
    )
    return PortraitMoment(frame, "Stand-in", 24.0, 7.0)


def driven(colour: tuple[int, int, int] = BLUE) -> DriverPicture:
    return DriverPicture(plain(colour), CropBox(0, 0, 80))


# What hangs.


def test_a_portrait_shows_its_picture_until_it_performs() -> None:
    wall = PortraitWall()
    ada = shown("Ada")
    wall.show([ada])
    (still,) = wall.hung(100, 100)
    assert still.frame.ground is ada.portrait.picture
    assert still.frame.shown == (0, 0, 80, 80)
    assert wall.caption(ada.id, 0.0).details == ("Getting ready …",)
    performing = moment(GREEN)
    wall.take(PortraitFrames({ada.id: performing}), 10.0)
    assert wall.hung(100, 100)[0].frame is performing.frame
    assert wall.caption(ada.id, 10.2).details == ("Stand-in", "24 fps", "7 ms")
    assert wall.caption(ada.id, 12.0).details == ("Stand-in", "at rest", "7 ms")


def test_a_portrait_that_fails_says_why_over_its_picture() -> None:
    wall = PortraitWall()
    wall.show([shown("Ada")])
    full = DeviceError("There is not enough memory.", "Close other programs.")
    wall.take(PortraitFrames({"id of Ada": PortraitMoment(problem=full)}), 0.0)
    assert wall.hung(100, 100)[0].frame.ground is not None
    caption = wall.caption("id of Ada", 0.0)
    assert caption.problem == "There is not enough memory. Close other programs."


@pytest.mark.parametrize("background", [PortraitBackground.GREEN, PortraitBackground.PLATE])
def test_without_its_background_a_portrait_rests_as_its_crop(
    background: PortraitBackground,
) -> None:
    wall = PortraitWall()
    wall.show([shown("Ada", background=background)])
    assert wall.hung(100, 100)[0].frame.shown == (10, 20, 40, 40)


def test_the_driver_hangs_first_or_alone() -> None:
    wall = PortraitWall()
    wall.show([shown("Ada"), shown("Bo")])
    wall.take(PortraitFrames({}, driven()), 0.0)
    wall.shows_driver = True
    assert [hung.key for hung in wall.hung(300, 100)] == [DRIVER, "id of Ada", "id of Bo"]
    assert [hung.key for hung in wall.hung(300, 100, is_filmed=True)] == ["id of Ada", "id of Bo"]
    wall.is_driver_alone = True
    assert [hung.key for hung in wall.hung(300, 100)] == [DRIVER]


def test_an_unchanged_picture_is_the_very_same() -> None:
    """Only so is it not drawn again."""
    wall = PortraitWall()
    ada = shown("Ada")
    wall.show([ada])
    wall.take(PortraitFrames({}, driven()), 0.0)
    wall.shows_driver = True
    before = [hung.frame for hung in wall.hung(200, 100)]
    wall.show([replace(ada, settings=PortraitSettings(multiplier=2.0)), shown("Bo")])
    assert [hung.frame for hung in wall.hung(200, 100)][:2] == before


def test_a_crop_is_edited_on_the_whole_picture_alone() -> None:
    wall = PortraitWall()
    wall.show([shown("Ada", background=PortraitBackground.GREEN), shown("Bo")])
    wall.cropped = "id of Ada"
    (hung,) = wall.hung(100, 100)
    assert hung.frame.shown == (0, 0, 80, 80)
    wall.show([shown("Bo")])
    assert wall.cropped is None


@pytest.mark.parametrize(
    ("widths", "most_wide", "size"),
    [([80], 1280, (720, 720)), ([40], 1280, (360, 720)), ([80, 80], 1280, (1280, 720))],
)
def test_a_clip_of_portraits_has_their_aspect(
    widths: list[int], most_wide: int, size: tuple[int, int]
) -> None:
    wall = PortraitWall()
    wall.show([shown(str(index), width=width) for index, width in enumerate(widths)])
    assert wall.natural_size(720, most_wide) == size


def test_odd_sizes_become_even() -> None:
    wall = PortraitWall()
    wall.show([shown("Ada")])
    assert wall.natural_size(81, 1280) == (82, 82)


# Clips of both.


@dataclass
class Tap:
    width_px: int = 101
    height_px: int = 40
    fps: float = 30.0
    images: list[Any] = field(default_factory=list)

    def wants(self, captured_s: float) -> bool:
        return True

    def submit(self, image: UInt8, captured_s: float) -> None:
        self.images.append(image)


def test_side_by_side_is_one_picture_of_the_clips_size() -> None:
    whole = Tap()
    half = SideBySideTap(whole, lambda width, height: plain(RED, width, height))
    half.submit(plain(BLUE, half.width_px, half.height_px), 0.0)
    (image,) = whole.images
    assert image.shape == (40, 101, 3)
    assert tuple(image[20, 10]) == BLUE
    assert tuple(image[20, 90]) == RED


def test_where_portraits_cannot_be_drawn_the_avatar_is_filmed_all_the_same() -> None:
    whole = Tap()
    half = SideBySideTap(whole, lambda width, height: None)
    half.submit(plain(BLUE, half.width_px, half.height_px), 0.0)
    assert whole.images[0].shape == (40, 101, 3)


# On the screen.


@pytest.fixture
def view(qtbot: QtBot, on_a_display: None) -> Iterator[PortraitView]:
    made = PortraitView()
    made.resize(204, 160)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def seen(view: PortraitView) -> UInt8:
    """[H, W, 3]: what OpenGL drew."""
    image = view.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def _painted(view: PortraitView) -> UInt8:
    """The lower part of the first picture, with what is written over it."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    return pixels[100:155, 40:160].copy()


@pytest.mark.window
class TestOnTheScreen:
    def test_pictures_hang_upright_in_their_tiles(self, view: PortraitView) -> None:
        picture = plain(RED)
        picture[:40] = WHITE
        ada = shown("Ada")
        upright = replace(ada, portrait=replace(ada.portrait, picture=picture))
        view.show_portraits([upright, shown("Bo", GREEN)])
        image = seen(view)
        assert tuple(image[50, 50]) == WHITE
        assert tuple(image[110, 50]) == RED
        assert tuple(image[80, 150]) == GREEN

    def test_beside_a_narrow_picture_is_the_backdrop(self, view: PortraitView) -> None:
        view.show_portraits([shown("Ada", width=40)])
        image = seen(view)
        assert tuple(image[50, 100]) == RED
        assert abs(int(image[50, 10, 0]) - BACKDROP) <= 1

    def test_new_moments_are_pulled_and_shown(self, view: PortraitView, qtbot: QtBot) -> None:
        frames: Latest[PortraitFrames] = Latest()
        view.connect_performance(frames)
        view.show_portraits([shown("Ada")])
        with qtbot.waitSignal(view.moved, timeout=5000):
            frames.put(PortraitFrames({"id of Ada": moment(GREEN)}))
        assert tuple(seen(view)[50, 100]) == GREEN

    def test_a_still_has_the_size_of_the_picture(self, view: PortraitView) -> None:
        assert view.still() is None
        view.show_portraits([shown("Ada")])
        seen(view)
        still = view.still()
        assert still is not None
        assert still.shape == (80, 80, 3)
        assert tuple(still[40, 40]) == RED

    def test_a_clip_gets_the_portraits_at_its_own_size(
        self, view: PortraitView, qtbot: QtBot
    ) -> None:
        view.show_portraits([shown("Ada")])
        view.set_driver_beside(True)
        seen(view)
        tap = Tap(width_px=60)
        view.set_clip_tap(tap)
        qtbot.waitUntil(lambda: bool(tap.images), timeout=5000)
        view.set_clip_tap(None)
        assert tap.images[0].shape == (40, 60, 3)
        assert tuple(tap.images[0][20, 30]) == RED
        assert view.captions.captions[0].title == "Driver"  # the screen goes on showing it

    def test_a_hidden_view_is_filmed_as_it_is_now(self, view: PortraitView) -> None:
        frames: Latest[PortraitFrames] = Latest()
        view.connect_performance(frames)
        view.show_portraits([shown("Ada")])
        seen(view)
        view.hide()
        frames.put(PortraitFrames({"id of Ada": moment(GREEN)}))
        picture = view.picture(60, 40)
        assert picture is not None
        assert tuple(picture[20, 30]) == GREEN

    def test_the_square_is_dragged_on_the_whole_picture(
        self, view: PortraitView, qtbot: QtBot
    ) -> None:
        view.show_portraits([shown("Ada")])
        view.set_crop_editing("id of Ada")
        editor = view._crop
        assert editor.geometry().getRect() == (22, 0, 160, 160)
        middle = QPoint(60, 80)  # of the square at (10, 20) with 40 pixels, seen twice as large
        left = Qt.MouseButton.LeftButton
        with qtbot.waitSignal(view.crop_edited, timeout=1000) as edited:
            qtbot.mousePress(editor, left, pos=middle)
            qtbot.mouseMove(editor, middle + QPoint(20, 0))
            qtbot.mouseRelease(editor, left, pos=middle + QPoint(20, 0))
        assert edited.args == ["id of Ada", CropBox(20, 20, 40)]

    def test_a_corner_is_dragged_and_its_opposite_stays(
        self, view: PortraitView, qtbot: QtBot
    ) -> None:
        view.show_portraits([shown("Ada")])
        view.set_crop_editing("id of Ada")
        editor, left = view._crop, Qt.MouseButton.LeftButton
        corner = QPoint(100, 120)  # lower right: (50, 60) of the picture
        with qtbot.waitSignal(view.crop_edited, timeout=1000) as edited:
            qtbot.mousePress(editor, left, pos=corner)
            qtbot.mouseMove(editor, corner + QPoint(100, 100))
            qtbot.mouseRelease(editor, left, pos=corner + QPoint(100, 100))
        assert edited.args[1] == CropBox(10, 20, 60)  # as far as the picture reaches

    def test_escape_ends_the_dragging(self, view: PortraitView, qtbot: QtBot) -> None:
        view.show_portraits([shown("Ada")])
        view.set_crop_editing("id of Ada")
        with qtbot.waitSignal(view.crop_editing_changed, timeout=1000) as ended:
            qtbot.keyClick(view, Qt.Key.Key_Escape)
        assert ended.args == [None]
        assert view._crop.isHidden()
        view.set_crop_editing("nobody")
        assert view._crop.isHidden()

    def test_tab_held_down_shows_the_driver(self, view: PortraitView, qtbot: QtBot) -> None:
        view.show_portraits([shown("Ada")])
        view._wall.take(PortraitFrames({}, driven()), 0.0)
        qtbot.keyPress(view, Qt.Key.Key_Tab)
        assert tuple(seen(view)[50, 100]) == BLUE
        qtbot.keyRelease(view, Qt.Key.Key_Tab)
        assert tuple(seen(view)[50, 100]) == RED

    def test_readings_are_hidden_but_no_problems(self, view: PortraitView) -> None:
        view.show_portraits([shown("Ada", GREEN)])
        named = _painted(view)
        view.captions.set_readings_visible(False)
        assert (_painted(view) == GREEN).all()
        assert (named != GREEN).any()
        full = DeviceError("There is not enough memory.", "Close other programs.")
        view._wall.take(PortraitFrames({"id of Ada": PortraitMoment(problem=full)}), 0.0)
        view.show_portraits(view.portraits)
        assert (_painted(view) != GREEN).any()

    def test_an_empty_view_asks_for_a_picture(self, view: PortraitView, qtbot: QtBot) -> None:
        (button,) = view.findChildren(QPushButton)
        assert button.isVisible()
        with qtbot.waitSignal(view.add_requested, timeout=1000):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        view.show_portraits([shown("Ada")])
        assert not button.isVisible()
