from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.panels.training import RunChoices, RunState, TrainingPanel
from avatar_core.training.run_events import StepTold

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> TrainingPanel:
    widget = TrainingPanel()
    qtbot.addWidget(widget)
    widget.resize(370, 420)
    widget.show()
    return widget


def allow(panel: TrainingPanel, *, resumes: bool = False) -> None:
    panel.show_folder("A new run begins here.", may_start=True, resumes=resumes, warns=False)


def buttons(panel: TrainingPanel) -> dict[str, bool]:
    """Visible buttons and whether they can be pressed."""
    every = (panel.start_button, panel.pause_button, panel.cancel_button, panel.stage_button)
    return {each.text(): each.isEnabled() for each in every if each.isVisible()}


def test_the_form_says_what_was_filled_in(qtbot: QtBot, panel: TrainingPanel) -> None:
    with qtbot.assertNotEmitted(panel.choices_changed):
        panel.fill_in(name="Rosa", preset="official", device="cpu", folder="/runs/rosa")
        panel.fill_in(preset="unheard of", device="cuda")
    assert panel.choices == RunChoices("Rosa", "official", "cpu", "/runs/rosa", "")
    panel.offer_cuda()
    panel.offer_cuda()
    panel.fill_in(device="cuda", flame="/flame")
    assert panel.choices.device == "cuda"
    assert panel.device.count() == 3
    panel.ask_flame(is_needed=True)
    assert panel.choices.flame == "/flame"


def test_edits_are_told(qtbot: QtBot, panel: TrainingPanel) -> None:
    with qtbot.waitSignal(panel.choices_changed):
        qtbot.keyClicks(panel.folder, "x")
    with qtbot.waitSignal(panel.choices_changed):
        panel.preset.setCurrentIndex(2)
    assert "CUDA" in panel._preset_words.text()


def test_the_buttons_are_those_that_make_sense(panel: TrainingPanel) -> None:
    assert buttons(panel) == {"Start training": False}
    allow(panel)
    assert buttons(panel) == {"Start training": True}
    allow(panel, resumes=True)
    assert buttons(panel) == {"Resume training": True}
    panel.show_state(RunState.STARTING, "Starting …")
    assert buttons(panel) == {"Pause": True, "Cancel …": True}
    assert not panel.name.isEnabled()
    panel.show_state(RunState.RUNNING)
    assert buttons(panel) == {"Pause": True, "Cancel …": True}
    panel.show_state(RunState.STOPPING, "Pausing …")
    assert buttons(panel) == {"Pause": False, "Cancel …": False}
    panel.show_state(RunState.PAUSED, "Paused.")
    assert buttons(panel) == {"Resume training": True, "Cancel …": True}
    panel.show_state(RunState.FINISHED, "Finished.")
    panel.offer_avatar("Rosa")
    assert buttons(panel) == {"Put Rosa on the stage": True}
    assert panel.name.isEnabled()


@pytest.mark.parametrize("name", ["start", "pause", "cancel", "stage"])
def test_every_button_asks(qtbot: QtBot, panel: TrainingPanel, name: str) -> None:
    allow(panel)
    with qtbot.waitSignal(getattr(panel, f"{name}_requested")):
        button = getattr(panel, f"{name}_button")
        button.setEnabled(True)
        button.click()


def test_steps_fill_the_bar_and_tell_the_time_left(panel: TrainingPanel) -> None:
    panel.show_state(RunState.RUNNING)
    panel.show_step(StepTold("head", 200, 2000, 2200, 5500, 900.0, 4000.0, {}))
    assert panel.progress.value() == 400
    assert panel.numbers == (
        "Head stage, step 200 of 2,000\n2,200 of 5,500 steps  ·  about 1 h 07 min left"
    )
    panel.show_step(StepTold("head", 201, 2000, 2201, 5500, 900.0, None, {}))
    assert panel.numbers.endswith("2,201 of 5,500 steps")
    panel.show_step(StepTold("joint", 1500, 1500, 5500, 5500, 900.0, 0.0, {}))
    assert "measured and written" in panel.numbers
    panel.show_state(RunState.FINISHED, "Finished.")
    assert not panel._numbers.isVisible()


def test_an_error_stands_there_with_its_hint(panel: TrainingPanel) -> None:
    panel.show_state(RunState.IDLE, "No room is left.", "Free some.")
    assert panel.status == "No room is left. Free some."
    panel.show_state(RunState.IDLE)
    assert panel.status == ""
