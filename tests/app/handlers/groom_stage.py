"""Hair to be groomed without OpenGL: a viewport that shows it at rest, and known strands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Signal

from app.groom_actions import GROOM_ACTIONS
from app.handlers.groom_hair import GroomHair
from app.viewport.rig_mouse import RigMouse
from app.workers.strand_builder import GroomGround, skin_faces
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.strands import ATTACHED, Strands
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega import neutral_frame
from avatar_core.mega.plain import neutral_vertices
from avatar_core.resources import resource_path
from tests.app.handlers.conftest import FakeView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMainWindow

    from app.handlers.context import StudioContext
    from avatar_core.frame import AvatarFrame
    from avatar_core.hair.edited import EditedHair
    from avatar_core.project import AvatarAsset


class GroomView(FakeView):
    """A viewport that wears hair, as far as arithmetic goes."""

    frameSwapped = Signal()  # noqa: N815 - Qt's name

    def __init__(self, asset: AvatarAsset) -> None:
        super().__init__()
        self.rig_mouse = RigMouse(self, self.rig)
        self.base_frame = neutral_frame(asset)
        self.hair: EditedHair | None = None
        self.picture = np.full((60, 80, 3), 200, np.uint8)
        self._shown: tuple[Any, AvatarFrame] | None = None

    def set_hair(self, hair: EditedHair | None) -> None:
        self.hair = hair

    @property
    def shown_frame(self) -> AvatarFrame:
        return self.base_frame if self.hair is None else self.hair.worn(self.base_frame)


def small_avatar(asset: AvatarAsset, count: int = 400) -> AvatarAsset:
    """An avatar with little of its hair."""
    every = len(asset.hair) // count
    return replace(asset, hair=asset.hair.subset(slice(None, every * count, every)))


def ground_of(asset: AvatarAsset) -> GroomGround:
    """Strands of one long guide for each ten Gaussians: enough for tools to have some."""
    count, nodes = len(asset.hair), 4
    ids = np.arange(count) // 10
    guides = np.stack(
        [
            np.linspace(means[0], means[-1], nodes)
            for means in np.split(asset.hair.means, count // 10)
        ]
    )
    first = np.zeros((count, ATTACHED), np.float32)
    first[:, 0] = 1
    progress = (np.arange(count) % 10 / 9).astype(np.float32)
    places = np.repeat(progress[:, None] * (nodes - 1), ATTACHED, axis=1)
    neighbours = (np.arange(count)[:, None] + np.array([1, -1])) % count
    strands = Strands(
        guides.astype(np.float32),
        np.repeat(ids[:, None], ATTACHED, axis=1).astype(np.int32),
        places.astype(np.float32),
        first,
        0.2 * progress,
        progress,
        np.tile(np.array([0, -1, 0], np.float32), (count, 1)),
        neighbours.astype(np.int32),
        np.repeat(10 * np.arange(count // 10)[:, None, None], nodes, axis=1).astype(np.int32),
    )
    vertices = neutral_vertices(asset)
    head = HeadCollider(vertices, skin_faces(asset.head.topology))
    return GroomGround(asset.hair, strands, vertices, head)


@pytest.fixture(scope="module")
def demo_asset() -> AvatarAsset:
    """The demo avatar with little hair, in place of the whole one."""
    return small_avatar(load_avatar(resource_path("demo", "rosa.avatar")))


@pytest.fixture
def stage(window: QMainWindow, demo_asset: AvatarAsset) -> GroomView:
    widget = GroomView(demo_asset)
    window.setCentralWidget(widget)
    return widget


@pytest.fixture
def hair(context: StudioContext, stage: GroomView, demo_asset: AvatarAsset) -> Iterator[GroomHair]:
    """The hair on the stage, its strands known."""
    made = GroomHair(context, stage)
    made._take_ground(ground_of(demo_asset))
    for spec in GROOM_ACTIONS:  # as the workspace does
        context.actions[spec.id].setEnabled(True)
    yield made
    made.shutdown()
