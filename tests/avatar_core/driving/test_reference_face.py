"""Reading the reference face."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.driving.reference_face import (
    EYE_CORNERS_LEFT,
    EYE_CORNERS_RIGHT,
    read_reference_face,
)
from avatar_core.errors import ShapeError


def _field(number: int, payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14])
    return bytes([number << 3 | 2]) + length + payload


def _float(number: int, value: float) -> bytes:
    return bytes([number << 3 | 5]) + struct.pack("<f", value)


def _message(points: np.ndarray, weights: dict[int, float]) -> bytes:
    vertices = b"".join(_float(3, v) for p in points for v in (*p, 0.1, 0.2))
    entries = b"".join(
        _field(2, bytes([1 << 3, index & 0x7F | 0x80, index >> 7]) + _float(2, weight))
        for index, weight in weights.items()
    )
    other = bytes([3 << 3, 1])  # a field that is none of ours
    return other + _field(1, bytes([1 << 3, 0]) + vertices) + entries


def _points() -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(468, 3))
    points[list(EYE_CORNERS_LEFT)] = [[2, 1, 3], [4, 1, 3]]
    points[list(EYE_CORNERS_RIGHT)] = [[-2, 1, 3], [-4, 1, 3]]
    return points


def test_reads_points_and_weights_and_sets_the_size_by_the_eyes() -> None:
    points = _points()
    face = read_reference_face(_message(points, {5: 0.25, 300: 0.5}))
    assert face.rigid.tolist() == [5, 300]
    np.testing.assert_allclose(face.rigid_weights, [0.25, 0.5])
    spread = face.points[10] - face.points[20]
    np.testing.assert_allclose(spread, (points[10] - points[20]) * 0.063 / 6, atol=1e-6)


def test_the_origin_lies_below_and_behind_the_eyes() -> None:
    face = read_reference_face(_message(_points(), {5: 1.0}))
    eyes = face.points[[*EYE_CORNERS_LEFT, *EYE_CORNERS_RIGHT]].mean(0)
    np.testing.assert_allclose(eyes, [0.0, 0.090, 0.105], atol=1e-6)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ShapeError, match="points"):
        read_reference_face(_message(_points()[:400], {5: 1.0}))


def test_unknown_wire_type_is_refused() -> None:
    with pytest.raises(ValueError, match="wire type"):
        read_reference_face(bytes([1 << 3 | 3]))


def test_the_shipped_face_is_a_symmetric_face_in_head_axes() -> None:
    face = load_landmarker_bundle().reference
    left, right = face.points[263], face.points[33]
    assert left[0] > 0.03
    np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-4)
    chin, forehead, nose_tip = face.points[152], face.points[10], face.points[4]
    assert forehead[1] > face.points[33][1] > nose_tip[1] > chin[1]
    assert nose_tip[2] == face.points[:, 2].max()
    assert 0.1 < forehead[1] - chin[1] < 0.2
    assert (face.rigid_weights > 0).all()
    assert len(face.rigid) == 33
