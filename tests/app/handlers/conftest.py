"""A studio without threads, devices or OpenGL: handlers and panels are the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow, QWidget

from app.actions import Actions
from app.error_dialog import ErrorReporter
from app.groom_actions import GROOM_ACTIONS
from app.handlers.context import StudioContext
from app.handlers.take_editing import TakeEditing
from app.paint_actions import PAINT_ACTIONS
from app.panels.takes import TakesPanel
from app.panels.timeline import TimelinePanel
from app.qt_session import QtSession
from app.viewport.camera_rig import CameraRig
from app.viewport.display import Display
from app.viewport.hud import DrawReadings
from app.viewport.view_bar import ViewBar
from app.widgets.toast import Toast
from app.workers.latest import Latest
from app.workers.status import PerformanceStatus
from avatar_core.commands import AddTake, SetActiveTake
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.avatar_shelf import AvatarShelf
from avatar_core.motion import MotionFrame, Take, TakeAudio
from avatar_core.resources import resource_path
from avatar_core.session import Session
from tests.app.handlers.portrait_sitter import FakePortraitView, FakeStage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytestqt.qtbot import QtBot

    from app.preferences import Preferences
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.motion import ChannelGroup
    from avatar_core.project import AvatarAsset


class FakePunching(QObject):
    """The part of an engine that records over takes; it notes its calls with the engine's."""

    recorded = Signal(object, float)

    def __init__(self, engine: FakeEngine) -> None:
        super().__init__(engine)
        self._engine = engine

    def rehearse(self, groups: Collection[ChannelGroup]) -> None:
        self._engine.calls.append(("rehearse", tuple(groups)))

    def start(self) -> None:
        self._engine.calls.append(("punch",))

    def stop(self) -> None:
        self._engine.calls.append(("stop_punch",))


class FakeEngine(QObject):
    """An engine that only remembers what it was asked; `answer` is its next status."""

    failed = Signal(object)
    notice = Signal(str)
    state_changed = Signal()
    calibrated = Signal(object)
    take_recorded = Signal(object)
    clip_recorded = Signal(object, object)
    clip_tap_changed = Signal(object)
    second_tap_changed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.latest_frame: Latest[Any] = Latest()
        self.latest_portraits: Latest[Any] = Latest()
        self.calls: list[tuple[Any, ...]] = []
        self.answer = PerformanceStatus()
        self.gave: dict[str, list[MotionFrame]] = {}
        self.punching = FakePunching(self)
        for name in (
            "calibrate", "pause", "play_take", "renew_portrait_engines", "resume", "seek",
            "set_avatar", "set_looping", "set_mixer", "set_muted", "set_portraits", "set_sliders",
            "set_source", "shutdown", "start_recording", "start_take_recording", "stop_recording",
            "stop_take", "stop_take_recording", "set_drivers", "retry", "renew_take",
        ):  # fmt: skip
            setattr(self, name, self._remembering(name))

    def status(self) -> PerformanceStatus:
        return self.answer

    def recent_motion(self, driver: str, seconds: float) -> list[MotionFrame]:
        return self.gave.get(driver, [])

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """Arguments of all calls of one method."""
        return [call[1:] for call in self.calls if call[0] == name]

    def _remembering(self, name: str) -> Any:
        def remember(*arguments: object, **named: object) -> None:
            self.calls.append((name, *arguments, *named.values()))

        return remember


class FakeView(QWidget):
    """A viewport that draws nothing and remembers what it was asked."""

    first_painted = Signal()
    failed = Signal(object)
    camera_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []
        self.graphics_name = ""
        self.picture: UInt8 | None = None
        self.rig = CameraRig(self)
        self.orbit = self.rig.orbit
        self.display = Display()
        for name in (
            "compare_with", "film_again", "follow_frames", "frame_avatar", "set_avatar",
            "set_backdrop", "set_clip_tap", "set_hud_visible", "set_scene", "show_comparison",
        ):  # fmt: skip
            setattr(self, name, self._remembering(name))

    def set_display(self, display: Display) -> None:
        self.display = display

    def camera(self) -> Camera:
        return self.orbit.camera(400, 300)

    def draw_readings(self) -> DrawReadings:
        return DrawReadings(fps=30.0, stage_ms={"draw": 4.0})

    def still(self, scale: int = 1) -> UInt8 | None:
        return self.picture

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def _remembering(self, name: str) -> Any:
        def remember(*arguments: object) -> None:
            self.calls.append((name, *arguments))

        return remember


@pytest.fixture(scope="session")
def demo_asset() -> AvatarAsset:
    return load_avatar(resource_path("demo", "rosa.avatar"))


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    main_window = QMainWindow()
    qtbot.addWidget(main_window)
    main_window.resize(800, 600)
    main_window.show()
    return main_window


@pytest.fixture
def view(window: QMainWindow) -> FakeView:
    widget = FakeView()
    window.setCentralWidget(widget)
    return widget


@pytest.fixture
def bar(context: StudioContext, view: FakeView) -> ViewBar:
    widget = ViewBar(context.actions.__getitem__, view)
    widget.show()
    return widget


@pytest.fixture
def engine(window: QMainWindow) -> FakeEngine:
    return FakeEngine(window)


@pytest.fixture
def context(
    window: QMainWindow, preferences: Preferences, demo_asset: AvatarAsset
) -> Iterator[StudioContext]:
    session = Session(AvatarShelf(read=lambda _path: demo_asset))
    events, actions = QtSession(session, window), Actions(window)
    actions.add(GROOM_ACTIONS)
    actions.add(PAINT_ACTIONS)
    yield StudioContext(window, events, preferences, actions, ErrorReporter(window), Toast(window))
    events.close()


@pytest.fixture
def stage(qtbot: QtBot) -> FakeStage:
    view = FakePortraitView()
    qtbot.addWidget(view)
    return FakeStage(view)


@pytest.fixture
def take() -> Take:
    frames = [MotionFrame.from_units(step / 30, jawOpen=step / 60) for step in range(60)]
    sound = TakeAudio(np.full((16000, 1), 0.5, np.float32), 16000)
    return Take.from_frames("Monologue", frames, 30, sound, id="first")


@pytest.fixture
def timeline(qtbot: QtBot) -> TimelinePanel:
    panel = TimelinePanel([], [])
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def takes_panel(qtbot: QtBot) -> TakesPanel:
    panel = TakesPanel()
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def editing(
    context: StudioContext, engine: Any, timeline: TimelinePanel, takes_panel: TakesPanel
) -> Iterator[TakeEditing]:
    handler = TakeEditing(context, engine, timeline, takes_panel)
    yield handler
    handler.shutdown()


@pytest.fixture
def in_hand(context: StudioContext, editing: TakeEditing, take: Take) -> Take:
    """The take of the project that the timeline shows."""
    context.push(AddTake.of(context.project, take))
    context.push(SetActiveTake.of(context.project, take.id))
    assert editing.hand.take is not None
    return editing.hand.take
