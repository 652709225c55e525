from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest

from app.panels.portrait import PortraitPanel
from app.panels.portrait_list import PortraitRow
from avatar_core.project import (
    PortraitBackground,
    PortraitDriver,
    PortraitEngine,
    PortraitSettings,
)
from avatar_core.project.portrait_settings import NUMBER_RANGES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.panels.portrait_controls import PortraitControls


@pytest.fixture
def panel(qtbot: QtBot) -> PortraitPanel:
    names = ("Add", "Edit crop", "Save still", "Driver beside")
    add, crop, still, beside = (QAction(name) for name in names)
    widget = PortraitPanel([add], crop, still, beside)
    for action in (add, crop, still, beside):
        action.setParent(widget)
    qtbot.addWidget(widget)
    widget.resize(360, 900)
    widget.show()
    picture = QImage(8, 8, QImage.Format.Format_RGB888)
    rows = [PortraitRow("a", "Lena", True, picture), PortraitRow("b", "<b>Nia</b>", False)]
    widget.list.show_portraits(rows, "a")
    widget.set_content(has_portraits=True, has_chosen=True)
    return widget


@pytest.fixture
def controls(panel: PortraitPanel) -> PortraitControls:
    panel.controls.show_portrait("a", PortraitSettings(), is_cropped=False)
    return panel.controls


def _asked(qtbot: QtBot, controls: PortraitControls, act: object) -> PortraitSettings:
    with qtbot.waitSignal(controls.settings_edited) as asked:
        act()  # type: ignore[operator]
    portrait_id, settings = asked.args
    assert portrait_id == "a"
    assert isinstance(settings, PortraitSettings)
    return settings


def test_without_portraits_it_says_what_belongs_here(panel: PortraitPanel) -> None:
    panel.list.show_portraits([], None)
    panel.set_content(has_portraits=False, has_chosen=False)
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()
    assert not panel.controls.isVisible()


def test_lines_ask_for_their_own_portrait(qtbot: QtBot, panel: PortraitPanel) -> None:
    listed = panel.list
    assert listed.names == ["Lena", "<b>Nia</b>"]
    assert listed.currentRow() == 0
    with qtbot.waitSignal(listed.shown_edited) as asked:
        listed.line("b").eye.click()
    assert asked.args == ["b", True]
    for button, signal in (
        (listed.line("b").duplicate, listed.duplicate_requested),
        (listed.line("b").remove, listed.remove_requested),
    ):
        with qtbot.waitSignal(signal) as asked:
            button.click()
        assert asked.args == ["b"]
    with qtbot.waitSignal(listed.portrait_chosen) as asked:
        listed.setCurrentRow(1)
    assert asked.args == ["b"]


def test_a_line_stays_while_it_is_renamed(qtbot: QtBot, panel: PortraitPanel) -> None:
    line = panel.list.line("a")
    line.edit_name()
    assert line.editor is not None
    line.editor.setText("Helena")
    with qtbot.waitSignal(panel.list.renamed) as asked:
        line.editor.editingFinished.emit()
    assert asked.args == ["a", "Helena"]
    panel.list.show_portraits(
        [PortraitRow("a", "Helena", True), PortraitRow("b", "Nia", True)], "b"
    )
    assert panel.list.line("a") is line
    assert panel.list.names == ["Helena", "Nia"]
    assert panel.list.currentRow() == 1


def test_there_is_a_control_for_every_setting(controls: PortraitControls) -> None:
    assert set(controls.numbers) == set(NUMBER_RANGES)
    for name, field in controls.numbers.items():
        assert (field.limits.minimum, field.limits.maximum) == NUMBER_RANGES[name]
        assert field.limits.default == getattr(PortraitSettings(), name)


def test_each_number_asks_for_itself_alone(qtbot: QtBot, controls: PortraitControls) -> None:
    for name, field in controls.numbers.items():
        settings = _asked(qtbot, controls, lambda field=field: field.value_edited.emit(0.5))
        assert settings == PortraitSettings(**{name: 0.5})


def test_choices_and_the_pose_switch(qtbot: QtBot, controls: PortraitControls) -> None:
    engine = _asked(qtbot, controls, lambda: controls.engine.activated.emit(2)).engine
    assert engine is PortraitEngine.WARP
    follows = _asked(qtbot, controls, lambda: controls.follows.activated.emit(1)).follows
    assert follows is PortraitDriver.PICTURE
    ground = _asked(qtbot, controls, lambda: controls.background.activated.emit(2)).background
    assert ground is PortraitBackground.GREEN
    assert not _asked(qtbot, controls, controls.follows_pose.click).follows_pose


def test_what_is_told_is_shown_and_asks_for_nothing(
    qtbot: QtBot, controls: PortraitControls
) -> None:
    settings = PortraitSettings(
        engine=PortraitEngine.WARP, blend=1.0, jaw_gain=0.25, follows_pose=False
    )
    with qtbot.assertNotEmitted(controls.settings_edited):
        controls.show_portrait("a", settings, is_cropped=True)
        controls.engine.activated.emit(2)  # the one that is chosen already
    assert controls.engine.currentText() == "Landmark warp"
    assert controls.numbers["blend"].value == 1.0
    assert controls.numbers["jaw_gain"].value == 0.25
    assert not controls.follows_pose.isChecked()
    assert not controls.numbers["pose_gain"].isEnabled()
    assert controls.reset_crop.isEnabled()


def test_a_double_click_resets_and_a_drag_is_a_gesture(
    qtbot: QtBot, controls: PortraitControls
) -> None:
    controls.show_portrait("a", PortraitSettings(mouth_gain=0.2), is_cropped=False)
    field = controls.numbers["mouth_gain"]
    settings = _asked(
        qtbot,
        controls,
        lambda: QTest.mouseDClick(field, Qt.MouseButton.LeftButton, pos=QPoint(60, 10)),
    )
    assert settings == PortraitSettings()
    with qtbot.waitSignals(
        [controls.gesture_started, controls.settings_edited, controls.gesture_ended]
    ):
        QTest.mousePress(field, Qt.MouseButton.LeftButton, pos=QPoint(60, 10))
        QTest.mouseMove(field, QPoint(90, 10))
        QTest.mouseRelease(field, Qt.MouseButton.LeftButton, pos=QPoint(90, 10))


def test_latent_sliders_come_with_a_model_that_has_them(
    qtbot: QtBot, controls: PortraitControls
) -> None:
    assert not controls.latent_section.isVisible()
    controls.show_engine("A model.", 3)
    assert controls.latent_section.isVisible()
    assert not controls.latent_section.is_open
    controls.latent_section.set_open(True)
    assert len(controls.latents) == 3
    settings = _asked(qtbot, controls, lambda: controls.latents[1].value_edited.emit(-1.5))
    assert settings.latent == (0.0, -1.5)
    controls.show_portrait("a", settings, is_cropped=False)
    assert [slider.value for slider in controls.latents] == [0.0, -1.5, 0.0]
    back = _asked(qtbot, controls, lambda: controls.latents[1].value_edited.emit(0.0))
    assert back.latent == ()
    controls.show_engine("The warp.", 0)
    assert controls.latents == []
    assert not controls.latent_section.isVisible()
    assert controls.engine_words.text() == "The warp."
