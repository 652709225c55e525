from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.handlers.groom_selecting import PROPERTY_ROWS, SelectHandler, mode_of
from app.panels.hair_selection import HairSelectionBody
from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.hair.edited import basic_colours
from avatar_core.hair.selection import SelectMode
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from tests.app.handlers.groom_stage import GroomView

_NO_KEYS = Qt.KeyboardModifier.NoModifier
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def body(qtbot: QtBot) -> HairSelectionBody:
    widget = HairSelectionBody([], PROPERTY_ROWS)
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def handler(
    context: StudioContext, hair: GroomHair, stage: GroomView, body: HairSelectionBody
) -> SelectHandler:
    made = SelectHandler(context, hair, stage, body)  # type: ignore[arg-type]
    made.set_shown(True)
    return made


def _weights(hair: GroomHair) -> np.ndarray:
    return hair.now.weights


def test_keys_say_what_becomes_of_the_selection() -> None:
    assert mode_of(_NO_KEYS) is SelectMode.REPLACE
    assert mode_of(_SHIFT) is SelectMode.ADD
    assert mode_of(_CTRL) is SelectMode.SUBTRACT
    assert mode_of(_SHIFT | _CTRL) is SelectMode.INTERSECT


@pytest.mark.usefixtures("handler")
def test_all_none_and_invert_are_steps_that_can_be_undone(
    context: StudioContext, hair: GroomHair, body: HairSelectionBody
) -> None:
    context.actions["groom.all"].trigger()
    assert (_weights(hair) == 1).all()
    assert body.count_text == "400 of 400 selected"
    context.actions["groom.invert"].trigger()
    assert not _weights(hair).any()
    context.session.undo()
    assert (_weights(hair) == 1).all()
    context.actions["groom.none"].trigger()
    assert context.session.history.undo_label == "Select nothing"
    assert body.count_text.startswith("Nothing selected")


def test_what_is_hidden_or_locked_is_not_selected(
    context: StudioContext, hair: GroomHair, handler: SelectHandler
) -> None:
    found = np.zeros(400, np.float32)
    found[:100] = 1
    handler.choose(found, _NO_KEYS, "Select")
    context.actions["groom.hide"].trigger()
    assert (hair.now.cloud.flags[:100] & HIDDEN).all()
    context.actions["groom.all"].trigger()
    assert not _weights(hair)[:100].any()
    assert _weights(hair)[100:].all()
    context.actions["groom.lock"].trigger()
    assert (hair.now.cloud.flags[100:] & LOCKED).all()
    context.actions["groom.show_all"].trigger()
    context.actions["groom.unlock"].trigger()
    assert not hair.now.cloud.flags[:100].any()


@pytest.mark.usefixtures("handler")
def test_isolating_again_shows_everything(
    context: StudioContext, hair: GroomHair, handler: SelectHandler
) -> None:
    found = np.zeros(400, np.float32)
    found[:100] = 1
    handler.choose(found, _NO_KEYS, "Select")
    context.actions["groom.isolate"].trigger()
    assert (hair.now.cloud.flags[100:] & HIDDEN).all()
    context.actions["groom.isolate"].trigger()
    assert not (hair.now.cloud.flags & HIDDEN).any()


@pytest.mark.usefixtures("handler")
def test_hiding_nothing_is_explained(context: StudioContext) -> None:
    context.actions["groom.hide"].trigger()
    assert "Nothing is selected" in context.toast.text
    assert not context.session.dirty


def test_growing_shrinking_and_softening_go_by_the_neighbours(
    context: StudioContext, hair: GroomHair, handler: SelectHandler
) -> None:
    found = np.zeros(400, np.float32)
    found[50:60] = 1  # neighbours are the rows before and after
    handler.choose(found, _NO_KEYS, "Select")
    context.actions["groom.expand"].trigger()
    assert np.flatnonzero(_weights(hair)).tolist() == list(range(49, 61))
    context.actions["groom.shrink"].trigger()
    assert np.flatnonzero(_weights(hair)).tolist() == list(range(50, 60))
    context.actions["groom.soften"].trigger()
    assert 0 < _weights(hair)[49] < _weights(hair)[52]


@pytest.mark.usefixtures("handler")
def test_hair_of_a_colour_is_found(hair: GroomHair, body: HairSelectionBody) -> None:
    colours = basic_colours(hair.now.cloud.sh)
    body.colour_wanted.emit(tuple(colours[7].tolist()), 0.01, False, _NO_KEYS)
    assert _weights(hair)[7] == 1
    few = int((_weights(hair) > 0).sum())
    body.colour_wanted.emit(tuple(colours[7].tolist()), 0.3, True, _SHIFT)
    assert (_weights(hair) > 0).sum() > few


@pytest.mark.usefixtures("handler")
def test_hair_is_found_by_a_property(hair: GroomHair, body: HairSelectionBody) -> None:
    opacities = hair.now.cloud.opacities
    body.range_wanted.emit("opacity", float(np.median(opacities)), np.inf, _NO_KEYS)
    chosen = _weights(hair) > 0
    assert chosen.sum() == pytest.approx(200, abs=2)
    assert opacities[chosen].min() >= opacities[~chosen].max()
