"""A face to be painted without OpenGL: a viewport that shows it at rest, and a known atlas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from app.handlers.paint_face import PaintFace
from app.viewport.rig_mouse import RigMouse
from app.viewport.tools import PenSample
from app.widgets.atlas_view import AtlasView
from app.workers.face_atlas import FaceAtlas, composed, face_atlas
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega import neutral_frame
from avatar_core.project import Painting
from avatar_core.resources import resource_path
from tests.app.handlers.conftest import FakeView
from tests.app.handlers.groom_stage import small_avatar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QMainWindow

    from app.handlers.context import StudioContext
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Float32
    from avatar_core.project import AvatarAsset
    from avatar_core.texture.composite import PaintMaps

SIZE = 512


class SilentTask:
    """Background work that nobody watches."""

    is_cancelled = False

    def step(self, fraction: float, text: str = "") -> None: ...


class PaintView(FakeView):
    """A viewport that shows the face at rest and remembers its paint."""

    frameSwapped = Signal()  # noqa: N815 - Qt's name

    def __init__(self, asset: AvatarAsset) -> None:
        super().__init__()
        self.rig_mouse = RigMouse(self, self.rig)
        self.shown_frame: AvatarFrame = neutral_frame(asset)
        self.paint: PaintMaps | None = None
        self.tiles: set[int] = set()
        """Those that were told to have changed."""
        self.faces: list[AvatarAsset] = []
        frame = self.shown_frame
        self.rig.start_at_home(frame.vertices, 400, 300)

    @property
    def base_frame(self) -> AvatarFrame:
        return self.shown_frame

    def set_paint(self, paint: PaintMaps | None) -> None:
        self.paint = paint

    def paint_changed(self, tiles: set[int]) -> None:
        self.tiles |= tiles

    def set_face(self, asset: AvatarAsset) -> None:
        self.faces.append(asset)

    def pixel_of(self, x: float, y: float) -> tuple[float, float]:
        """Where the skin in front at (x, y) metres of the head is seen."""
        vertices = self.shown_frame.vertices
        middle = vertices[self.front_vertex(x, y)]
        pixels, _ = self.camera().project(middle[None])
        return float(pixels[0, 0]), float(pixels[0, 1])

    def front_vertex(self, x: float, y: float) -> int:
        """The vertex of the front that is nearest to (x, y), metres from the middle of the face."""
        vertices = self.shown_frame.vertices
        away = np.hypot(vertices[:, 0] - x, vertices[:, 1] - y)
        away[vertices[:, 2] < np.quantile(vertices[:, 2], 0.6)] = np.inf
        return int(away.argmin())


def sample(pixel: tuple[float, float], **changes: Any) -> PenSample:
    return PenSample(pixel[0], pixel[1], **changes)


@pytest.fixture(scope="session")
def painted_demo() -> AvatarAsset:
    """The demo avatar with little hair."""
    return small_avatar(load_avatar(resource_path("demo", "rosa.avatar")))


@pytest.fixture(scope="module")
def demo_asset(painted_demo: AvatarAsset) -> AvatarAsset:
    return painted_demo


@pytest.fixture(scope="session")
def known_atlas(painted_demo: AvatarAsset) -> FaceAtlas:
    return face_atlas(painted_demo, Painting(SIZE), SilentTask())  # type: ignore[arg-type]


@pytest.fixture
def stage(window: QMainWindow, demo_asset: AvatarAsset) -> PaintView:
    widget = PaintView(demo_asset)
    window.setCentralWidget(widget)
    return widget


@pytest.fixture
def uv(window: QMainWindow) -> AtlasView:
    widget = AtlasView(window)
    widget.resize(300, 300)
    return widget


@pytest.fixture
def face(
    context: StudioContext, stage: PaintView, uv: AtlasView, known_atlas: FaceAtlas
) -> Iterator[PaintFace]:
    """The face on the stage, its atlas known, without paint."""
    context.project.painting = Painting(SIZE)
    made = PaintFace(context, stage, uv)  # type: ignore[arg-type]
    fresh = composed(known_atlas.asset, known_atlas.base, Painting(SIZE))
    made._take_atlas(replace(known_atlas, compositor=fresh))
    made.set_open(True)
    yield made
    made.shutdown()


def coverage(view: PaintView) -> Float32:
    """[S, S] how much of the face is painted, 0..1."""
    assert view.paint is not None
    return view.paint.colour[..., 3].astype(np.float32) / 255


class Heard(QObject):
    """What a signal told, in order."""

    def __init__(self, signal: Any) -> None:
        super().__init__()
        self.told: list[Any] = []
        signal.connect(lambda *values: self.told.append(values[0] if len(values) == 1 else values))
