from __future__ import annotations

import numpy as np

from avatar_core.geometry.mesh_lint import mesh_notes, target_notes

_VERTICES = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0.2, 0, 0]], np.float32)
_UV = np.full((4, 2), 0.5, np.float32)


def test_a_sound_mesh_needs_no_words() -> None:
    assert mesh_notes(_VERTICES, np.array([[0, 1, 2], [1, 3, 2]], np.int32), _UV) == []


def test_flat_triangles_are_counted() -> None:
    faces = np.array([[0, 1, 2], [0, 1, 3], [2, 2, 1]], np.int32)
    assert mesh_notes(_VERTICES, faces, _UV) == ["2 of 3 triangles have no area."]


def test_a_head_in_another_unit_and_a_place_outside_the_texture_are_told() -> None:
    uv = _UV.copy()
    uv[0] = (1.2, 0.5)
    notes = mesh_notes(_VERTICES * 1000, np.array([[0, 1, 2]], np.int32), uv)
    assert notes == [
        "The head is 200 m large; check its unit.",
        "1 vertices lie outside the texture.",
    ]


def test_targets_that_are_missing_still_or_wild_are_told() -> None:
    deltas = {
        "jawOpen": np.full((4, 3), 0.01, np.float32),
        "tongueOut": np.zeros((4, 3), np.float32),
        "cheekPuff": np.full((4, 3), 0.5, np.float32),
    }
    notes = target_notes(deltas, ("jawOpen", "tongueOut", "cheekPuff", "browDownLeft", "mouthLeft"))
    assert notes == [
        "browDownLeft, mouthLeft are missing among the morph targets.",
        "tongueOut is without any effect on this head.",
        "cheekPuff is moving vertices farther than a face can.",
    ]
    assert target_notes({"jawOpen": deltas["jawOpen"]}, ("jawOpen",)) == []
