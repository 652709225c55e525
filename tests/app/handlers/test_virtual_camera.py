from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.handlers.clip_content import ClipContentHandler
from app.handlers.virtual_camera import ACTION, CameraTap, SharedTap
from avatar_core.errors import DeviceError
from tests.app.handlers.test_clip_content import FakeStage
from tests.app.workers.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


class FakeCamera:
    name = "Stand-in"

    def __init__(self, width: int, height: int, fps: float) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.error: DeviceError | None = None
        self.shown: list[Any] = []
        self.is_closed = False

    def submit(self, image: Any) -> None:
        self.shown.append(image)

    def close(self) -> None:
        self.is_closed = True


class ClipTap:
    width_px, height_px, fps, has_alpha = 32, 16, 30.0, True

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def wants(self, captured_s: float) -> bool:
        return captured_s > 1

    def submit(self, image: Any, captured_s: float) -> None:
        self.taken.append((image, captured_s))


@pytest.fixture
def handler(context: StudioContext, engine: Any, view: Any) -> Iterator[ClipContentHandler]:
    made = ClipContentHandler(context, engine, view, FakeStage())  # type: ignore[arg-type]
    made.camera._open = FakeCamera  # type: ignore[assignment]
    yield made
    made.shutdown()


def turn_on(qtbot: QtBot, context: StudioContext, handler: ClipContentHandler) -> FakeCamera:
    with qtbot.waitSignal(handler.camera.tap_changed):
        context.actions[ACTION].trigger()
    camera: Any = handler.camera._camera
    return camera


def test_the_view_draws_for_the_camera(
    qtbot: QtBot, context: StudioContext, handler: ClipContentHandler, view: Any
) -> None:
    camera = turn_on(qtbot, context, handler)
    values = context.preferences.values
    (tap,) = view.asked("set_clip_tap")[-1]
    assert isinstance(tap, CameraTap)
    assert (tap.width_px, tap.height_px) == (values.clip_width_px, values.clip_height_px)
    assert tap.wants(0.0)
    tap.submit("picture", 0.0)
    assert not tap.wants(0.01)
    assert tap.wants(0.04)
    assert camera.shown == ["picture"]
    context.actions[ACTION].trigger()
    assert view.asked("set_clip_tap")[-1] == (None,)
    assert camera.is_closed


def test_a_clip_is_shown_to_the_camera_while_it_is_recorded(
    qtbot: QtBot, context: StudioContext, handler: ClipContentHandler, view: Any, engine: Any
) -> None:
    camera, clip = turn_on(qtbot, context, handler), ClipTap()
    engine.clip_tap_changed.emit(clip)
    (tap,) = view.asked("set_clip_tap")[-1]
    assert isinstance(tap, SharedTap)
    assert (tap.width_px, tap.height_px, tap.fps, tap.has_alpha) == (32, 16, 30.0, True)
    assert not tap.wants(0.5)
    image = np.zeros((16, 32, 4), np.uint8)
    tap.submit(image, 2.0)
    assert clip.taken == [(image, 2.0)]
    assert camera.shown[-1] is image
    asked = len(view.asked("set_clip_tap"))
    view.rig.moved.emit()  # a clip keeps its own view
    assert len(view.asked("set_clip_tap")) == asked
    engine.clip_tap_changed.emit(None)
    assert isinstance(view.asked("set_clip_tap")[-1][0], CameraTap)
    view.rig.moved.emit()
    assert len(view.asked("set_clip_tap")) == asked + 2


def test_without_a_device_it_stays_off_and_is_told(
    qtbot: QtBot, context: StudioContext, handler: ClipContentHandler
) -> None:
    def refuse(width: int, height: int, fps: float) -> Any:
        raise DeviceError("No virtual camera could be opened.", "Load v4l2loopback.")

    handler.camera._open = refuse
    context.actions[ACTION].trigger()
    qtbot.waitUntil(lambda: not context.actions[ACTION].isChecked())
    assert not handler.camera.is_on


def test_turned_off_and_on_while_it_opens_it_is_opened_once(
    qtbot: QtBot, context: StudioContext, handler: ClipContentHandler
) -> None:
    may_open = threading.Event()
    opened: list[FakeCamera] = []

    def open_slowly(width: int, height: int, fps: float) -> Any:
        may_open.wait(10.0)
        opened.append(FakeCamera(width, height, fps))
        return opened[-1]

    handler.camera._open = open_slowly
    for _ in range(3):
        context.actions[ACTION].trigger()
    with qtbot.waitSignal(handler.camera.tap_changed):
        may_open.set()
    handler.shutdown()
    assert [camera.is_closed for camera in opened] == [True]


def test_a_camera_that_opens_after_the_studio_has_closed_is_let_go(
    context: StudioContext, handler: ClipContentHandler
) -> None:
    opened: list[FakeCamera] = []

    def open_late(width: int, height: int, fps: float) -> Any:
        until(lambda: not handler.camera._opening.is_running, list)
        opened.append(FakeCamera(width, height, fps))
        return opened[-1]

    handler.camera._open = open_late
    context.actions[ACTION].trigger()
    handler.shutdown()
    assert [camera.is_closed for camera in opened] == [True]


def test_a_camera_that_stops_is_turned_off(
    qtbot: QtBot, context: StudioContext, handler: ClipContentHandler, view: Any
) -> None:
    camera = turn_on(qtbot, context, handler)
    camera.error = DeviceError("It stopped.", "Turn it on again.")
    handler.camera._look_after()
    assert not context.actions[ACTION].isChecked()
    assert camera.is_closed
    assert view.asked("set_clip_tap")[-1] == (None,)


def test_closing_the_studio_lets_the_camera_go(
    qtbot: QtBot, context: StudioContext, handler: ClipContentHandler
) -> None:
    camera = turn_on(qtbot, context, handler)
    handler.shutdown()
    assert camera.is_closed
