"""The board over the atlas: where landmarks say, whatever the atlas looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.texture.presets.face_map import BOARD, FaceMap
from avatar_core.texture.presets.make_up import layer_of
from avatar_core.texture.presets.thin_plate import ThinPlate
from avatar_core.texture.tiles import whole_picture
from tests.avatar_core.texture.presets.conftest import sheet

if TYPE_CHECKING:
    from avatar_core.heads import HeadTopology

SIZE = 512


def read(face: FaceMap, points: np.ndarray) -> np.ndarray:
    """Where the board says that texels, which it said are at points, lie."""
    at = face.texels_of(points.astype(np.float32))
    return cv2.remap(face.places, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR)[0]


def test_a_spline_goes_through_its_points_and_keeps_straight_maps() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-5, 5, (30, 2)).astype(np.float32)
    places = rng.uniform(0, 9, (30, 2)).astype(np.float32)
    np.testing.assert_allclose(ThinPlate.through(points, places)(points), places, atol=1e-4)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    straight = ThinPlate.through(points, points @ turn + 3)
    others = rng.uniform(-50, 50, (20, 2)).astype(np.float32)
    np.testing.assert_allclose(straight(others), others @ turn + 3, atol=1e-3)


def test_points_on_a_line_have_no_spline() -> None:
    line = np.stack([np.arange(5.0), np.arange(5.0)], axis=-1).astype(np.float32)
    with pytest.raises(np.linalg.LinAlgError):
        ThinPlate.through(line, line)


@pytest.mark.parametrize("turn_rad", [0.0, 0.6, -2.0])
def test_texels_know_their_places(turn_rad: float) -> None:
    """On a sheet that is the board itself, laid down by a scale and a turn."""
    face = FaceMap.of(sheet(0.09, turn_rad), SIZE)
    assert face.unit_texels == pytest.approx(0.09 * SIZE, rel=1e-3)
    row, column, rows, columns = face.rectangle
    rng = np.random.default_rng(1)
    at = rng.integers(0, (rows, columns), (200, 2))
    uv = np.stack([(at[:, 1] + column + 0.5) / SIZE, 1 - (at[:, 0] + row + 0.5) / SIZE], -1)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    expected = (uv - 0.5) @ np.array([[cos, -sin], [sin, cos]]) / 0.09
    np.testing.assert_allclose(face.places[at[:, 0], at[:, 1]], expected, atol=2e-3)


def test_there_and_back(flat_face: HeadTopology) -> None:
    """Through an atlas that squeezes the face as real ones do."""
    uv = flat_face.uv - 0.5
    squeezed = np.stack([uv[:, 0] * (1 + 0.5 * uv[:, 0] ** 2), uv[:, 1] + 0.25 * uv[:, 0] ** 2], -1)
    face = FaceMap.of(replace(flat_face, uv=(squeezed + 0.5).astype(np.float32)), 1024)
    points = np.random.default_rng(2).uniform((-2, -2), (2, 1.2), (300, 2))
    np.testing.assert_allclose(read(face, points), points, atol=0.02)
    np.testing.assert_allclose(read(face, BOARD), BOARD, atol=0.02)


def test_uneven_landmarks_are_evened_out(flat_face: HeadTopology) -> None:
    """A landmark that sits a little off does not make the other half of the face different."""
    face_ids = flat_face.landmark_face_ids.copy()
    face_ids[17] += 1
    face = FaceMap.of(replace(flat_face, landmark_face_ids=face_ids), SIZE)
    left = face.texels_of(BOARD) + face.rectangle[1::-1]
    right = face.texels_of(BOARD * (-1, 1)) + face.rectangle[1::-1]
    np.testing.assert_allclose(left[:, 0] + right[:, 0], SIZE - 1, atol=0.3)
    np.testing.assert_allclose(left[:, 1], right[:, 1], atol=0.3)


def test_parts_and_charts(flat_face: HeadTopology) -> None:
    face = FaceMap.of(flat_face, SIZE)
    lips = face.part("lips")
    assert lips is not None
    inside = ((face.x / 0.5) ** 2 + ((face.y + 1.5) / 0.14) ** 2) < 1
    outside = ((face.x / 0.9) ** 2 + ((face.y + 1.5) / 0.5) ** 2) > 1
    assert lips[inside].all()
    assert not lips[outside].any()
    assert face.part("horns") is None
    assert face.inside.min() == 1  # the whole rectangle lies on the sheet


def test_other_charts_are_left_alone(flat_face: HeadTopology) -> None:
    """A triangle of another chart that lies on a cheek is cut out of the board."""
    corner = np.array([[0.58, 0.45], [0.62, 0.45], [0.60, 0.49]], np.float32)
    count = len(flat_face.uv)
    both = replace(
        flat_face,
        uv=np.concatenate([flat_face.uv, corner]),
        uv_faces=np.concatenate([flat_face.uv_faces, [[count, count + 1, count + 2]]]),
        faces=np.concatenate([flat_face.faces, flat_face.faces[:1]]),
        face_part=np.append(flat_face.face_part, np.uint8(0)),
    )
    face = FaceMap.of(both, SIZE)
    row, column = face.rectangle[:2]
    middle = round((1 - 0.46) * SIZE) - row, round(0.60 * SIZE) - column
    assert face.inside[middle] == 0
    assert 0.98 < face.inside.mean() < 1
    layer = layer_of(face, "All", np.ones(face.shape, np.float32), (1.0, 0.5, 0.0))
    assert layer.raster is not None
    paint = whole_picture(layer.raster)[row:, column:]
    assert not paint[middle].any()
    np.testing.assert_allclose(paint[10, 10], (1, 0.5, 0, 1), atol=1e-4)


def test_heads_without_a_face_are_refused(flat_face: HeadTopology) -> None:
    few = replace(
        flat_face,
        landmark_face_ids=flat_face.landmark_face_ids[:6],
        landmark_barycentric=flat_face.landmark_barycentric[:6],
    )
    one_place = replace(flat_face, landmark_face_ids=np.zeros(68, np.int32))
    flat = replace(flat_face, uv=flat_face.uv * np.array([1, 0], np.float32))
    for topology in (few, one_place, flat, replace(flat_face, uv=flat_face.uv * 0)):
        with pytest.raises(AssetError, match="68 landmarks") as caught:
            FaceMap.of(topology, SIZE)
        assert caught.value.hint
