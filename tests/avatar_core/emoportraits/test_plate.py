"""The head of a portrait's picture, the picture without it, and the green key."""

from __future__ import annotations

import numpy as np

from avatar_core.emoportraits.compositing import composited
from avatar_core.emoportraits.plate import head_matte, unmixed_from_green, without_head
from avatar_core.project.portrait import CropBox, Portrait


def _portrait(landmarks: bool, matte: int | None = None) -> Portrait:
    points = None
    if landmarks:
        points = np.zeros((478, 3), np.float32)
        points[10, :2], points[152, :2] = (32, 10), (32, 40)
    return Portrait(
        "Known",
        "",
        np.zeros((64, 64, 3), np.uint8),
        CropBox(0, 0, 64),
        landmarks=points,
        matte=None if matte is None else np.full((64, 64), matte, np.uint8),
    )


def test_what_is_below_the_neck_is_no_head() -> None:
    matte = head_matte(_portrait(landmarks=True))
    assert (matte[:46] == 255).all()
    assert (matte[50:] == 0).all()


def test_without_landmarks_all_of_the_person_counts() -> None:
    assert (head_matte(_portrait(landmarks=False, matte=200)) == 200).all()


def test_the_ground_shows_no_head_and_keeps_what_is_far_from_it() -> None:
    picture = np.full((120, 160, 3), (40, 90, 160), np.uint8)
    matte = np.zeros((120, 160), np.uint8)
    matte[40:80, 60:100] = 255
    picture[matte > 0] = (250, 200, 180)
    ground = without_head(picture, matte)
    assert np.abs(ground[55:65, 75:85].astype(int) - (40, 90, 160)).max() <= 12
    np.testing.assert_array_equal(ground[:20], picture[:20])


def test_a_picture_without_a_head_stays_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    assert without_head(picture, np.zeros((30, 40), np.uint8)) is picture


def test_what_was_drawn_on_green_comes_off_it() -> None:
    """Mixed with green by hand and taken apart again: coverage within a few percent."""
    skin = np.array([0.8, 0.55, 0.45])
    alpha = np.linspace(0, 1, 21)[None, :, None]
    drawn = (alpha * skin + (1 - alpha) * np.array([0, 1.0, 0])).astype(np.float32)
    found = unmixed_from_green(np.repeat(drawn, 21, 0))
    assert np.abs(found[0, [0, -1], 3] - [0, 1]).max() < 1e-3
    over_blue = found[..., :3] + (1 - found[..., 3:]) * np.array([0.1, 0.2, 0.9])
    wanted = composited(
        np.broadcast_to(np.uint8(np.rint(255 * skin)), (1, 21, 3)),
        alpha[..., 0].astype(np.float32),
        np.uint8(np.rint(255 * np.array([0.1, 0.2, 0.9]))),
    )
    assert np.abs(over_blue[0] - wanted[0] / 255).max() < 0.25
    assert (found[..., :3] <= found[..., 3:] + 1e-6).all()


def test_faces_without_pure_green_stay_whole() -> None:
    colours = np.random.default_rng(2).random((16, 16, 3)).astype(np.float32)
    colours[..., 1] = np.minimum(colours[..., 1], colours[..., [0, 2]].max(-1))
    found = unmixed_from_green(colours)
    np.testing.assert_array_equal(found[..., 3], 1)
    np.testing.assert_allclose(found[..., :3], colours, atol=1e-6)


def test_soft_edges_are_not_yellow() -> None:
    """A network's rim of skin, half covered, with more green in it than a mixture has."""
    rim = np.array([[[0.6, 0.58, 0.15], [0.6, 0.8, 0.15], [0, 1, 0]]], np.float32)
    found = unmixed_from_green(rim.repeat(3, 0))[1]
    assert found[0, 3] == 1
    assert 0 < found[1, 3] < 1
    assert (found[:, 1] <= (found[:, 0] + found[:, 2]) / 2 + 1e-6).all()
