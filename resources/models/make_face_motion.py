"""Make `face_motion.npz`: how the tracker's 478 landmarks move with each ARKit unit.

python resources/models/make_face_motion.py [OUT]

The face tracker looks at renders of the bundled heads (CC0), so each of its landmarks finds its
place on their skin; what the heads' 52 units do to those places is the motion. The triangles
between the landmarks come from the tracker's model file (Apache-2.0). Some ten seconds; the same
versions give the same file.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.reference_face import _fields, _varint
from avatar_core.frame import AvatarFrame
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry.framing import framing_camera
from avatar_core.geometry.rotations import similarity_fit
from avatar_core.io.arrays import arrays_to_npz
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega.driven import driven_parameters
from avatar_core.motion import ARKIT_UNITS, MotionFrame
from avatar_core.project import AvatarAsset, FaceAsset, FaceKind
from avatar_core.render.offscreen import render_frame
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads import BlendshapeHead

HEADS = ("rosa.avatar", "omar.avatar")
SIZE_PX = 640
_SKIN = ("skin", "lips", "ear", "neck", "scalp")
_OPEN = MotionFrame.from_units(jawOpen=0.35, eyeWideLeft=0.6, eyeWideRight=0.6)
# Parted lips and lids: those above and those below are told apart.
_STILL_SHARE = 0.3
_LIP_CHAINS = (
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308],
    [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308],
    [61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291],
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291],
)  # their motion is smoothed: every vertex of a lip finds its place on the heads by itself
_IRIS_MIRROR = [473, 476, 475, 474, 477, 468, 471, 470, 469, 472]
_MIRRORED_NAMES = {
    name: name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
    for name in ARKIT_UNITS
}
_LANDMARKS, _MESH_LANDMARKS = 478, 468


def make_motion() -> dict[str, np.ndarray]:
    """The arrays of the file.

    `neutral` [478, 3] in head axes, root mean square 1 over the landmarks that keep still;
    `units` [52, 478, 3] what each unit at weight 1 adds, in the same unit of length; `pivot` [3]
    the joint on which the head turns; `still` [S] landmarks that keep still; `triangles` [898, 3].
    """
    tracker = FaceTracker()
    places, moves, pivots = zip(*(_on_head(name, tracker) for name in HEADS), strict=True)
    size = np.linalg.norm(moves[0], axis=2).max(0)
    order = np.argsort(size[:_MESH_LANDMARKS], kind="stable")
    still = np.sort(order[: int(_STILL_SHARE * _MESH_LANDMARKS)]).astype(np.int32)
    first = places[0]
    neutral, units, pivot = np.zeros_like(first), np.zeros_like(moves[0]), np.zeros(3)
    for place, move, joint in zip(places, moves, pivots, strict=True):
        scale, turn, shift = similarity_fit(
            place[still].astype(np.float32), first[still].astype(np.float32)
        )
        neutral += (scale * place @ turn.T + shift) / len(HEADS)
        units += scale * move @ turn.T / len(HEADS)
        pivot += (scale * turn @ joint + shift) / len(HEADS)
    neutral, units, pivot = _symmetric(neutral, units, pivot)
    for chain in _LIP_CHAINS:
        units[:, chain[1:-1]] = (
            0.25 * units[:, chain[:-2]] + 0.5 * units[:, chain[1:-1]] + 0.25 * units[:, chain[2:]]
        )
    centre = neutral[still].mean(0)
    neutral, pivot = neutral - centre, pivot - centre
    length = np.sqrt((neutral[still] ** 2).sum(1).mean())
    return {
        "neutral": (neutral / length).astype(np.float32),
        "units": (units / length).astype(np.float16),
        "pivot": (pivot / length).astype(np.float32),
        "still": still,
        "triangles": _triangles(),
    }


def _on_head(name: str, tracker: FaceTracker) -> tuple[Float64, Float64, Float64]:
    """Places [478, 3] of the landmarks on a neutral head, moves [52, 478, 3] and neck, metres."""
    asset = load_avatar(resource_path("demo", name))
    head: BlendshapeHead = asset.head  # type: ignore[assignment]
    posed = head.pose(driven_parameters(head, _OPEN))
    bald = AvatarAsset(
        name, "", head, FaceAsset(FaceKind.PLAIN, asset.face.texture), GaussianCloud.empty()
    )
    parts = np.flatnonzero([part in _SKIN for part in head.topology.part_names])
    faces = head.topology.faces[np.isin(head.topology.face_part, parts)]
    around = posed[np.unique(faces)]
    camera = framing_camera(around, SIZE_PX, SIZE_PX, fov_y_rad=0.2, margin=1.3)
    frame = AvatarFrame(
        motion=_OPEN, vertices=posed, hair_means=np.zeros((0, 3), np.float32),
        hair_quats=np.zeros((0, 4), np.float32), hair_turn=np.eye(3, dtype=np.float32),
    )  # fmt: skip
    tracker.reset()
    face = tracker.track(render_frame(bald, frame, camera, supersample=2), 0.0)
    if face is None:
        raise SystemExit(f"The tracker finds no face on {name}.")
    ids, weights = _attached(face.landmarks[:, :2], posed, faces, camera)
    deltas = np.zeros((len(ARKIT_UNITS), len(posed), 3))
    for row, unit in enumerate(ARKIT_UNITS):
        if unit in head.expression_names:
            deltas[row, head.expression_vertex_ids] = head.expression_deltas[
                head.expression_names.index(unit)
            ]
    place = np.einsum("lk,lkc->lc", weights, head.vertices[ids].astype(np.float64))
    move = np.einsum("lk,ulkc->ulc", weights, deltas[:, ids])
    move[:, _MESH_LANDMARKS:] = 0  # irises turn with the eyes
    return place, move, head.joints[head.joint_names.index("neck")].astype(np.float64)


def _symmetric(
    neutral: Float64, units: Float64, pivot: Float64
) -> tuple[Float64, Float64, Float64]:
    """The mean of a face and its mirror image: nobody's left side moves unlike everybody's."""
    reference = load_landmarker_bundle().reference.points
    mirror_x = np.array([-1.0, 1.0, 1.0])
    apart = np.linalg.norm(reference[:, None] * mirror_x - reference[None], axis=2)
    mirror = np.concatenate([apart.argmin(1), _IRIS_MIRROR])
    other = [ARKIT_UNITS.index(_MIRRORED_NAMES.get(name, name)) for name in ARKIT_UNITS]
    middle = np.array([neutral[[10, 152, 1, 168], 0].mean(), 0, 0])
    neutral = neutral - middle
    return (
        0.5 * (neutral + neutral[mirror] * mirror_x),
        0.5 * (units + units[other][:, mirror] * mirror_x),
        (pivot - middle) * [0, 1, 1],
    )


def _attached(
    pixels: Float32, posed: Float32, faces: Int32, camera: Camera
) -> tuple[Int32, Float64]:
    """Corners [L, 3] and barycentric weights of the nearest visible skin under each pixel."""
    seen, depth = camera.project(posed)
    corners = seen[faces].astype(np.float64)
    a, b, c = np.moveaxis(corners, 1, 0)
    # Front faces wind one way in the picture; the rest looks away from the camera.
    area = _cross(b - a, c - a)
    front = area < -1e-6 if np.median(area) < 0 else area > 1e-6
    kept, near = faces[front], depth[faces[front]].mean(1)
    a, b, c = a[front], b[front], c[front]
    weights = np.zeros((len(pixels), 3))
    ids = np.zeros((len(pixels), 3), np.int32)
    for row, pixel in enumerate(pixels.astype(np.float64)):
        bary, distance = _closest(pixel, a, b, c)
        within = distance < distance.min() + 0.3
        best = np.flatnonzero(within)[np.argmin(near[within])]
        ids[row], weights[row] = kept[best], bary[best]
    return ids, weights


def _closest(p: Float64, a: Float64, b: Float64, c: Float64) -> tuple[Float64, Float64]:
    """Barycentric weights [F, 3] of each triangle's nearest point, and its distance [F]."""
    area = _cross(b - a, c - a)
    inside = np.stack([_cross(b - p, c - p), _cross(c - p, a - p), _cross(a - p, b - p)], 1)
    inside /= area[:, None]
    best = np.where((inside >= 0).all(1), 0.0, np.inf)
    weights = inside.copy()
    corners = (a, b, c)
    for first in range(3):
        second = (first + 1) % 3
        start, edge = corners[first], corners[second] - corners[first]
        along = ((p - start) * edge).sum(1) / np.maximum((edge**2).sum(1), 1e-12)
        along = np.clip(along, 0, 1)
        distance = np.linalg.norm(start + along[:, None] * edge - p, axis=1)
        closer = distance < best
        best[closer] = distance[closer]
        weights[closer] = 0
        weights[closer, first], weights[closer, second] = 1 - along[closer], along[closer]
    return weights, best


def _cross(first: Float64, second: Float64) -> Float64:
    return first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]


def _triangles() -> Int32:
    """[898, 3] of the reference mesh: field 4 of MediaPipe's `mesh_3d.proto`."""
    content = resource_path("models", "face_landmarker.task").read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        message = bundle.read("geometry_pipeline_metadata_landmarks.binarypb")
    mesh = next(value for number, value in _fields(message) if number == 1)
    assert isinstance(mesh, bytes)
    indices: list[int] = []
    for number, value in _fields(mesh):
        if number == 4 and isinstance(value, int):
            indices.append(value)
        elif number == 4 and isinstance(value, bytes):
            position = 0
            while position < len(value):
                index, position = _varint(value, position)
                indices.append(index)
    return np.array(indices, np.int32).reshape(-1, 3)


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("face_motion.npz")
    out.write_bytes(arrays_to_npz(make_motion()))
