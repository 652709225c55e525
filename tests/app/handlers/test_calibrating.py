from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.handlers import calibrating
from app.handlers.calibrating import CalibrationHandler
from app.panels.calibration import CalibrationFields
from app.workers.status import DriverState, PerformanceStatus
from avatar_core.commands import AddDriver, SetDriverProfile, SetSource
from avatar_core.errors import FaceNotFoundError
from avatar_core.motion import UNIT_INDEX, DriverProfile, MotionFrame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.range_session import RangeSession

CAMERA, PHONE = "camera:0", "livelink:11111"
FILM = "file:/films/face.mp4"


@pytest.fixture
def panel(qtbot: QtBot) -> CalibrationFields:
    widget = CalibrationFields()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture
def calibration(
    context: StudioContext, engine: Any, panel: CalibrationFields
) -> Iterator[CalibrationHandler]:
    handler = CalibrationHandler(context, engine, panel)
    context.push(SetSource.of(context.project, CAMERA))
    context.push(AddDriver.of(context.project, PHONE))
    yield handler
    handler.shutdown()


def _profile(context: StudioContext, uri: str) -> DriverProfile:
    return context.project.mixer.profile(uri)


def _range_session(calibration: CalibrationHandler, panel: CalibrationFields) -> RangeSession:
    """The wizard of the camera's range, as its button opens it."""
    calibration.show_driver(CAMERA)
    panel.range.click()
    assert calibration._range is not None
    return calibration._range


class TestNeutral:
    def test_the_answer_becomes_the_neutral_face_of_the_chosen_driver(
        self, context: StudioContext, engine: Any, panel: CalibrationFields,
        calibration: CalibrationHandler,
    ) -> None:  # fmt: skip
        calibration.show_driver(PHONE)
        panel.neutral.click()
        assert engine.asked("calibrate") == [(PHONE,)]
        calibration.show_driver(CAMERA)  # the answer is still the phone's
        neutral = MotionFrame.from_units(jawOpen=0.2)
        engine.calibrated.emit(neutral)
        assert _profile(context, PHONE).neutral is neutral
        assert _profile(context, CAMERA).neutral is None
        context.session.undo()
        assert _profile(context, PHONE).neutral is None

    @pytest.mark.usefixtures("calibration")
    def test_a_key_calibrates_the_main_driver_when_none_is_chosen(
        self, context: StudioContext, engine: Any
    ) -> None:
        context.actions["perform.calibrate"].trigger()
        assert engine.asked("calibrate") == [(CAMERA,)]

    def test_a_countdown_comes_first(
        self, qtbot: QtBot, context: StudioContext, engine: Any, panel: CalibrationFields,
        calibration: CalibrationHandler,
    ) -> None:  # fmt: skip
        calibration._countdown.setInterval(1)
        context.actions["perform.countdown"].trigger()
        assert engine.asked("calibrate") == []
        assert panel.neutral.text() == "Neutral in 3 …"
        qtbot.waitUntil(lambda: engine.asked("calibrate") == [(CAMERA,)])
        assert panel.neutral.text() == "Take neutral"

    def test_a_second_press_stops_the_countdown(
        self, qtbot: QtBot, context: StudioContext, engine: Any, calibration: CalibrationHandler
    ) -> None:
        calibration._countdown.setInterval(1)
        context.actions["perform.countdown"].trigger()
        context.actions["perform.countdown"].trigger()
        qtbot.wait(20)
        assert engine.asked("calibrate") == []

    def test_a_voice_has_no_face_to_calibrate(
        self, context: StudioContext, engine: Any, panel: CalibrationFields,
        calibration: CalibrationHandler,
    ) -> None:  # fmt: skip
        calibration.show_driver("mic:")
        assert not panel.neutral.isEnabled()
        context.actions["perform.calibrate"].trigger()
        assert engine.asked("calibrate") == []
        assert "no face to calibrate" in context.toast.text


class TestBestOfVideo:
    def test_the_calmest_face_becomes_neutral(
        self, qtbot: QtBot, context: StudioContext, panel: CalibrationFields,
        calibration: CalibrationHandler, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        calm = MotionFrame.from_units(1.5, jawOpen=0.1)
        monkeypatch.setattr(calibrating, "calmest_face", lambda _uri, _task: calm)
        calibration.show_driver(FILM)
        assert panel.best.isEnabled()
        panel.best.click()
        qtbot.waitUntil(lambda: _profile(context, FILM).neutral is calm)
        assert "at 1.5 seconds" in context.toast.text
        assert panel.best.text() == "Best of video"

    def test_a_film_without_a_face_says_so_and_changes_nothing(
        self, qtbot: QtBot, context: StudioContext, panel: CalibrationFields,
        calibration: CalibrationHandler, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        def fail(_uri: str, _task: object) -> MotionFrame:
            raise FaceNotFoundError("No face was found in face.mp4.", "Choose another.")

        monkeypatch.setattr(calibrating, "calmest_face", fail)
        calibration.show_driver(FILM)
        panel.best.click()
        qtbot.waitUntil(lambda: "No face was found" in context.toast.text)
        assert _profile(context, FILM).is_empty

    def test_a_second_click_stops_the_search(
        self, qtbot: QtBot, panel: CalibrationFields, calibration: CalibrationHandler,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        def search(_uri: str, task: Any) -> MotionFrame:
            while True:
                task.step(0.5)

        monkeypatch.setattr(calibrating, "calmest_face", search)
        calibration.show_driver(FILM)
        panel.best.click()
        qtbot.waitUntil(lambda: panel.best.text() == "50 %  Stop")
        panel.best.click()
        assert panel.best.text() == "Best of video"

    def test_live_drivers_have_no_film(
        self, panel: CalibrationFields, calibration: CalibrationHandler
    ) -> None:
        calibration.show_driver(CAMERA)
        assert not panel.best.isEnabled()


class TestGaze:
    def test_where_the_person_looks_now_is_straight_ahead(
        self, context: StudioContext, engine: Any, panel: CalibrationFields,
        calibration: CalibrationHandler,
    ) -> None:  # fmt: skip
        looks = [np.full((2, 2), angle, np.float32) for angle in (0.1, 0.2, 0.9)]
        engine.gave[CAMERA] = [
            MotionFrame(gaze=look, confidence=seen)
            for look, seen in zip(looks, (1.0, 1.0, 0.0), strict=True)
        ]
        calibration.show_driver(CAMERA)
        panel.gaze.click()
        centre = _profile(context, CAMERA).gaze_centre
        assert centre is not None
        assert centre == pytest.approx(np.full((2, 2), 0.15), abs=1e-6)

    @pytest.mark.usefixtures("calibration")
    def test_nobody_there_is_told(self, context: StudioContext) -> None:
        context.actions["perform.gaze"].trigger()
        assert "no face is seen" in context.toast.text
        assert _profile(context, CAMERA).is_empty


class TestForgetting:
    @pytest.fixture
    def known(self, context: StudioContext, calibration: CalibrationHandler) -> DriverProfile:
        gains = np.full(52, 1.5, np.float32)
        centre = np.full((2, 2), 0.1, np.float32)
        profile = DriverProfile(MotionFrame.from_units(jawOpen=0.1), gains, centre)
        context.push(SetDriverProfile.of(context.project, CAMERA, profile))
        calibration.show_driver(CAMERA)
        return profile

    @pytest.mark.usefixtures("known")
    def test_it_says_what_is_known(self, panel: CalibrationFields) -> None:
        words = panel.known.text()
        assert words == "Camera 0: neutral face, range, gaze centre kept with the project."

    @pytest.mark.parametrize("what", ["neutral", "range", "gaze"])
    def test_one_thing_goes_the_others_stay(
        self, context: StudioContext, panel: CalibrationFields, known: DriverProfile, what: str
    ) -> None:
        panel.forget_action(what).trigger()
        left = _profile(context, CAMERA)
        held = (left.neutral is not None, left.has_range, left.gaze_centre is not None)
        assert held == tuple(each != what for each in ("neutral", "range", "gaze"))
        assert not panel.forget_action(what).isEnabled()
        context.session.undo()
        assert _profile(context, CAMERA) == known

    @pytest.mark.usefixtures("known")
    def test_all_goes_at_once(self, context: StudioContext, panel: CalibrationFields) -> None:
        panel.forget_action("all").trigger()
        assert _profile(context, CAMERA).is_empty
        assert not panel.forget.isEnabled()


class TestRange:
    def test_the_wizard_sees_how_strong_an_expression_is(
        self, panel: CalibrationFields, calibration: CalibrationHandler
    ) -> None:
        session = _range_session(calibration, panel)
        wizard = session.wizard
        wizard.skip.click()
        assert wizard.step.id == "smile"
        smile = MotionFrame.from_units(mouthSmileLeft=0.3, mouthSmileRight=0.6, jawOpen=0.9)
        state = DriverState(CAMERA, "live", motion=smile)
        calibration.show_status(PerformanceStatus(drivers=(state,)))
        assert wizard.strength.value() == 60
        calibration.show_status(PerformanceStatus())
        assert not wizard.go.isEnabled()
        wizard.reject()
        assert calibration._range is None

    def test_what_was_shown_becomes_gains_in_one_step(
        self, context: StudioContext, engine: Any, panel: CalibrationFields,
        calibration: CalibrationHandler,
    ) -> None:  # fmt: skip
        session = _range_session(calibration, panel)
        for step, units in (
            ("rest", {}),
            ("smile", {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5}),
            ("jaw", {"jawOpen": 0.4}),
        ):
            engine.gave[CAMERA] = [MotionFrame.from_units(**units)] * 5
            session.wizard.watching.emit(step, False)
        session.wizard.skipped.emit("brows")
        steps = len(context.session.history.steps)
        session.wizard.completed.emit()
        profile = _profile(context, CAMERA)
        gains = [profile.gains[UNIT_INDEX[unit]] for unit in ("mouthSmileLeft", "jawOpen")]
        assert gains == pytest.approx([2.0, 2.5])
        assert profile.neutral is not None
        assert len(context.session.history.steps) == steps + 1
        session.wizard.reject()

    def test_an_expression_that_was_not_made_changes_nothing(
        self, context: StudioContext, engine: Any, panel: CalibrationFields,
        calibration: CalibrationHandler,
    ) -> None:  # fmt: skip
        session = _range_session(calibration, panel)
        engine.gave[CAMERA] = [MotionFrame()] * 5
        session.wizard.watching.emit("smile", False)
        session.wizard.completed.emit()
        assert "The smile could not be told" in context.toast.text
        assert _profile(context, CAMERA).is_empty
        session.wizard.reject()
