from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph
import pytest

from app.panels.losses import PSNR, LossesPanel, log_ticks, smoothed
from avatar_core.training.run_events import StepTold
from avatar_core.training.run_record import PreviewNote

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

HISTORY = {
    "hair": {10: {"rgb": 0.4}, 20: {"rgb": 0.2, "ssim": 0.1}},
    "head": {10: {"rgb": 0.9, "depth": 0.0, "edges": float("nan")}},
}
PREVIEWS = (
    PreviewNote("head", 40, 21.0, "test/1", True),
    PreviewNote("hair", 20, 15.5, "test/1", True),
)


@pytest.fixture
def panel(qtbot: QtBot) -> LossesPanel:
    widget = LossesPanel()
    qtbot.addWidget(widget)
    widget.resize(500, 300)
    widget.set_look(smooth=False, log=False)
    widget.show()
    return widget


def curves(panel: LossesPanel) -> dict[str, tuple[list[float], list[float]]]:
    return {
        name: tuple(axis.tolist() for axis in panel._curves[name][0].getData())
        for name in panel.curve_names
    }


def told(stage: str, stage_step: int, **losses: float) -> StepTold:
    return StepTold(stage, stage_step, 100, stage_step, 300, 1.0, None, losses)


def test_a_run_of_before_is_drawn_at_the_stage_it_reached(panel: LossesPanel) -> None:
    panel.show_run(HISTORY, PREVIEWS)
    assert panel.subject == "Head"
    assert curves(panel) == {"rgb": ([10.0], [0.9]), "depth": ([10.0], [0.0])}
    panel.choose_subject("Hair")
    assert curves(panel) == {"rgb": ([10.0, 20.0], [0.4, 0.2]), "ssim": ([20.0], [0.1])}
    assert "rgb" in panel.legend
    assert "0.2" in panel.legend


def test_steps_of_a_resumed_run_replace_those_done_before(panel: LossesPanel) -> None:
    panel.show_run(HISTORY, ())
    panel.choose_subject("Hair")
    panel.append(told("hair", 20, rgb=0.3))
    panel.append(told("hair", 21, rgb=0.1))
    panel.redraw()
    assert curves(panel)["rgb"] == ([10.0, 20.0, 21.0], [0.4, 0.3, 0.1])


def test_it_follows_the_stages_until_the_user_chooses_one(panel: LossesPanel) -> None:
    panel.append(told("hair", 1, rgb=0.5))
    panel.append(told("head", 1, rgb=0.5))
    assert panel.subject == "Head"
    panel.choose_subject("Hair")
    panel.append(told("joint", 1, rgb=0.5))
    assert panel.subject == "Hair"
    panel.show_run({}, ())
    panel.append(told("joint", 2, rgb=0.5))
    assert panel.subject == "Joint"


def test_terms_can_be_hidden(panel: LossesPanel) -> None:
    panel.show_run(HISTORY, ())
    panel.choose_subject("Hair")
    panel.menu.aboutToShow.emit()
    next(action for action in panel.menu.actions() if action.text() == "rgb").trigger()
    assert panel.curve_names == ("ssim",)


def test_previews_are_drawn_in_their_order(panel: LossesPanel) -> None:
    panel.show_run(HISTORY, PREVIEWS)
    panel.choose_subject(PSNR)
    assert curves(panel) == {PSNR: ([20.0, 40.0], [15.5, 21.0])}
    panel.append_preview(PreviewNote("joint", 60, 25.0, "test/1", True))
    assert curves(panel)[PSNR][1] == [15.5, 21.0, 25.0]


def test_a_logarithmic_scale_bears_zeros(panel: LossesPanel) -> None:
    panel.set_look(smooth=True, log=True)
    panel.show_run(HISTORY, ())
    plot = panel.findChild(pyqtgraph.PlotWidget)
    assert plot.getPlotItem().getAxis("left").logMode
    assert panel._curves["rgb"][0].xData.tolist() == [10.0]
    assert not panel._curves["depth"][0].getData()[0]
    panel.choose_subject(PSNR)
    panel.append_preview(PREVIEWS[0])
    assert not plot.getPlotItem().getAxis("left").logMode


def test_the_look_is_told_for_remembering(qtbot: QtBot, panel: LossesPanel) -> None:
    with qtbot.waitSignal(panel.look_changed) as asked:
        panel._log.click()
    assert asked.args == [False, True]


def test_nothing_is_drawn_while_hidden(panel: LossesPanel) -> None:
    panel.hide()
    panel.show_run(HISTORY, ())
    assert panel.findChild(pyqtgraph.PlotWidget) is None
    panel.show()
    assert panel.findChild(pyqtgraph.PlotWidget) is not None


def test_smoothing_is_the_mean_of_what_came_before() -> None:
    values = np.arange(80.0)
    assert smoothed(values)[0] == 0.0
    assert smoothed(values)[10] == pytest.approx(9.5)
    assert smoothed(np.ones(3)).tolist() == [1, 1, 1]
    assert len(smoothed(np.zeros(0))) == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.02, 0.3], ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]),
        ([1e-3, 1.0], ["0.001", "0.01", "0.1", "1"]),
        ([1e-8, 1.0], ["1e-08", "1e-06", "0.0001", "0.01", "1"]),
        ([], []),
    ],
)
def test_ticks_leave_room_for_their_words(values: list[float], words: list[str]) -> None:
    array = np.array(values)
    (ticks,) = log_ticks([(array, array)] if values else [])
    assert [text for _, text in ticks] == words
