"""FaceMap: a drawing board in the shape of any head's face, laid over its atlas by landmarks.

The board is the skin unrolled. x runs to the person's left, y up, the outer corners of the eyes lie
at (-1, 0) and (1, 0): a unit is some 4.5 cm. Make-up is drawn there once and fits every head.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.texture.presets.thin_plate import ThinPlate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.heads import HeadTopology
    from avatar_core.texture.tiles import Rectangle

LANDMARKS = 68
_NOSE_TIP = 30
_GRID_TEXELS = 8
_MARGIN_CELLS = 1
_RIM_TEXELS = 6
_STEPS = 4

_RIGHT_HALF = {
    **dict(zip(range(8), ((-2.60, 0.05), (-2.52, -0.45), (-2.38, -0.98), (-2.00, -1.42),
                          (-1.50, -1.80), (-1.02, -2.06), (-0.56, -2.24), (-0.27, -2.31)),
               strict=True)),
    **dict(zip(range(17, 22), ((-1.35, 0.42), (-1.13, 0.60), (-0.83, 0.66), (-0.52, 0.60),
                               (-0.24, 0.48)), strict=True)),
    **dict(zip((31, 32), ((-0.33, -0.93), (-0.17, -0.99)), strict=True)),
    **dict(zip(range(36, 42), ((-1.00, 0.00), (-0.80, 0.12), (-0.56, 0.12), (-0.36, -0.03),
                               (-0.56, -0.10), (-0.80, -0.09)), strict=True)),
    **dict(zip((48, 49, 50, 58, 59, 60, 61, 67),
               ((-0.56, -1.45), (-0.36, -1.33), (-0.13, -1.27), (-0.14, -1.70), (-0.36, -1.62),
                (-0.46, -1.45), (-0.13, -1.41), (-0.13, -1.47)), strict=True)),
}  # fmt: skip
_MIDDLE = {
    8: -2.34, 27: 0.05, 28: -0.22, 29: -0.48, 30: -0.74, 33: -1.03, 51: -1.30, 57: -1.72,
    62: -1.42, 66: -1.48,
}  # fmt: skip
_MIRRORED = {
    **{at: 16 - at for at in range(8)},
    **{at: 43 - at for at in range(17, 22)},
    31: 35, 32: 34, 36: 45, 37: 44, 38: 43, 39: 42, 40: 47, 41: 46,
    48: 54, 49: 53, 50: 52, 58: 56, 59: 55, 60: 64, 61: 63, 67: 65,
}  # fmt: skip
"""Landmarks of the person's right half and their counterparts (iBUG's order)."""


def _board() -> Float32:
    board = np.zeros((LANDMARKS, 2), np.float32)
    board[list(_MIDDLE), 1] = list(_MIDDLE.values())
    for at, (x, y) in _RIGHT_HALF.items():
        board[at] = (x, y)
        board[_MIRRORED[at]] = (-x, y)
    return board


BOARD = _board()
"""[68, 2] where the landmarks lie on the board."""

_REACH = np.array([[-3.0, -3.4], [3.0, 2.4]], np.float32)
"""Lower left and upper right of what is drawn on at all."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceMap:
    """The board over the atlas of one head, in the texels of a painting.

    Args:
        topology: of the head.
        size: side of the painting, texels.
        rectangle: of the painting that the board covers, h x w texels.
        places: [h, w, 2] place on the board of each texel of the rectangle.
        inside: [h, w] 0..1, the chart of the face and a rim that bleeds.
        unit_texels: length of a unit between the eyes.
        vertices: [V, 3] of the neutral head, metres, if they are known.
    """

    topology: HeadTopology
    size: int
    rectangle: Rectangle
    places: Float32
    inside: Float32
    unit_texels: float
    vertices: Float32 | None
    _to_atlas: ThinPlate = field(repr=False)
    _to_board: ThinPlate = field(repr=False)

    @classmethod
    def of(cls, topology: HeadTopology, size: int, vertices: Float32 | None = None) -> FaceMap:
        """The board over a head's face.

        Raises:
            AssetError: the head has no 68 landmarks, or these do not lie as on a face.
        """
        texels = _symmetric(_landmark_texels(topology, size))
        try:
            to_board = ThinPlate.through(texels, BOARD)
            to_atlas = ThinPlate.through(BOARD, texels)
        except np.linalg.LinAlgError as reason:
            raise _no_face() from reason
        rectangle = _rectangle(to_atlas, size)
        unit_texels = float(np.linalg.norm(texels[45] - texels[36])) / 2
        if min(rectangle[2:]) < 1 or unit_texels < 2:
            raise _no_face()
        return cls(
            topology=topology,
            size=size,
            rectangle=rectangle,
            places=_places(to_board, rectangle),
            inside=_inside(topology, size, rectangle),
            unit_texels=unit_texels,
            vertices=vertices,
            _to_atlas=to_atlas,
            _to_board=to_board,
        )

    @property
    def shape(self) -> tuple[int, int]:
        return self.rectangle[2], self.rectangle[3]

    @property
    def x(self) -> Float32:
        """[h, w] place to the person's left."""
        return self.places[..., 0]

    @property
    def y(self) -> Float32:
        """[h, w] place up."""
        return self.places[..., 1]

    def texels_of(self, points: Float32) -> Float32:
        """[n, 2] column and row, within the rectangle, of places on the board.

        The map that is smoothest one way is not quite the inverse of that the other way: a few
        steps from where it leads end where `places` says.
        """
        points = np.ascontiguousarray(points, np.float32)
        found = self._to_atlas(points)
        for _ in range(_STEPS):
            missed = points - self._to_board(found)
            found += self._to_atlas(points + missed) - self._to_atlas(points)
        within: Float32 = found - np.array(self.rectangle[1::-1], np.float32)
        return within

    def part(self, name: str) -> Float32 | None:
        """[h, w] 0 or 1, the texels of a part of the head; None where it has no such part."""
        names = self.topology.part_names
        if name not in names:
            return None
        faces = np.flatnonzero(self.topology.face_part == names.index(name))
        return _filled(self.topology, faces, self.size, self.rectangle) if len(faces) else None


def _no_face() -> AssetError:
    return AssetError(
        "This head has no 68 landmarks that lie as on a face, and make-up is placed by them.",
        "Paint by hand, or load FLAME's landmark embedding with the head.",
    )


def _landmark_texels(topology: HeadTopology, size: int) -> Float32:
    """[68, 2] column and row."""
    if len(topology.landmark_face_ids) != LANDMARKS:
        raise _no_face()
    corners = topology.uv[topology.uv_faces[topology.landmark_face_ids]]
    uv = np.einsum("lk,lkc->lc", topology.landmark_barycentric, corners)
    places = np.stack([uv[:, 0] * size - 0.5, (1 - uv[:, 1]) * size - 0.5], axis=-1)
    return places.astype(np.float32)


def _symmetric(texels: Float32) -> Float32:
    """Landmarks evened out over both halves, so that make-up is as even as the atlas is."""
    right, left = (np.array(list(each), np.int32) for each in (_MIRRORED, _MIRRORED.values()))
    across = (texels[left] - texels[right]).sum(axis=0)
    length = float(np.linalg.norm(across))
    if not length > 0:
        raise _no_face()
    across = across / length
    middle = list(_MIDDLE)
    centre = np.concatenate([(texels[left] + texels[right]) / 2, texels[middle]]).mean(axis=0)

    def mirrored(points: Float32) -> Float32:
        distance = (points - centre) @ across
        return np.asarray(points - 2 * distance[:, None] * across, np.float32)

    even = texels.copy()
    even[right] = (texels[right] + mirrored(texels[left])) / 2
    even[left] = mirrored(even[right])
    even[middle] = (texels[middle] + mirrored(texels[middle])) / 2
    return even.astype(np.float32)


def _rectangle(to_atlas: ThinPlate, size: int) -> Rectangle:
    """What of the painting the reach of the board covers."""
    steps = np.linspace(0, 1, 9, dtype=np.float32)
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    corners = to_atlas(_REACH[0] + grid * (_REACH[1] - _REACH[0]))
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(int).tolist()
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, size).astype(int).tolist()
    return top, left, bottom - top, right - left


def _places(to_board: ThinPlate, rectangle: Rectangle) -> Float32:
    """The map at every texel, smooth enough to be worked out on a grid."""
    import cv2

    row, column, rows, columns = rectangle
    step, margin = _GRID_TEXELS, _MARGIN_CELLS
    down, along = (np.arange(-margin, length // step + margin + 1) for length in (rows, columns))
    # The middle of a cell of so many texels lies half a texel beside one of these.
    middle = (step - 1) / 2
    grid = np.stack(np.meshgrid(along * step + middle + column, down * step + middle + row), -1)
    coarse = to_board(grid.reshape(-1, 2).astype(np.float32)).reshape(grid.shape)
    size = len(along) * step, len(down) * step
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    first = margin * step
    return np.ascontiguousarray(fine[first : first + rows, first : first + columns], np.float32)


def _inside(topology: HeadTopology, size: int, rectangle: Rectangle) -> Float32:
    """The chart that the tip of the nose is in, a little wider."""
    import cv2
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    corners = np.unique(np.round(topology.uv, 6), axis=0, return_inverse=True)[1]
    faces = corners.reshape(-1)[topology.uv_faces]
    start, end = faces[:, (0, 1)].ravel(), faces[:, (1, 2)].ravel()
    count = int(faces.max()) + 1
    links = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(count, count))
    chart = np.asarray(connected_components(links, directed=False)[1])[faces[:, 0]]
    ours = np.flatnonzero(chart == chart[topology.landmark_face_ids[_NOSE_TIP]])
    others = np.setdiff1d(np.arange(len(faces)), ours)
    kernel = np.ones((2 * _RIM_TEXELS + 1,) * 2, np.uint8)
    cover = cv2.dilate(_filled(topology, ours, size, rectangle), kernel)
    foreign = _filled(topology, others, size, rectangle)
    return (cover * (1 - foreign)).astype(np.float32)


def _filled(
    topology: HeadTopology, faces: NDArray[np.intp], size: int, rectangle: Rectangle
) -> Float32:
    """[h, w] 1 where some triangles are."""
    import cv2

    row, column, rows, columns = rectangle
    uv = topology.uv[topology.uv_faces[faces]]
    places = np.stack([uv[..., 0] * size - 0.5 - column, (1 - uv[..., 1]) * size - 0.5 - row], -1)
    canvas = np.zeros((rows, columns), np.uint8)
    for triangle in np.rint(places * 16).astype(np.int32):
        cv2.fillConvexPoly(canvas, triangle, 1, cv2.LINE_8, 4)
    return canvas.astype(np.float32)
