from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.handlers.readings import LivePanels, Readings
from app.panels.expression import ExpressionPanel
from app.panels.plots import PlotsPanel, PlotSubject
from app.panels.timeline import TimelinePanel
from app.workers.status import DriverState, PerformanceStatus, RecordingStatus
from avatar_core.commands import AddTake, SetActiveTake
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.motion import Take


@pytest.fixture
def panels(qtbot: QtBot) -> LivePanels:
    live = LivePanels(TimelinePanel([], []), ExpressionPanel(), PlotsPanel())
    for panel in (live.timeline, live.expression, live.plots):
        qtbot.addWidget(panel)
        panel.show()
    return live


@pytest.fixture
def readings(context: StudioContext, engine: Any, view: Any, panels: LivePanels) -> Readings:
    return Readings(context, engine, view.draw_readings, panels)


def test_a_round_tells_time_and_recording(
    engine: Any, readings: Readings, panels: LivePanels
) -> None:
    engine.answer = PerformanceStatus(
        position_s=1.5, duration_s=4.0, recording=RecordingStatus(True, 2.0, 1)
    )
    readings.read()
    assert panels.timeline.ruler.position_s == 1.5
    assert panels.timeline.recording_text == "● Clip 0:02.00   1 dropped"


def test_at_rest_the_active_take_gives_the_length(
    context: StudioContext, readings: Readings, panels: LivePanels, take: Take
) -> None:
    context.push(AddTake.of(context.project, take))
    context.push(SetActiveTake.of(context.project, take.id))
    asked: list[float] = []
    panels.timeline.seek_requested.connect(asked.append)
    readings.read()
    panels.timeline.ruler._ask(99.0)
    assert asked == [pytest.approx(take.duration_s)]


def test_live_marks_show_only_while_something_drives(
    engine: Any, readings: Readings, panels: LivePanels
) -> None:
    slider = panels.expression.unit_slider("jawOpen")
    rest = slider.grab().toImage()
    engine.answer = PerformanceStatus(source="camera:0", motion=MotionFrame.from_units(jawOpen=0.9))
    for _ in range(3):
        readings.read()
    assert slider.grab().toImage() != rest
    engine.answer = PerformanceStatus(motion=MotionFrame.from_units(jawOpen=0.9))
    for _ in range(3):
        readings.read()
    assert slider.grab().toImage() == rest


def test_plots_get_stages_of_engine_and_viewport(
    engine: Any, readings: Readings, panels: LivePanels
) -> None:
    engine.answer = PerformanceStatus(stage_ms={"track": 12.0}, motion=MotionFrame())
    panels.plots.show_subject(PlotSubject.STAGES)
    for _ in range(3):
        readings.read()
    assert set(panels.plots.curve_names) == {"track", "draw"}


def test_it_runs_by_itself_until_it_is_stopped(qtbot: QtBot, readings: Readings, view: Any) -> None:
    with qtbot.waitSignal(readings.rate_read) as told:
        readings.start()
    assert told.args == [30.0]
    readings.stop()
    with qtbot.assertNotEmitted(readings.rate_read, wait=200):
        pass


def test_drivers_are_told_apart_in_the_plots(
    qtbot: QtBot, engine: Any, readings: Readings, panels: LivePanels
) -> None:
    states = tuple(
        DriverState(f"vmc:{port}", "live", motion=MotionFrame.from_units(jawOpen=1.0))
        for port in (39539, 39540)
    )
    engine.answer = PerformanceStatus(drivers=(*states, DriverState("mic:")))
    panels.plots.show_subject(PlotSubject.DRIVERS)
    with qtbot.waitSignal(readings.status_read) as told:
        for _ in range(3):
            readings.read()
    assert told.args == [engine.answer]
    assert panels.plots.curve_names == ("VMC", "VMC (vmc:39540)")


def test_plots_call_drivers_as_the_list_does(
    context: StudioContext, engine: Any, view: Any, panels: LivePanels
) -> None:
    readings = Readings(
        context, engine, view.draw_readings, panels, {"camera:0": "Webcam"}.__getitem__
    )
    motion = MotionFrame.from_units(jawOpen=1.0)
    engine.answer = PerformanceStatus(drivers=(DriverState("camera:0", motion=motion),))
    panels.plots.show_subject(PlotSubject.DRIVERS)
    for _ in range(3):
        readings.read()
    assert panels.plots.curve_names == ("Webcam",)
