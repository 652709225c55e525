"""Foreign meshes (`.obj`, `.ply`, `.glb`, `.gltf`, `.stl`, `.off`) as static heads.

A mesh that knows no expressions still turns, moves and carries hair.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud
from avatar_core.heads import BlendshapeHead, HeadTopology
from avatar_core.io import limits
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind

if TYPE_CHECKING:
    import trimesh

    from avatar_core.geometry import Float32, Int32, UInt8

FORMATS = (".obj", ".ply", ".glb", ".gltf", ".stl", ".off")
MOST_VERTICES = limits.MESH_VERTICES
_PLAUSIBLE_M = (0.1, 1.2)
"""A head, with or without a bust, is this high."""
_UNITS_M = (1.0, 0.1, 0.01, 0.001, 0.0254)
"""Metres, decimetres, centimetres, millimetres, inches."""
_USUAL_M = 0.3
_NECK_HEIGHT = 0.25
"""Where a head turns, as a share of its height from below."""
_CLAY = (188, 178, 170)


def load_mesh(path: Path | str) -> AvatarAsset:
    """A bald avatar from a mesh file.

    The mesh is centred on the origin and keeps its axes, which should be x to the person's left, y
    up, z to the viewer, as glTF has them. Its unit is the one that makes it as high as a head; when
    none does, it is scaled to 0.3 m. The colour is its texture when it has one that can be read,
    else its mean colour, else clay.

    Raises:
        AssetError: missing, unreadable, of an unknown format, empty, too large or not finite.
    """
    path = Path(path)
    _expect_file(path)
    mesh = _loaded(path)
    vertices = np.asarray(mesh.vertices, np.float64)
    faces = np.asarray(mesh.faces, np.int64)
    _expect_usable(path, vertices, faces)
    uv = getattr(mesh.visual, "uv", None)
    usable_uv = uv is not None and np.shape(uv) == (len(vertices), 2) and np.isfinite(uv).all()
    texture = _texture(mesh) if usable_uv else None
    if texture is None:
        texture = np.full((4, 4, 3), _mean_colour(mesh), np.uint8)
    atlas = np.asarray(uv if usable_uv else np.full((len(vertices), 2), 0.5), np.float32)
    beyond = (atlas < 0) | (atlas > 1)
    atlas = np.where(beyond, atlas % 1, atlas)  # textures repeat
    head = static_head(_centred(vertices), faces.astype(np.int32), atlas)
    return AvatarAsset(
        name=path.stem[:100],
        description="An imported mesh: it turns and moves, but has no expressions.",
        head=head,
        face=FaceAsset(FaceKind.PLAIN, texture),
        hair=GaussianCloud.empty(),
        provenance={"imported_from": path.name},
    )


def static_head(vertices: Float32, faces: Int32, uv: Float32) -> BlendshapeHead:
    """A head without expressions, identity or scalp, which turns about a neck in its lower part.

    Args:
        vertices: [V, 3] metres, head axes.
        faces: [F, 3] vertex ids, counter-clockwise from outside.
        uv: [V, 2] atlas coordinates 0..1, origin bottom left.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    neck = 0.5 * (low + high)
    neck[1] = low[1] + _NECK_HEIGHT * (high[1] - low[1])
    count = len(vertices)
    return BlendshapeHead(
        vertices=np.asarray(vertices, np.float32),
        topology=HeadTopology(
            faces=faces,
            uv=uv,
            uv_faces=faces,
            part_names=("skin",),
            face_part=np.zeros(len(faces), np.uint8),
            scalp_vertex_ids=np.zeros(0, np.int32),
            landmark_face_ids=np.zeros(0, np.int32),
            landmark_barycentric=np.zeros((0, 3), np.float32),
        ),
        expression_names=(),
        expression_vertex_ids=np.zeros(0, np.int32),
        expression_deltas=np.zeros((0, 0, 3), np.float32),
        eye_look_axis_angle=np.zeros((0, 2, 3), np.float32),
        joint_names=("root",),
        joints=neck[None].astype(np.float32),
        parents=np.array([-1], np.int32),
        skin_weights=np.ones((count, 1), np.float32),
        eye_centres=np.zeros((2, 3), np.float32),
        shape_names=(),
        shape_deltas=np.zeros((0, count, 3), np.float32),
        joint_shape_deltas=np.zeros((0, 1, 3), np.float32),
    )


def _expect_file(path: Path) -> None:
    if path.suffix.lower() not in FORMATS:
        raise AssetError(
            f"{path.name} is not a mesh file that can be read.",
            f"Use one of {', '.join(FORMATS)}.",
        )
    try:
        size = path.stat().st_size
    except OSError as reason:
        raise AssetError(f"{path.name} was not found.", "Was it moved or renamed?") from reason
    if not path.is_file():
        raise AssetError(f"{path.name} is a folder.", "Choose a file.")
    if size == 0:
        raise AssetError(f"{path.name} is empty.", "Export the mesh again.")
    if size > limits.MESH_BYTES:
        raise AssetError(
            f"{path.name} is too large ({size / limits.MIB:.0f} MB).",
            "Reduce the mesh before exporting it.",
        )


def _loaded(path: Path) -> trimesh.Trimesh:
    # trimesh takes half a second to load and is needed for this alone.
    import trimesh

    try:
        mesh: trimesh.Trimesh = trimesh.load_scene(path, process=False).to_mesh()
    except Exception as reason:  # trimesh's readers raise whatever their parsers do
        raise AssetError(
            f"{path.name} could not be read as a mesh.", "Export it again, for example as .glb."
        ) from reason
    return mesh


def _expect_usable(path: Path, vertices: Any, faces: Any) -> None:
    if len(vertices) < 3 or len(faces) == 0:
        raise AssetError(f"{path.name} holds no triangles.", "Export the mesh with its faces.")
    if len(vertices) > MOST_VERTICES:
        raise AssetError(
            f"{path.name} has too many vertices ({len(vertices)}).",
            f"Reduce it to {MOST_VERTICES} or fewer.",
        )
    if vertices.shape[1:] != (3,) or faces.shape[1:] != (3,):
        raise AssetError(f"{path.name} holds no positions in space.", "Export the mesh again.")
    if not np.isfinite(vertices).all() or np.ptp(vertices, axis=0).max() <= 0:
        raise AssetError(f"{path.name} holds no usable positions.", "Export the mesh again.")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise AssetError(
            f"{path.name} is damaged: its faces name vertices that do not exist.",
            "Export the mesh again.",
        )


def _centred(vertices: Any) -> Float32:
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    height = float(np.max(high - low))
    fitting = [unit for unit in _UNITS_M if _PLAUSIBLE_M[0] <= unit * height <= _PLAUSIBLE_M[1]]
    scale = fitting[0] if fitting else _USUAL_M / height
    centred: Float32 = (scale * (vertices - 0.5 * (low + high))).astype(np.float32)
    return centred


def _texture(mesh: trimesh.Trimesh) -> UInt8 | None:
    material = getattr(mesh.visual, "material", None)
    for name in ("baseColorTexture", "image"):
        image = getattr(material, name, None)
        if image is not None:
            return np.array(image.convert("RGB"), np.uint8)
    return None


def _mean_colour(mesh: trimesh.Trimesh) -> tuple[int, ...]:
    kind = getattr(mesh.visual, "kind", None)
    if kind in ("vertex", "face"):
        colours = np.asarray(getattr(mesh.visual, f"{kind}_colors"))[:, :3]
        return tuple(int(channel) for channel in colours.mean(axis=0).round())
    main = getattr(getattr(mesh.visual, "material", None), "main_color", None)
    return _CLAY if main is None else tuple(int(channel) for channel in main[:3])
