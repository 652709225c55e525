"""An OpenGL context, small avatars made of known shapes, and golden images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.errors import RenderError
from avatar_core.frame import AvatarFrame, NeuralTextures
from avatar_core.gaussians import GaussianCloud, sh_from_colours
from avatar_core.geometry import Camera, look_at
from avatar_core.heads import HeadParameters, HeadTopology
from avatar_core.motion import MotionFrame
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind
from avatar_core.render.offscreen import OffscreenRenderer, create_offscreen_context
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import moderngl

    from avatar_core.frame import Paint

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "render"


class StillHead:
    """A mesh that cannot move: what drawing needs of a parametric head."""

    expression_names = ()
    joint_names = ()

    def __init__(self, vertices: np.ndarray, topology: HeadTopology) -> None:
        self.vertices = vertices.astype(np.float32)
        self.topology = topology

    def pose(self, parameters: HeadParameters) -> np.ndarray:
        return self.vertices


def still_head(
    vertices: object, faces: object, uv: object = None, parts: object = None
) -> StillHead:
    """A head of `faces` with one atlas corner per vertex; the parts are "skin" and "scalp"."""
    vertices = np.asarray(vertices, np.float32)
    faces = np.asarray(faces, np.int32)
    return StillHead(
        vertices,
        HeadTopology(
            faces=faces,
            uv=np.zeros((len(vertices), 2), np.float32) if uv is None else np.asarray(uv, "f4"),
            uv_faces=faces,
            part_names=("skin", "scalp"),
            face_part=np.zeros(len(faces), np.uint8) if parts is None else np.asarray(parts, "u1"),
            scalp_vertex_ids=np.zeros(0, np.int32),
            landmark_face_ids=np.zeros(0, np.int32),
            landmark_barycentric=np.zeros((0, 3), np.float32),
        ),
    )


def sphere(radius_m: float = 0.1, rings: int = 24, sectors: int = 48) -> StillHead:
    """A ball around the origin, its upper third the scalp, its atlas by longitude and latitude."""
    polar = np.linspace(0, np.pi, rings + 1)
    around = np.linspace(0, 2 * np.pi, sectors + 1)
    theta, phi = np.meshgrid(polar, around, indexing="ij")
    unit = np.stack([np.sin(theta) * np.sin(phi), np.cos(theta), np.sin(theta) * np.cos(phi)], -1)
    uv = np.stack([phi / (2 * np.pi), 1 - theta / np.pi], -1)
    corner = np.arange((rings + 1) * (sectors + 1)).reshape(rings + 1, sectors + 1)
    a, b, c, d = corner[:-1, :-1], corner[1:, :-1], corner[:-1, 1:], corner[1:, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([c, b, d], -1)], -1).reshape(-1, 3)
    parts = np.repeat(np.arange(rings) < rings // 3, 2 * sectors)
    return still_head(radius_m * unit.reshape(-1, 3), faces, uv.reshape(-1, 2), parts)


def square(half_size_m: float = 0.1, z_m: float = 0.0) -> StillHead:
    """A square facing +z; its atlas fills it, upright as seen from the front."""
    corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)
    vertices = np.column_stack([half_size_m * corners, np.full(4, z_m)])
    return still_head(vertices, [[0, 1, 2], [2, 1, 3]], 0.5 + 0.5 * corners)


def nothing() -> StillHead:
    """A head without triangles."""
    return still_head(np.zeros((1, 3)), np.zeros((0, 3)))


def gaussians(
    means: object,
    colours: object = (1.0, 1.0, 1.0),
    scales: object = 0.01,
    opacities: object = 0.8,
    quats: object = (1.0, 0.0, 0.0, 0.0),
    flags: object = 0,
) -> GaussianCloud:
    """A cloud of one colour per Gaussian; single values serve all."""
    means = np.asarray(means, np.float32).reshape(-1, 3)
    count = len(means)

    def each(value: object, *shape: int) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, np.float32), (count, *shape)).copy()

    return GaussianCloud(
        means=means,
        quats=each(quats, 4),
        scales=each(scales, 3),
        opacities=each(opacities),
        sh=sh_from_colours(each(colours, 3)),
        flags=each(flags).astype(np.uint8),
    )


def avatar(
    head: StillHead | None = None,
    hair: GaussianCloud | None = None,
    texture: object = (200, 150, 100),
) -> AvatarAsset:
    """An avatar; a texture of one colour may be given as that colour."""
    texture = np.asarray(texture, np.uint8)
    if texture.ndim == 1:
        texture = np.tile(texture, (4, 4, 1))
    return AvatarAsset(
        name="Test",
        description="",
        head=nothing() if head is None else head,
        face=FaceAsset(FaceKind.PLAIN, texture),
        hair=GaussianCloud.empty() if hair is None else hair,
    )


def still_frame(asset: AvatarAsset, hair_turn: np.ndarray | None = None) -> AvatarFrame:
    return AvatarFrame(
        motion=MotionFrame(),
        vertices=asset.head.pose(None),
        hair_means=asset.hair.means,
        hair_quats=asset.hair.quats,
        hair_turn=np.eye(3, dtype=np.float32) if hair_turn is None else hair_turn,
    )


def neural_face(seed: int = 0) -> FaceAsset:
    """A neural face of one group of channels, 8 x 8 texels, random but smooth in all its inputs."""
    rng = np.random.default_rng(seed)
    net = "head_mlp.final_siren.0.net."
    weights = {
        "neural_texture.texture": rng.normal(size=(1, 4, 8, 8)),
        "pe.m_u": np.linspace([-1, 1], [1, 0], 50).T,
        "pe.m_v": np.linspace([0, 1], [1, -1], 50).T,
        f"{net}0.linear.weight": 0.03 * rng.normal(size=(8, 8)),
        f"{net}0.linear.bias": 0.02 * rng.normal(size=8),
        f"{net}1.linear.weight": 0.02 * rng.normal(size=(8, 8)),
        f"{net}1.linear.bias": 0.02 * rng.normal(size=8),
        f"{net}2.linear.weight": 0.02 * rng.normal(size=(8, 8)),
        f"{net}2.linear.bias": 0.02 * rng.normal(size=8),
        f"{net}3.weight": rng.normal(size=(3, 8)),
        f"{net}3.bias": 0.3 * rng.normal(size=3),
    }
    arrays = {name: value.astype(np.float32) for name, value in weights.items()}
    return FaceAsset(FaceKind.NEURAL, np.full((4, 4, 3), 77, np.uint8), arrays)


def neural_textures(view: object = 0.0, dynamic: object = 0.0) -> NeuralTextures:
    """The moving parts for `neural_face`: numbers, or anything that broadcasts to [8, 8, 4]."""
    full = (np.broadcast_to(np.asarray(v, np.float16), (1, 8, 8, 4)) for v in (view, dynamic))
    return NeuralTextures(*(values.copy() for values in full))


def front_camera(
    width_px: int = 64, height_px: int = 64, distance_m: float = 0.6, yaw_rad: float = 0.0
) -> Camera:
    """Looks at the origin from the front (+z), or turned to the person's left."""
    eye = distance_m * np.array([np.sin(yaw_rad), 0.0, np.cos(yaw_rad)], np.float32)
    view = look_at(eye, np.zeros(3, np.float32))
    return Camera.from_fov(view, 0.45, width_px, height_px)


PLAIN = SceneOptions(background=(0.0, 0.0, 0.0), show_grid=False)
"""Black, and nothing but the avatar."""


class Draw:
    """Draws an asset's only frame; one context and renderer for all tests."""

    def __init__(self) -> None:
        self.offscreen = OffscreenRenderer(64, 64)

    def __call__(
        self,
        asset: AvatarAsset,
        camera: Camera,
        scene: SceneOptions = PLAIN,
        frame: AvatarFrame | None = None,
        paint: Paint | None = None,
    ) -> np.ndarray:
        self.offscreen.resize(camera.width_px, camera.height_px)
        image = self.offscreen.render(asset, frame or still_frame(asset), camera, scene, paint)
        with self.offscreen._context as context:
            assert context.error == "GL_NO_ERROR"
        return image

    @property
    def is_software(self) -> bool:
        return "llvmpipe" in self.offscreen.renderer.name


@pytest.fixture(scope="session")
def draw() -> Iterator[Draw]:
    try:
        made = Draw()
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    yield made
    made.offscreen.release()


@pytest.fixture
def context() -> Iterator[moderngl.Context]:
    """A bare context, current during the test."""
    try:
        made = create_offscreen_context()
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    with made:
        yield made
    made.release()


@pytest.fixture
def expect_golden(
    request: pytest.FixtureRequest, draw: Draw, tmp_path: Path
) -> Callable[[np.ndarray, str], None]:
    """Compare a picture with `tests/golden/render/<name>.png`.

    On Mesa's llvmpipe at most 0.1 % of the pixels may differ by more than 2 of 255; elsewhere it
    is enough that something was drawn. A failure leaves the picture and the difference.
    """

    def check(image: np.ndarray, name: str) -> None:
        path = GOLDEN / f"{name}.png"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, image)
            return
        assert image.std() > 1, "the picture is empty"
        if not draw.is_software:
            return
        expected = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert expected is not None, f"{path} is missing; make it with --update-golden"
        expected = cv2.cvtColor(expected, cv2.COLOR_BGR2RGB)
        assert image.shape == expected.shape
        difference = np.abs(image.astype(int) - expected).max(axis=-1)
        beyond = float((difference > 2).mean())
        if beyond > 0.001:
            _write(tmp_path / f"{name}.png", image)
            _write(tmp_path / f"{name}_difference.png", np.minimum(difference * 16, 255))
            pytest.fail(f"{name}: {beyond:.2%} of the pixels differ; see {tmp_path}")

    return check


def _write(path: Path, image: np.ndarray) -> None:
    image = image.astype(np.uint8)
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image)


@pytest.fixture(scope="session")
def make() -> object:
    """The makers above, for tests (which import nothing from one another)."""

    class Make:
        still_head = staticmethod(still_head)
        sphere = staticmethod(sphere)
        square = staticmethod(square)
        gaussians = staticmethod(gaussians)
        avatar = staticmethod(avatar)
        frame = staticmethod(still_frame)
        neural_face = staticmethod(neural_face)
        neural_textures = staticmethod(neural_textures)
        camera = staticmethod(front_camera)
        plain = PLAIN

    return Make
