"""WarpPortrait: a photograph that performs by moving its landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.expression import (
    Expression,
    expression_of,
    shown_expression,
    shown_turn,
)
from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import (
    CHIN,
    FACE_OVAL,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.emoportraits.landmark_warp.layout import MOUTH, OPENINGS, warp_layout
from avatar_core.emoportraits.landmark_warp.lids import Lids
from avatar_core.emoportraits.landmark_warp.lips import Lips
from avatar_core.emoportraits.landmark_warp.look import warp_source
from avatar_core.emoportraits.landmark_warp.mouth import MouthFrame
from avatar_core.emoportraits.landmark_warp.source_face import SourceFace
from avatar_core.emoportraits.landmark_warp.surroundings import Surroundings
from avatar_core.errors import AssetError
from avatar_core.frame import WarpMesh
from avatar_core.geometry import expect_shapes
from avatar_core.heads.arkit import damped_shift
from avatar_core.project.portrait_settings import PortraitSettings

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion import MotionFrame

_EDGE = 0.02  # softness of lids and lips, face sizes
_LEAST_EDGE_PX, _MOST_EDGE_PX = 0.7, 4.0
_OVERLAP = 2.0  # of patches behind the skin, edges
_IRIS_REACH = 1.97  # from the eye's centre to its iris, in radii of the iris
_LID_IN_FRONT = 0.15  # face sizes
_FACE_SIZE_M = 0.054  # on an adult
_STILL_PX = 1e-3
_SMALLEST_PICTURE_PX = 16


class WarpPortrait:
    """One photograph, ready to perform. A preview: it moves what is there and invents little.

    Args:
        picture: [H, W, 3] uint8 sRGB; kept, no longer written by its maker.
        landmarks: [478, 3] x, y (down) and z (away from the viewer), pixels, as the face tracker
            gives them.
        weights: [52] ARKit weights that the photograph shows.
        rotation: [3] axis-angle of its head, as `MotionFrame.head_rotation`.
        gaze: [2, 2] where its eyes look, as `MotionFrame.gaze`; None if as its weights say.

    Raises:
        FaceNotFoundError: the landmarks are not those of a face large enough.
        ShapeError: an array does not have the shape above.
    """

    def __init__(
        self,
        picture: UInt8,
        landmarks: Float32,
        weights: Float32,
        rotation: Float32,
        gaze: Float32 | None = None,
    ) -> None:
        expect_shapes(picture=(picture, "H W 3"), weights=(weights, "52"))
        if picture.dtype != np.uint8 or min(picture.shape[:2]) < _SMALLEST_PICTURE_PX:
            raise AssetError("The portrait cannot be warped: it is no picture of 8 bits a colour.")
        height, width = picture.shape[:2]
        self._face = face = SourceFace(landmarks, rotation, width, height)
        self._rotation = rotation
        self._shown: Expression = expression_of(np.clip(weights, 0, 1), gaze)
        self._mouth = MouthFrame(face.landmarks)
        self.source = warp_source(picture, face.landmarks, self._mouth.down_px)
        """What drawing needs besides each moment's mesh."""
        units = face.turned(load_face_motion().units)
        self._units: Float64 = units.reshape(len(units), -1)
        self._lids = Lids(face.points, self._shown.weights)
        self._lips = Lips(face, self._shown.weights)
        self._around = Surroundings(face, 1.6 * float(np.hypot(width, height)))
        self._edge_px = float(np.clip(_EDGE * face.size_px, _LEAST_EDGE_PX, _MOST_EDGE_PX))
        self._layout = warp_layout()
        placed = face.projected(self._with_openings(face.points))[:, :2]
        self._places: Float64 = np.concatenate([placed, self._around.places])

    def mesh(self, motion: MotionFrame, settings: PortraitSettings | None = None) -> WarpMesh:
        """The photograph in one moment.

        Args:
            motion: what the driver does, told from its own rest (`motion.calibrated`).
            settings: gains, blend of relative and absolute motion, pose on or off.
        """
        settings = settings or PortraitSettings()
        face, layout = self._face, self._layout
        wanted = shown_expression(self._shown, motion, settings)
        lid_shares = self._lids.shares(wanted.weights)
        points = self._expressed(wanted, lid_shares)
        turn, shift = shown_turn(self._rotation, motion, settings), self._shift(motion, settings)
        around = self._around.moved((points - face.points)[FACE_OVAL], turn, face.pivot, shift)
        still = self._with_openings(points)
        turned = (still - face.pivot) @ turn.T + face.pivot + shift
        positions = face.projected(np.concatenate([turned, around]))
        placed = face.projected(still)[:, :2]
        places = self._shown_places(placed, positions[:, :2])
        mouth = np.zeros((len(places), 4), np.float32)
        mouth[layout.mouth] = self._mouth.coordinates(places[layout.mouth], MOUTH.patch_shares)
        jaw = (face.projected(points[CHIN]) - face.landmarks[CHIN])[:, :2].mean(0)
        return WarpMesh(
            positions=positions.astype(np.float32),
            places=places.astype(np.float32),
            layers=layout.layers,
            cover=layout.cover,
            mouth=mouth,
            triangles=layout.drawn(
                positions[:, 2],
                _LID_IN_FRONT * face.size_px * np.maximum(1 - lid_shares, 0),
                # Over what is the same below them they would only round colours once more.
                soft=self._has_opened(points),
            ),
            inside=len(layout.inside),
            iris_shifts=self._iris_shifts(wanted.gaze),
            jaw_shift=jaw.astype(np.float32),
            lips_parted=self._mouth.parted(placed[LIPS_UPPER], placed[LIPS_LOWER]),
        )

    def _shown_places(self, placed: Float64, positions: Float64) -> Float64:
        """[V, 2] places in the picture whose material each vertex shows.

        Args:
            placed: [P, 2] where expressions move what belongs to the face, the head not turned.
            positions: [V, 2] where everything has gone.
        """
        layout, places = self._layout, self._places.copy()
        places[layout.patches] = placed[layout.patches]
        places[FACE_OVAL], places[len(placed) :] = self._around.shown_places(
            positions[FACE_OVAL], positions[len(placed) :]
        )
        lip = LIPS_LOWER[1:-1]
        begins = self._mouth.lip_places(placed[LIPS_UPPER], placed[LIPS_LOWER])[1:-1]
        places[layout.lip_edge] += (begins - places[lip])[::-1]
        places[lip] = begins
        return places

    def _expressed(self, wanted: Expression, lid_shares: Float64) -> Float64:
        """[478, 3] landmarks before the camera with an expression, the head not turned."""
        face = self._face
        change = wanted.weights.astype(np.float64) - self._shown.weights
        active = np.flatnonzero(change)
        moves = (change[active] @ self._units[active]).reshape(-1, 3)
        points = face.points + moves
        self._lids.close(points, lid_shares)
        self._lips.close(points, wanted.weights)
        return points

    def _shift(self, motion: MotionFrame, settings: PortraitSettings) -> Float64:
        if not settings.follows_pose:
            return np.zeros(3)
        shift_m = settings.pose_gain * damped_shift(motion.head_translation).astype(np.float64)
        shift: Float64 = shift_m * (self._face.size_px / _FACE_SIZE_M)
        return shift

    def _iris_shifts(self, gaze: Float32) -> Float32:
        """[2, 2] pixels by which each iris moves from where the photograph has it."""
        moved = np.sin(gaze.astype(np.float64)) - np.sin(self._shown.gaze)
        radius = self.source.irises[:, 2:].astype(np.float64)
        in_head = np.concatenate([moved, np.zeros((2, 1))], axis=1) * _IRIS_REACH * radius
        shifts: Float64 = (in_head @ self._face.turn.T)[:, :2] * [1, -1]
        return shifts.astype(np.float32)

    def _with_openings(self, points: Float64) -> Float64:
        """Landmarks, patches behind openings, soft edges and rows of lids, before the camera."""
        overlap = _OVERLAP * self._edge_px
        return np.concatenate([
            points,
            *(opening.patch(points, overlap) for opening in OPENINGS),
            *(opening.edge(points, self._edge_px) for opening in OPENINGS),
            self._lids.rows(points),
        ])  # fmt: skip

    def _has_opened(self, points: Float64) -> bool:
        """Whether lids or lips lie elsewhere than in the picture."""
        rings = self._layout.rings
        return bool(np.abs(points[rings] - self._face.points[rings]).max() > _STILL_PX)
