"""A small viewport that shows the demo avatar at rest, always at full quality."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.viewport.avatar_view import AvatarView
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import neutral_frame
from avatar_core.render.pace import Pace
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from avatar_core.project.asset import AvatarAsset


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


@pytest.fixture
def view(qtbot: QtBot, asset: AvatarAsset) -> Iterator[AvatarView]:
    made = AvatarView()
    made.set_avatar(asset, neutral_frame(asset))
    made.set_scene(SceneOptions(show_grid=False))
    made.set_hud_visible(False)
    made._pace = Pace(math.inf)
    made.resize(240, 200)
    qtbot.addWidget(made)
    with qtbot.waitSignal(made.first_painted, timeout=30_000):
        made.show()
    yield made
    made.close()


def picture(view: AvatarView) -> np.ndarray:
    """[H, W, 3] uint8: what the viewport shows now."""
    image = view.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
