"""WarpPortrait: a photograph that performs by moving its landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.expression import (
    Expression,
    expression_of,
    shown_expression,
    shown_turn,
)
from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import (
    CHIN,
    FACE_OVAL,
    LIDS_LOWER,
    LIDS_UPPER,
    LIPS_LOWER,
    LIPS_UPPER,
)
from avatar_core.emoportraits.landmark_warp.lids import Lids
from avatar_core.emoportraits.landmark_warp.lips import Lips
from avatar_core.emoportraits.landmark_warp.look import warp_source
from avatar_core.emoportraits.landmark_warp.mouth import MouthFrame
from avatar_core.emoportraits.landmark_warp.opening import Opening
from avatar_core.emoportraits.landmark_warp.source_face import SourceFace
from avatar_core.emoportraits.landmark_warp.surroundings import Surroundings
from avatar_core.errors import AssetError
from avatar_core.frame import WarpMesh
from avatar_core.geometry import expect_shapes
from avatar_core.heads.arkit import damped_shift
from avatar_core.project.portrait_settings import PortraitSettings

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion import MotionFrame

_SKIN_LANDMARKS = 468
_EDGE = 0.02  # softness of lids and lips, face sizes
_LEAST_EDGE_PX, _MOST_EDGE_PX = 0.7, 4.0
_OVERLAP = 2.0  # of patches behind the skin, edges
_IRIS_REACH = 1.97  # from the eye's centre to its iris, in radii of the iris
_STILL_PX = 1e-3
_LID_IN_FRONT = 0.15  # face sizes
_FACE_SIZE_M = 0.054  # on an adult
_LEFT_EYE, _RIGHT_EYE, _MOUTH = 1, 2, 3


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
        if picture.dtype != np.uint8 or min(picture.shape[:2]) < 16:
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
        self._lip_motion = Lips(face, self._shown.weights)
        self._around = Surroundings(face, 1.6 * float(np.hypot(width, height)))
        self._eyes = tuple(
            Opening(LIDS_UPPER[eye].astype(np.int32), LIDS_LOWER[eye].astype(np.int32))
            for eye in range(2)
        )
        self._lips = Opening(LIPS_UPPER.astype(np.int32), LIPS_LOWER.astype(np.int32))
        self._edge_px = float(np.clip(_EDGE * face.size_px, _LEAST_EDGE_PX, _MOST_EDGE_PX))
        self._rings: Int32 = np.concatenate([each.ring for each in (*self._eyes, self._lips)])
        self._lay_out()

    def mesh(self, motion: MotionFrame, settings: PortraitSettings | None = None) -> WarpMesh:
        """The photograph in one moment.

        Args:
            motion: what the driver does, told from its own rest (`motion.calibrated`).
            settings: gains, blend of relative and absolute motion, pose on or off.
        """
        settings = settings or PortraitSettings()
        face = self._face
        wanted = shown_expression(self._shown, motion, settings)
        lid_shares = self._lids.shares(wanted.weights)
        points = self._expressed(wanted, lid_shares)
        turn = shown_turn(self._rotation, motion, settings)
        shift = self._shift(motion, settings)
        around = self._around.moved((points - face.points)[FACE_OVAL], turn, face.pivot, shift)
        still = self._with_openings(points)
        placed = face.projected(still)[:, :2]
        turned = face.projected((still - face.pivot) @ turn.T + face.pivot + shift)
        positions = np.concatenate([turned, face.projected(around)])
        places = self._places.copy()
        oval, rings = self._around.shown_places(turned[FACE_OVAL, :2], positions[len(turned) :, :2])
        places[FACE_OVAL], places[len(turned) :] = oval, rings
        places[self._patches] = placed[self._patches]
        lip = self._mouth.lip_places(placed[LIPS_UPPER], placed[LIPS_LOWER])[1:-1]
        slid = lip - places[LIPS_LOWER[1:-1]]
        places[LIPS_LOWER[1:-1]] = lip
        places[self._lip_edge] += slid[::-1]
        inside = self._mouth_patch
        mouth = np.zeros((len(places), 4))
        mouth[inside] = self._mouth.coordinates(places[inside], self._lips.patch_shares)
        jaw = face.projected(points[CHIN])[:, :2] - face.landmarks[CHIN, :2]
        return WarpMesh(
            positions=positions.astype(np.float32),
            places=places.astype(np.float32),
            layers=self._layers,
            cover=self._cover,
            mouth=mouth.astype(np.float32),
            triangles=self._ordered(positions[:, 2], lid_shares, moved=self._opened(points)),
            inside=len(self._patch_triangles),
            iris_shifts=self._iris_shifts(wanted.gaze),
            jaw_shift=jaw.mean(0).astype(np.float32),
            lips_parted=self._mouth.parted(placed[LIPS_UPPER], placed[LIPS_LOWER]),
        )

    def _expressed(self, wanted: Expression, lid_shares: Float64) -> Float64:
        """[478, 3] landmarks before the camera with an expression, the head not turned."""
        face = self._face
        change = wanted.weights.astype(np.float64) - self._shown.weights
        active = np.flatnonzero(change)
        moves = (change[active] @ self._units[active]).reshape(-1, 3)
        points = face.points + moves
        self._lids.close(points, lid_shares)
        self._lip_motion.close(points, wanted.weights)
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
        openings = (*self._eyes, self._lips)
        return np.concatenate([
            points,
            *(opening.patch(points, overlap) for opening in openings),
            *(opening.edge(points, self._edge_px) for opening in openings),
            self._lids.rows(points),
        ])  # fmt: skip

    def _lay_out(self) -> None:
        """Number the vertices and triangles; nothing of it changes when the face moves."""
        openings = (*self._eyes, self._lips)
        skin = load_face_motion().triangles
        patches, edges, layers = [], [], [np.zeros(len(self._face.points), np.uint8)]
        first = len(self._face.points)
        for layer, opening in zip((_LEFT_EYE, _RIGHT_EYE, _MOUTH), openings, strict=True):
            patches.append(opening.patch_triangles(first))
            layers.append(np.full(opening.patch_size, layer, np.uint8))
            first += opening.patch_size
            skin = skin[~opening.covering(skin)]
        self._patches = slice(len(self._face.points), first)
        self._mouth_patch = slice(first - self._lips.patch_size, first)
        soft = first
        for opening in openings:
            edges.append(opening.edge_triangles(first))
            first += len(opening.ring)
        self._lip_edge = slice(first - len(LIPS_LOWER) + 2, first)
        lids = Lids.triangles(first)
        ends = first + Lids.row_size + len(self._around.places)
        self._layers: UInt8 = np.concatenate([*layers, np.zeros(ends - soft, np.uint8)])
        self._cover: Float32 = np.ones(ends, np.float32)
        self._cover[soft:first] = 0
        around = self._around.triangles(first + Lids.row_size)
        self._patch_triangles: Int32 = np.concatenate(patches)
        self._edges: Int32 = np.concatenate(edges)
        self._front: Int32 = np.concatenate([around, skin[~Lids.replaced(skin)], lids])
        half = len(lids) // 2
        self._lid_rows = (slice(-2 * half, -half), slice(-half, None))
        placed = self._face.projected(self._with_openings(self._face.points))[:, :2]
        self._places: Float64 = np.concatenate([placed, self._around.places])

    def _opened(self, points: Float64) -> bool:
        """Whether lids or lips lie elsewhere than in the picture."""
        rings = self._rings
        return bool(np.abs(points[rings] - self._face.points[rings]).max() > _STILL_PX)

    def _ordered(self, depths: Float64, lid_shares: Float64, *, moved: bool) -> Int32:
        """[F, 3] triangles behind the skin, then those of the skin, farthest first."""
        depth = depths[self._front].mean(1)
        for rows, share in zip(self._lid_rows, lid_shares, strict=True):
            # A closed lid lies on the lower one, whichever is nearer.
            depth[rows] -= _LID_IN_FRONT * self._face.size_px * max(1 - share, 0.0)
        order = np.argsort(-depth, kind="stable")
        # Soft edges over what is the same below them would only round colours once more.
        edges = self._edges if moved else np.zeros_like(self._edges)
        return np.concatenate([self._patch_triangles, edges, self._front[order]])
