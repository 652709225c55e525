from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from app.panels.paint_presets import PaintPresetsPanel, PresetCard

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

RED, PINK, BLACK = (1.0, 0.0, 0.0), (1.0, 0.5, 0.5), (0.0, 0.0, 0.0)
CARDS = (
    PresetCard("lips", "Lipstick", "Full colour", (RED, PINK), 0.9),
    PresetCard("liner", "Eyeliner", "A line", (BLACK,), 0.8),
)


@pytest.fixture
def panel(qtbot: QtBot) -> PaintPresetsPanel:
    widget = PaintPresetsPanel()
    qtbot.addWidget(widget)
    widget.show_presets(CARDS)
    return widget


def test_nothing_can_be_put_on_where_there_is_nothing(qtbot: QtBot) -> None:
    widget = PaintPresetsPanel()
    qtbot.addWidget(widget)
    widget.show_presets(())
    assert not widget.add.isEnabled()


def test_the_chosen_look_is_asked_for_in_its_colour_and_strength(
    panel: PaintPresetsPanel,
) -> None:
    asked: list[object] = []
    panel.preset_wanted.connect(lambda *each: asked.append(each))
    panel.add.click()
    panel.swatches[1].click()
    panel.strength.value_edited.emit(0.5)
    panel.add.click()
    panel.choose("liner")
    panel.add.click()
    assert asked == [("lips", RED, 0.9), ("lips", PINK, 0.5), ("liner", BLACK, 0.8)]


def test_what_was_chosen_for_a_look_is_kept_for_it(panel: PaintPresetsPanel) -> None:
    panel.colour.colour_edited.emit((0.0, 1.0, 0.0))
    panel.choose("liner")
    assert panel.colour.colour == BLACK
    panel.choose("lips")
    assert panel.colour.colour == (0, 1, 0)
    assert panel.chosen == "lips"


def test_pictures_come_later(panel: PaintPresetsPanel) -> None:
    panel.show_picture("liner", QImage(8, 8, QImage.Format.Format_RGB888))
    panel.show_picture("unknown", QImage(8, 8, QImage.Format.Format_RGB888))
    assert [card.picture is None for card in panel.list.cards] == [True, False]
