"""The neutral face that head pose is measured against, read from the tracker's model file.

The model file carries it as a protocol-buffer message: a mesh of 468 landmark positions, and for
33 of them a weight that says how little expressions move them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

EYE_CORNERS_LEFT = (362, 263)
"""Inner and outer corner of the person's left eye."""
EYE_CORNERS_RIGHT = (133, 33)
"""Inner and outer corner of the person's right eye."""

INTEROCULAR_M = 0.063
"""Distance of the eyes assumed for everybody: a single camera cannot tell size from distance."""

_NECK_FROM_EYES_M = np.array([0.0, -0.090, -0.105])
# From between the eye corners to the joint on which the skull nods, an adult's average. A head
# that only turns then does not seem to move, which is what an avatar with a neck joint needs.

_Field: TypeAlias = "tuple[int, int | float | bytes]"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceFace:
    """A neutral face in head axes (x to the person's left, y up, z out of the face).

    Args:
        points: [468, 3] landmark positions, metres, eyes 63 mm apart; the origin is the joint on
            which the head turns.
        rigid: [R] indices of the landmarks that expressions hardly move.
        rigid_weights: [R] how far each is to be trusted, above 0.
    """

    points: Float32
    rigid: Int32
    rigid_weights: Float32

    def __post_init__(self) -> None:
        expect_shapes(
            points=(self.points, "468 3"),
            rigid=(self.rigid, "R"),
            rigid_weights=(self.rigid_weights, "R"),
        )


def read_reference_face(message: bytes) -> ReferenceFace:
    """Read the reference face out of the model file's geometry message.

    Source:
        MediaPipe `geometry_pipeline_metadata.proto` and `mesh_3d.proto`: field 1 is the mesh (its
        field 3 the vertices x, y, z, u, v in centimetres), field 2 repeats (1: landmark,
        2: weight).
    """
    vertices: list[float] = []
    weights: dict[int, float] = {}
    for number, value in _fields(message):
        if number == 1 and isinstance(value, bytes):
            vertices = [float(v) for n, v in _fields(value) if n == 3 and isinstance(v, float)]
        elif number == 2 and isinstance(value, bytes):
            entry = dict(_fields(value))
            weights[int(entry.get(1, 0))] = float(entry[2])
    points = np.array(vertices, np.float64).reshape(-1, 5)[:, :3]
    eyes = np.stack([points[list(ids)].mean(0) for ids in (EYE_CORNERS_LEFT, EYE_CORNERS_RIGHT)])
    points *= INTEROCULAR_M / np.linalg.norm(eyes[0] - eyes[1])
    between_eyes = points[[*EYE_CORNERS_LEFT, *EYE_CORNERS_RIGHT]].mean(0)
    return ReferenceFace(
        points=(points - between_eyes - _NECK_FROM_EYES_M).astype(np.float32),
        rigid=np.array(list(weights), np.int32),
        rigid_weights=np.array(list(weights.values()), np.float32),
    )


def _fields(message: bytes) -> Iterator[_Field]:
    """Number and value of each field of a protocol-buffer message, nested ones as bytes."""
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, wire_type = key >> 3, key & 7
        value: int | float | bytes
        if wire_type == _VARINT:
            value, position = _varint(message, position)
        elif wire_type == _FIXED32:
            value, position = struct.unpack_from("<f", message, position)[0], position + 4
        elif wire_type == _FIXED64:
            value, position = struct.unpack_from("<d", message, position)[0], position + 8
        elif wire_type == _BYTES:
            length, start = _varint(message, position)
            position = start + length
            value = message[start:position]
        else:
            raise ValueError(f"wire type {wire_type} in a protocol-buffer message")
        yield number, value


def _varint(message: bytes, position: int) -> tuple[int, int]:
    """An integer of seven bits a byte, lowest first, and the position behind it."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
