"""Painting on the demo avatar's own, neural face in the whole window: bake and texture parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.panels.paint_bake import BakeState
from avatar_core.io.avatar_file import load_avatar
from avatar_core.resources import resource_path
from tests.app.groom_salon import PATIENCE_MS
from tests.app.groom_salon import on_a_display as on_a_display
from tests.app.paint_atelier import atelier as atelier

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset
    from tests.app.paint_atelier import Atelier

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    """The demo avatar with little hair."""
    demo = load_avatar(resource_path("demo", "rosa.avatar"))
    return replace(demo, hair=demo.hair.subset(slice(None, None, 20)))


def test_paint_becomes_part_of_the_texture_and_comes_out_again(atelier: Atelier) -> None:
    baking = atelier.window.paint.baking
    point = atelier.skin(-0.04, 0.0)
    bare = atelier.picture()
    atelier.take("paint", colour=(0.75, 0.35, 0.3), radius_m=0.006)
    atelier.drag(point, point)
    live = atelier.picture()
    assert baking.state is BakeState.LIVE
    atelier.act("bake")
    assert baking.state is BakeState.BAKING
    atelier.qtbot.waitUntil(lambda: baking.state is BakeState.BAKED, timeout=PATIENCE_MS)
    atelier.lands("Bake paint")
    assert atelier.window.paint_panels.bake.text == "Baked"
    atelier.qtbot.wait(50)
    baked = atelier.picture()
    row, column = point.y(), point.x()
    here = slice(row - 2, row + 3), slice(column - 2, column + 3)
    change = np.abs(live[here].astype(int) - bare[here]).mean()
    left = np.abs(live[here].astype(int) - baked[here]).mean()
    assert change > 10
    assert left < 0.35 * change
    atelier.act("unbake")
    assert np.array_equal(atelier.picture(), live)


def test_the_parts_of_the_texture_have_strengths(atelier: Atelier) -> None:
    plain = atelier.picture()
    atelier.window.paint_panels.parts.strength_edited.emit("view", 0.0)
    without = atelier.picture()
    assert not np.array_equal(plain, without)
    assert atelier.view.display.view_strength == 0
    atelier.window.actions_table["view.display_reset"].trigger()
    assert np.array_equal(atelier.picture(), plain)
    assert atelier.window.paint_panels.parts.strengths["view"].value == 1
