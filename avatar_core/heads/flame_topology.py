"""FLAME's mesh as MeGA uses it: one subdivision, two rows of teeth, a split at uv seams.

Order and duplicates are part of the format: official textures, hair transforms and checkpoints
were made with exactly these vertex and face lists.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.1, and the released code's topology; teeth after
    Qian et al., GaussianAvatars, arXiv:2312.02069.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32

UPPER_LIP = (
    1713,
    1715,
    1716,
    1735,
    1696,
    1694,
    1657,
    3543,
    2774,
    2811,
    2813,
    2850,
    2833,
    2832,
    2830,
)
LOWER_LIP = (
    1576,
    1577,
    1773,
    1774,
    1795,
    1802,
    1865,
    3503,
    2948,
    2905,
    2898,
    2881,
    2880,
    2713,
    2712,
)
_ROW = len(UPPER_LIP)
_ROWS = 6
_NECK, _JAW = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class FlameMesh:
    """Everything that is defined per vertex or face, before or after a topology step.

    Args:
        template: [V, 3] metres.
        shape_directions: [V, 3, S] metres per identity coefficient.
        expression_directions: [V, 3, E] metres per expression coefficient.
        pose_directions: [V, 3, 36] metres per entry of (rotation - identity) of joints 1 to 4.
        joint_regressor: [5, V].
        skin_weights: [V, 5].
        faces: [F, 3].
        uv: [T, 2] 0..1.
        uv_faces: [F, 3].
        parts: vertex ids by part name; the order of the scalp's list matters.
    """

    template: Float32
    shape_directions: Float32
    expression_directions: Float32
    pose_directions: Float32
    joint_regressor: Float32
    skin_weights: Float32
    faces: Int32
    uv: Float32
    uv_faces: Int32
    parts: dict[str, Int32]


def ordered_parts(
    masks: dict[str, Int32], back_neck: Int32, shrink_scalp: Int32
) -> dict[str, Int32]:
    """Part lists as MeGA builds them: sorted, two added, the back of the neck off the scalp.

    The scalp keeps the iteration order of a set difference of Python integers, as in the original:
    official hair transforms pick their four vertices by position in that list.
    """
    parts = {name: np.asarray(masks[name], np.int32) for name in sorted(masks)}
    parts["backneck"] = np.asarray(back_neck, np.int32)
    parts["shrink_scalp"] = np.asarray(shrink_scalp, np.int32)
    scalp = list({int(i) for i in parts["scalp"]} - {int(i) for i in back_neck})
    parts["scalp"] = np.array(scalp, np.int32)
    return parts


def subdivided(mesh: FlameMesh, unrefined_faces: Int32) -> FlameMesh:
    """Every face split in four, but for the given ones and the eyeballs.

    Midpoints are appended in the order in which their edges first appear. Parent faces stay in the
    list and the children are appended: coarse and fine faces are both drawn.

    Args:
        mesh: the mesh to refine.
        unrefined_faces: indices of faces to leave alone.
    """
    chosen = np.ones(len(mesh.faces), bool)
    chosen[unrefined_faces] = False
    for name, ids in mesh.parts.items():
        if "eyeball" in name:
            chosen &= ~np.isin(mesh.faces, ids).all(1)
    ends, children = _midpoints(mesh.faces[chosen], len(mesh.template))
    uv_ends, uv_children = _midpoints(mesh.uv_faces[chosen], len(mesh.uv))
    regressor = np.pad(mesh.joint_regressor, ((0, 0), (0, len(ends))))
    return replace(
        mesh,
        template=_with_means(mesh.template, ends),
        shape_directions=_with_means(mesh.shape_directions, ends),
        expression_directions=_with_means(mesh.expression_directions, ends),
        pose_directions=_with_means(mesh.pose_directions, ends),
        skin_weights=_with_means(mesh.skin_weights, ends),
        joint_regressor=regressor,
        faces=np.concatenate([mesh.faces, children]),
        uv=_with_means(mesh.uv, uv_ends),
        uv_faces=np.concatenate([mesh.uv_faces, uv_children]),
        parts={name: _with_midpoints(ids, ends, len(mesh.template))
               for name, ids in mesh.parts.items()},
    )  # fmt: skip


def with_teeth(mesh: FlameMesh) -> FlameMesh:
    """Two rows of teeth behind the lips: 90 vertices, 140 faces, a rectangle of the atlas."""
    count, uv_count = len(mesh.template), len(mesh.uv)
    upper, lower = list(UPPER_LIP), list(LOWER_LIP)
    new = _ROW * _ROWS
    lips = 0.5 * (mesh.shape_directions[upper] + mesh.shape_directions[lower])
    skin = np.zeros((new, mesh.skin_weights.shape[1]), np.float32)
    skin[: new // 2, _NECK] = 1.0
    skin[new // 2 :, _JAW] = 1.0
    faces = _teeth_faces()
    u = np.linspace(0.348, 0.085, _ROW, dtype=np.float32)
    v = np.linspace(0.757, 0.791, _ROWS, dtype=np.float32)
    uv = np.stack([np.tile(u, _ROWS), np.repeat(v, _ROW)], -1)
    return replace(
        mesh,
        template=np.concatenate([mesh.template, _teeth_rows(mesh.template)]),
        shape_directions=np.concatenate([mesh.shape_directions, np.tile(lips, (_ROWS, 1, 1))]),
        expression_directions=_with_zeros(mesh.expression_directions, new),
        pose_directions=_with_zeros(mesh.pose_directions, new),
        skin_weights=np.concatenate([mesh.skin_weights, skin]),
        joint_regressor=np.pad(mesh.joint_regressor, ((0, 0), (0, new))),
        faces=np.concatenate([mesh.faces, faces + count]),
        uv=np.concatenate([mesh.uv, uv]),
        uv_faces=np.concatenate([mesh.uv_faces, faces + uv_count]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class SplitMesh:
    """The mesh with one uv per vertex.

    Args:
        extra_vertex_ids: [X] source vertex of each extra render vertex, which follow the V others.
        faces: [F, 3] render vertices.
        vertex_uv: [V, 2] 0..1, by source vertex, the last one written in face order: where the
            displacement is sampled.
        render_uv: [V + X, 2] 0..1 by render vertex, written the same way.
    """

    extra_vertex_ids: Int32
    faces: Int32
    vertex_uv: Float32
    render_uv: Float32


def split_at_seams(mesh: FlameMesh) -> SplitMesh:
    """A vertex keeps its id for the first uv it meets; each further distinct uv makes a new one."""
    count = len(mesh.template)
    corner_vertex = mesh.faces.reshape(-1)
    corner_row = mesh.uv_faces.reshape(-1)
    corner_uv = mesh.uv[corner_row]
    render_ids = corner_vertex.copy()
    seen: dict[tuple[int, float, float], int] = {}
    taken = np.zeros(count, bool)
    extra: list[int] = []
    for corner, vertex in enumerate(corner_vertex.tolist()):
        key = (vertex, float(corner_uv[corner, 0]), float(corner_uv[corner, 1]))
        if key not in seen:
            seen[key] = vertex if not taken[vertex] else count + len(extra)
            if taken[vertex]:
                extra.append(vertex)
            taken[vertex] = True
        render_ids[corner] = seen[key]
    vertex_uv = np.zeros((count, 2), np.float32)
    vertex_uv[corner_vertex] = corner_uv
    render_uv = np.zeros((count + len(extra), 2), np.float32)
    render_uv[render_ids] = corner_uv
    faces = render_ids.reshape(-1, 3).astype(np.int32)
    return SplitMesh(np.array(extra, np.int32), faces, vertex_uv, render_uv)


def _midpoints(faces: Int32, count: int) -> tuple[Int32, Int32]:
    """Ends [M, 2] of each new midpoint and the children [4 F, 3] of every face."""
    edges = np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2)
    ordered = np.sort(edges, 1)
    keys = ordered[:, 0].astype(np.int64) * (count + 1) + ordered[:, 1]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    middle = (count + rank[inverse]).reshape(-1, 3).astype(np.int32)
    a, b, c = faces.T
    ab, bc, ca = middle.T
    children = np.stack([a, ab, ca, ab, b, bc, ca, ab, bc, ca, bc, c], -1).reshape(-1, 3)
    ends = ordered[np.sort(first)].astype(np.int32)
    return ends, children.astype(np.int32)


def _with_means(values: Float32, ends: Int32) -> Float32:
    return np.concatenate([values, 0.5 * (values[ends[:, 0]] + values[ends[:, 1]])])


def _with_midpoints(ids: Int32, ends: Int32, count: int) -> Int32:
    inside = np.flatnonzero(np.isin(ends, ids).all(1))
    return np.concatenate([ids, (count + inside).astype(np.int32)])


def _with_zeros(values: Float32, rows: int) -> Float32:
    return np.concatenate([values, np.zeros((rows, *values.shape[1:]), np.float32)])


def _teeth_rows(template: Float32) -> Float32:
    """Six rows of 15 vertices: upper root, edge, back of the edge; lower back, edge, root."""
    upper_lip, lower_lip = template[list(UPPER_LIP)], template[list(LOWER_LIP)]
    gap = float(np.linalg.norm(upper_lip - lower_lip, axis=-1).mean())
    middle = 0.5 * (upper_lip + lower_lip)
    middle[:, 1] = middle[:, 1].mean()
    middle[:, 2] -= 1.5 * gap
    upper = middle + _offset(0.1 * gap, 0.0)
    lower = middle + _offset(-0.1 * gap, -0.4 * gap)
    rows = [
        upper + _offset(2 * gap, 0.0),
        upper,
        upper + _offset(0.0, -2 * gap),
        lower + _offset(0.0, -2 * gap),
        lower,
        lower + _offset(-2 * gap, 0.0),
    ]
    return np.concatenate(rows).astype(np.float32)


def _offset(y: float, z: float) -> Float32:
    return np.array([0.0, y, z], np.float32)


def _teeth_faces() -> Int32:
    faces = []
    for row in range(_ROWS - 1):
        for i in range(row * _ROW, row * _ROW + _ROW - 1):
            faces += [(i, i + _ROW + 1, i + _ROW), (i, i + 1, i + _ROW + 1)]
    return np.array(faces, np.int32)
