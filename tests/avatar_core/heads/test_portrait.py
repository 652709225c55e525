from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatar_core.heads.base import HeadTopology
from avatar_core.heads.portrait import portrait_points


def topology(*part_names: str) -> HeadTopology:
    """One triangle a part, three vertices each."""
    count = len(part_names)
    faces = np.arange(3 * count, dtype=np.int32).reshape(count, 3)
    return HeadTopology(
        faces=faces,
        uv=np.zeros((3, 2), np.float32),
        uv_faces=np.zeros_like(faces),
        part_names=part_names,
        face_part=np.arange(count, dtype=np.uint8),
        scalp_vertex_ids=np.zeros(0, np.int32),
        landmark_face_ids=np.zeros(0, np.int32),
        landmark_barycentric=np.zeros((0, 3), np.float32),
    )


VERTICES = np.arange(27, dtype=np.float32).reshape(9, 3)
HAIR = np.array([[100, 100, 100]], np.float32)


def test_clothes_are_left_out_and_hair_is_in():
    points = portrait_points(topology("skin", "garment", "neck"), VERTICES, HAIR)

    np.testing.assert_array_equal(points, [*VERTICES[:3], *VERTICES[6:], *HAIR])
    assert points.dtype == np.float32


def test_a_head_of_clothes_alone_is_shown_as_it_is():
    points = portrait_points(topology("garment"), VERTICES[:3], HAIR[:0])

    np.testing.assert_array_equal(points, VERTICES[:3])


def test_a_head_without_faces_is_shown_as_it_is():
    empty = replace(
        topology("skin"), faces=np.zeros((0, 3), np.int32), face_part=np.zeros(0, np.uint8)
    )

    np.testing.assert_array_equal(portrait_points(empty, VERTICES, HAIR[:0]), VERTICES)
