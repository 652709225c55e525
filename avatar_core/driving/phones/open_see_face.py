"""OpenSeeFace: the open face tracker, one block for each face it sees.

```
f64 time | i32 face | f32 width, height | f32 right, left eye open | u8 has 3D | f32 error
f32 quaternion[4] | f32 euler[3] | f32 translation[3] | f32 confidence[68] | f32 points[68][2]
f32 points3d[70][3] | f32 feature[14]   <- older builds have no features
```
Little-endian and packed: 1785 bytes, or 1729. The tracker solves its pose with pictures whose axes
are exchanged (x down, y right) and a face whose x points to the person's right; both mirrors are
undone here. Its quaternion is that of the inverse. Features are relative to what the tracker has
seen of a face so far, 0 being its median and 1 its extreme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.phones.angles import gaze_along, lost_face, sane_place, sane_turn
from avatar_core.driving.phones.packet import Packet, PacketError
from avatar_core.geometry import matrix_from_quat
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.motion.motion import UNIT_INDEX, MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_OLD = np.dtype(
    [
        ("time", "<f8"), ("face", "<i4"), ("size", "<f4", 2), ("open", "<f4", 2), ("has3d", "u1"),
        ("error", "<f4"), ("quat", "<f4", 4), ("euler", "<f4", 3), ("translation", "<f4", 3),
        ("confidence", "<f4", 68), ("points", "<f4", (68, 2)), ("points3d", "<f4", (70, 3)),
    ]
)  # fmt: skip
_NEW = np.dtype([*((name, _OLD[name]) for name in _OLD.names or ()), ("features", "<f4", 14)])

_METRES_PER_UNIT = 0.122
"""The tracker's face has its eyes 0.516 units apart; people have 63 mm."""
_CAMERA_FROM_ROWS = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, -1]], np.float32)
_FACE_FROM_HEAD = np.diag([-1, 1, 1]).astype(np.float32)
_PUPILS, _CENTRES = [67, 66], [69, 68]  # left, right
_GONE_S = 0.5
_MOST_PIXELS = 65536
_FEATURES = (
    "eyeLeft", "eyeRight",
    "browSteepLeft", "browUpLeft", "browQuirkLeft",
    "browSteepRight", "browUpRight", "browQuirkRight",
    "cornerDownLeft", "cornerOutLeft", "cornerDownRight", "cornerOutRight",
    "mouthOpen", "mouthWide",
)  # fmt: skip


class OpenSeeFaceReader:
    """Follows one face: the first that came, as long as it is there."""

    def __init__(self) -> None:
        self._face: int | None = None
        self._seen_s = -np.inf
        self._turn = np.zeros(3, np.float32)
        self._place = np.zeros(3, np.float32)

    def parse(self, data: bytes, time_s: float) -> Packet:
        """Read one datagram; see `PacketReader.parse`."""
        blocks = _blocks(data)
        _expect_plausible(blocks)
        clock = float(blocks["time"][0])
        order = clock if np.isfinite(clock) else None
        faces = blocks["face"].tolist()
        if self._face not in faces:
            if time_s - self._seen_s < _GONE_S:
                return Packet(None, order)
            self._face = faces[0]
        self._seen_s = time_s
        return Packet(self._motion(blocks[faces.index(self._face)], time_s), order)

    def _motion(self, block: np.void, time_s: float) -> MotionFrame:
        quat_xyzw, translation = _doubles(block, "quat"), _doubles(block, "translation")
        length = float(np.linalg.norm(quat_xyzw))
        if block["has3d"] and np.isfinite(length) and 0.1 < length < 10:
            inverse = matrix_from_quat((quat_xyzw[[3, 0, 1, 2]] / length).astype(np.float32))
            turn = _CAMERA_FROM_ROWS @ inverse.T @ _FACE_FROM_HEAD
            self._turn = sane_turn(axis_angle_from_matrix(turn.astype(np.float32)))
            self._place = sane_place(_METRES_PER_UNIT * (_CAMERA_FROM_ROWS @ translation))
        confidence = _doubles(block, "confidence")
        sure = float(np.nan_to_num(confidence, nan=0.0, posinf=0.0, neginf=0.0).clip(0, 1).mean())
        points = -_doubles(block, "points3d")  # sent as x, -y, -z, with x to the person's right
        return MotionFrame(
            time_s=time_s,
            weights=_weights(block, points),
            head_rotation=self._turn,
            head_translation=self._place,
            gaze=gaze_along(points[_PUPILS] - points[_CENTRES]) if block["has3d"] else None,
            confidence=max(sure, 0.05),
        )


def _blocks(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    for layout in (_NEW, _OLD):
        if data and len(data) % layout.itemsize == 0:
            return np.frombuffer(data, layout)
    raise PacketError("A packet did not come from OpenSeeFace.")


def _expect_plausible(blocks: np.ndarray[tuple[int], np.dtype[np.void]]) -> None:
    sizes = blocks["size"]
    # Comparisons are False for what is not a number.
    if not ((sizes >= 1) & (sizes <= _MOST_PIXELS)).all() or blocks["has3d"].max() > 1:
        raise PacketError("A packet did not come from OpenSeeFace.")


def _doubles(block: np.void, name: str) -> Float64:
    with np.errstate(invalid="ignore"):  # signalling NaNs
        return np.asarray(block[name]).astype(np.float64)


def _weights(block: np.void, points: Float64) -> Float32:
    """Units that features stand for; an old block has lids and, by its points, an open mouth."""
    right_open, left_open = _doubles(block, "open")
    units = {"eyeBlinkLeft": 1 - left_open, "eyeBlinkRight": 1 - right_open}
    if "features" in (block.dtype.names or ()):
        features = dict(zip(_FEATURES, _doubles(block, "features").tolist(), strict=True))
        for side in ("Left", "Right"):
            _add_side(units, features, side)
        _add_mouth(units, features)
    elif block["has3d"]:
        units["jawOpen"] = _open_by_points(points)
    weights = lost_face()
    for unit, value in units.items():
        weights[UNIT_INDEX[unit]] = min(max(value, 0.0), 1.0) if np.isfinite(value) else 0.0
    return weights


def _add_side(units: dict[str, float], features: dict[str, float], side: str) -> None:
    eye, brow = features[f"eye{side}"], features[f"browUp{side}"]
    corner = features[f"cornerDown{side}"]
    units[f"eyeBlink{side}"] = max(units[f"eyeBlink{side}"], -eye)
    units[f"eyeWide{side}"] = eye
    units[f"browDown{side}"] = -brow
    units[f"browOuterUp{side}"] = max(brow, 0.0) + 0.3 * max(features[f"browQuirk{side}"], 0.0)
    units[f"mouthSmile{side}"] = -corner
    units[f"mouthFrown{side}"] = corner
    units[f"mouthStretch{side}"] = 0.5 * features[f"cornerOut{side}"]


def _add_mouth(units: dict[str, float], features: dict[str, float]) -> None:
    units["browInnerUp"] = 0.5 * (features["browUpLeft"] + features["browUpRight"])
    units["jawOpen"] = 0.8 * features["mouthOpen"]
    narrow = -features["mouthWide"]
    is_open = min(max(features["mouthOpen"], 0.0), 1.0)
    units["mouthPucker"] = 0.8 * narrow * (1 - is_open)
    units["mouthFunnel"] = 0.8 * narrow * is_open


def _open_by_points(points: Float64) -> float:
    """How far the lips are apart, against the length of the nose."""
    gap = float(points[[59, 60, 61], 1].mean() - points[[63, 64, 65], 1].mean())
    nose = float(points[27, 1] - points[30, 1])
    return abs(gap / nose) - 0.15 if abs(nose) > 1e-6 else 0.0
