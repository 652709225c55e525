"""Calibration: the person behind a driver, known by button, key, film and wizard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from app.panels.calibration import Calibratable
from app.panels.driver_kinds import DriverKind, driver_title
from app.workers.neutral_search import calmest_face
from app.workers.tasks import TaskRunner
from avatar_core.commands import SetDriverProfile
from avatar_core.errors import FaceNotFoundError
from avatar_core.motion import DriverProfile, gaze_from_weights
from avatar_core.project import SLIDERS, Change, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.handlers.context import StudioContext
    from app.handlers.range_session import RangeSession
    from app.panels.calibration import CalibrationFields
    from app.workers.performance import PerformanceEngine
    from app.workers.status import PerformanceStatus
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import Float32
    from avatar_core.motion import MotionFrame

_SECOND_MS = 1000
_GAZE_S = 0.5


class CalibrationHandler(QObject):
    """Joins buttons, keys and wizard with the profiles in the document.

    Args:
        context: the document.
        engine: knows what drivers gave lately.
        panel: the buttons.
        title: what the window calls a driver, by its URI.
    """

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        panel: CalibrationFields,
        title: Callable[[str], str] = driver_title,
    ) -> None:
        super().__init__(context.window)
        self._title = title
        self._context = context
        self._engine = engine
        self._panel = panel
        self._chosen = ""
        self._asked = ""
        self._searched = ""
        self._seconds_left = 0
        self._range: RangeSession | None = None
        self._countdown = QTimer(self)
        self._countdown.setInterval(_SECOND_MS)
        self._countdown.timeout.connect(self._tick)
        self._searcher = TaskRunner("The calmest face", self)
        self._connect()
        context.events.changed.connect(self._changed)

    @property
    def driver(self) -> str:
        """URI of the driver that is calibrated: the chosen one, or the main one; empty for none."""
        source = self._context.project.source
        uri = self._chosen or ("" if source == SLIDERS else source)
        is_person = bool(uri) and not DriverKind.of(uri).is_speech
        return uri if is_person and DriverKind.of(uri) is not DriverKind.TAKE else ""

    def show_driver(self, uri: str) -> None:
        """Another driver was chosen in the list."""
        self._chosen = uri
        self.refresh()

    def refresh(self) -> None:
        """Show what is known of the chosen driver's person."""
        uri = self.driver
        if not uri:
            self._panel.show_driver(None, None)
            return
        is_film = DriverKind.of(uri) in (DriverKind.FILE, DriverKind.SEQUENCE)
        driver = Calibratable(self._title(uri), is_film)
        self._panel.show_driver(driver, self._context.project.mixer.profile(uri))

    def show_status(self, status: PerformanceStatus) -> None:
        """What the drivers do right now."""
        if self._range is not None:
            self._range.show_status(status)

    def shutdown(self) -> None:
        self._countdown.stop()
        self._searcher.shutdown()

    # requests

    def _connect(self) -> None:
        panel, actions = self._panel, self._context.actions
        panel.neutral_requested.connect(self._take_neutral)
        panel.best_requested.connect(self._search)
        panel.range_requested.connect(self._ask_range)
        panel.gaze_requested.connect(self._centre_gaze)
        panel.forget_requested.connect(self._forget)
        actions["perform.calibrate"].triggered.connect(lambda: self._take_neutral(False))
        actions["perform.countdown"].triggered.connect(lambda: self._take_neutral(True))
        actions["perform.range"].triggered.connect(self._ask_range)
        actions["perform.gaze"].triggered.connect(self._centre_gaze)
        self._engine.calibrated.connect(self._keep_neutral)
        self._searcher.progressed.connect(lambda part, _words: panel.show_search(part))
        self._searcher.finished.connect(self._found)
        self._searcher.failed.connect(self._not_found)
        self._searcher.cancelled.connect(lambda: panel.show_search(None))

    def _changed(self, change: Change) -> None:
        if change.parts & {Part.DRIVING, Part.MIXER}:
            self.refresh()

    def _has_driver(self) -> bool:
        """Whether there is somebody to calibrate; says so when there is not."""
        if self.driver:
            return True
        self._context.toast.show_note(
            "There is no face to calibrate.", "Add a camera, a video or a phone under Drivers."
        )
        return False

    # neutral

    def _take_neutral(self, is_counted_down: bool) -> None:
        if self._countdown.isActive():  # pressed again: never mind
            self._countdown.stop()
            self._panel.show_countdown(0)
        elif self._has_driver():
            self._asked = self.driver
            if is_counted_down:
                self._seconds_left = self._context.preferences.values.countdown_s
                self._panel.show_countdown(self._seconds_left)
                self._countdown.start()
            else:
                self._engine.calibrate(self._asked)

    def _tick(self) -> None:
        self._seconds_left -= 1
        self._panel.show_countdown(self._seconds_left)
        if self._seconds_left == 0:
            self._countdown.stop()
            self._engine.calibrate(self._asked)

    def _keep_neutral(self, neutral: MotionFrame) -> None:
        uri = self._asked or self._context.project.source
        self._keep(uri, self._profile(uri).with_neutral(neutral))
        self._context.toast.show_note("This face is neutral from now on.")

    def _search(self) -> None:
        if self._searcher.is_running:
            self._searcher.stop()
        elif self._has_driver():
            uri = self._searched = self.driver
            self._panel.show_search(0.0)
            self._searcher.start(lambda task: calmest_face(uri, task))

    def _found(self, neutral: MotionFrame) -> None:
        self._panel.show_search(None)
        self._keep(self._searched, self._profile(self._searched).with_neutral(neutral))
        self._context.toast.show_note(
            "The calmest face of the video is neutral from now on.",
            f"It is at {neutral.time_s:.1f} seconds.",
        )

    def _not_found(self, error: AvatarError) -> None:
        self._panel.show_search(None)
        self._context.toast.show_error(error.message, error.hint)

    # range and gaze

    def _ask_range(self) -> None:
        if self._range is not None:
            self._range.raise_()
        elif self._has_driver():
            from app.handlers.range_session import RangeSession  # with a dialog nobody saw yet

            uri = self.driver
            self._range = RangeSession(self._context.window, self._engine, uri, self._title(uri))
            self._range.measured.connect(self._keep_range)
            self._range.ended.connect(self._end_range)

    def _keep_range(self, uri: str, shown: Mapping[str, list[MotionFrame]]) -> None:
        if not shown:
            return
        from avatar_core.motion.range_calibration import with_range

        try:
            profile = with_range(self._profile(uri), shown)
        except FaceNotFoundError as error:
            self._context.toast.show_error(error.message, error.hint)
            return
        self._keep(uri, profile)
        self._context.toast.show_note("The range of this face is known from now on.")

    def _end_range(self) -> None:
        self._range = None

    def _centre_gaze(self) -> None:
        if not self._has_driver():
            return
        uri = self.driver
        looks = [
            gaze_from_weights(frame.weights) if frame.gaze is None else frame.gaze
            for frame in self._engine.recent_motion(uri, _GAZE_S)
            if frame.confidence > 0
        ]
        if not looks:
            self._context.toast.show_error(
                "The gaze could not be centred, because no face is seen.", "Face the camera."
            )
            return
        centre: Float32 = np.mean(looks, axis=0, dtype=np.float32)
        self._keep(uri, replace(self._profile(uri), gaze_centre=centre))
        self._context.toast.show_note("Looking there is straight ahead from now on.")

    # forgetting

    def _forget(self, what: str) -> None:
        uri = self.driver
        if uri:
            self._keep(uri, replace(self._profile(uri), **_forgotten(what)))

    def _profile(self, uri: str) -> DriverProfile:
        return self._context.project.mixer.profile(uri)

    def _keep(self, uri: str, profile: DriverProfile) -> None:
        self._context.push(SetDriverProfile.of(self._context.project, uri, profile))


def _forgotten(what: str) -> Mapping[str, Any]:
    """What a profile holds before a calibration, by field."""
    nothing = DriverProfile()
    known: dict[str, Any] = {
        "neutral": nothing.neutral, "gains": nothing.gains, "gaze_centre": nothing.gaze_centre,
    }  # fmt: skip
    fields = {"neutral": ["neutral"], "range": ["gains"], "gaze": ["gaze_centre"], "all": [*known]}
    return {field: known[field] for field in fields[what]}
