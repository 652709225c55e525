"""Painting on the demo avatar's own, neural face in the whole window: bake and texture parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.panels.paint_bake import BakeState
from avatar_core.io.avatar_file import load_avatar
from avatar_core.project.digest import digest
from avatar_core.resources import resource_path
from tests.app.hands import LEFT, PATIENCE_MS
from tests.app.hands import on_a_display as on_a_display
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


@pytest.mark.slow
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
    assert atelier.window.paint.panels.bake.text == "Baked"
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


@pytest.mark.slow
def test_the_parts_of_the_texture_have_strengths(atelier: Atelier) -> None:
    plain = atelier.picture()
    atelier.window.paint.panels.parts.strength_edited.emit("view", 0.0)
    without = atelier.picture()
    assert not np.array_equal(plain, without)
    assert atelier.view.display.view_strength == 0
    atelier.window.actions_table["view.display_reset"].trigger()
    assert np.array_equal(atelier.picture(), plain)
    assert atelier.window.paint.panels.parts.strengths["view"].value == 1


@pytest.mark.slow
def test_a_latent_clone_copies_skin_with_its_shading_below_all_paint(atelier: Atelier) -> None:
    lips, cheek = atelier.skin(0.0, -0.052), atelier.skin(-0.045, 0.0)
    bare = atelier.picture()
    atelier.take("latent_clone", radius_m=0.006)
    QTest.mouseClick(atelier.view, LEFT, Qt.KeyboardModifier.AltModifier, lips)
    atelier.drag(cheek, cheek)
    atelier.qtbot.waitUntil(lambda: atelier.steps == 1, timeout=PATIENCE_MS)
    assert atelier.label == "Latent clone"
    assert atelier.painting.cloned is not None
    assert not atelier.painting.layers
    face = atelier.window.paint.face
    atelier.qtbot.waitUntil(lambda: face.atlas is not None, timeout=PATIENCE_MS)
    atelier.qtbot.wait(50)
    copied = atelier.picture()
    colours = {
        name: np.median(picture[point.y() - 2 : point.y() + 3, point.x() - 2 : point.x() + 3]
                        .reshape(-1, 3), axis=0)
        for name, picture, point in (("before", bare, cheek), ("after", copied, cheek),
                                     ("lips", bare, lips))
    }  # fmt: skip
    away = np.linalg.norm(colours["after"] - colours["lips"])
    assert away < 0.6 * np.linalg.norm(colours["before"] - colours["lips"])
    after = digest(atelier.painting)
    atelier.session.undo()
    atelier.qtbot.waitUntil(lambda: face.atlas is not None, timeout=PATIENCE_MS)
    atelier.qtbot.wait(50)
    assert np.array_equal(atelier.picture(), bare)
    atelier.session.redo()
    assert digest(atelier.painting) == after
