"""Skin that no picture showed: what counts as unseen, and what it is filled with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.io.avatar_file import load_avatar
from avatar_core.mega.assets import model_of, neutral_look
from avatar_core.mega.bake import TEXTURE
from avatar_core.mega.texture_fill import _harmonic, filled_unseen, unseen_texels
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset

PATCH = (slice(386, 400), slice(240, 262))
"""Rows and columns of the demo's neural texture that lie on the forehead."""


@pytest.fixture(scope="module")
def demo() -> AvatarAsset:
    return load_avatar(resource_path("demo", "rosa.avatar"))


@pytest.fixture(scope="module")
def noisy(demo: AvatarAsset) -> AvatarAsset:
    """With a forehead that was never trained."""
    texture = np.array(demo.face.weights[TEXTURE])
    rng = np.random.default_rng(5)
    texture[:, :, PATCH[0], PATCH[1]] = rng.uniform(-1, 1, texture[:, :, *PATCH].shape)
    face = replace(demo.face, weights={**demo.face.weights, TEXTURE: texture})
    asset = replace(demo, face=face)
    return replace(asset, face=replace(face, texture=neutral_look(model_of(asset))))


@pytest.fixture(scope="module")
def sightings(demo: AvatarAsset) -> np.ndarray:
    size = demo.face.weights[TEXTURE].shape[2]
    counts = np.full((size, size), 50, np.float32)
    counts[PATCH] = 0
    return counts


def patch_of(asset: AvatarAsset) -> np.ndarray:
    return asset.face.texture[::-1][PATCH].astype(float)


def test_noise_becomes_skin(demo: AvatarAsset, noisy: AvatarAsset, sightings: np.ndarray) -> None:
    shares: list[float] = []
    filled = filled_unseen(noisy, sightings, shares.append)
    before = np.abs(patch_of(noisy) - patch_of(demo)).mean()
    after = np.abs(patch_of(filled) - patch_of(demo)).mean()
    assert before > 25
    assert after < 6
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_what_was_seen_keeps_every_bit(noisy: AvatarAsset, sightings: np.ndarray) -> None:
    filled = filled_unseen(noisy, sightings)
    old, new = noisy.face.weights[TEXTURE], filled.face.weights[TEXTURE]
    assert new.dtype == old.dtype
    changed = (old != new).any(axis=(0, 1))
    rows, columns = np.nonzero(changed)
    assert changed.any()
    margin = 6  # the window and the rim
    assert rows.min() >= PATCH[0].start - margin
    assert rows.max() < PATCH[0].stop + margin
    assert columns.min() >= PATCH[1].start - margin
    assert columns.max() < PATCH[1].stop + margin


def test_a_face_seen_everywhere_stays_itself(demo: AvatarAsset, sightings: np.ndarray) -> None:
    assert filled_unseen(demo, np.full_like(sightings, 50)) is demo


def test_a_face_seen_nowhere_has_nothing_to_go_by(demo: AvatarAsset, sightings: np.ndarray) -> None:
    assert filled_unseen(demo, np.zeros_like(sightings)) is demo


def test_sightings_of_another_size_are_refused(demo: AvatarAsset) -> None:
    with pytest.raises(ShapeError, match="sightings"):
        filled_unseen(demo, np.zeros((8, 8), np.float32))


def test_a_few_lucky_sightings_do_not_make_up_for_those_between() -> None:
    counts = np.zeros((40, 40), np.float32)
    counts[:, ::8] = 1000
    is_skin = np.ones((40, 40), bool)
    assert unseen_texels(counts, is_skin).all()


def test_only_skin_is_unseen_and_the_rim_with_it() -> None:
    counts = np.full((40, 40), 100, np.float32)
    counts[10:30, 10:30] = 0
    is_skin = np.zeros((40, 40), bool)
    is_skin[:, :20] = True
    unseen = unseen_texels(counts, is_skin)
    assert not unseen[:, 20:].any()
    assert unseen[12:28, 12:20].all()
    assert not unseen[:5].any()


def test_values_between_known_ones_are_their_means() -> None:
    """On a ladder of triangles known at both ends, harmonic means linear."""
    rungs = 6
    left, right = np.arange(rungs), np.arange(rungs) + rungs
    faces = [
        triangle
        for k in range(rungs - 1)
        for triangle in ([left[k], right[k], left[k + 1]], [right[k], right[k + 1], left[k + 1]])
    ]
    values = np.zeros((2 * rungs, 3))
    is_known = np.zeros(2 * rungs, bool)
    for end, value in ((0, 0.0), (rungs - 1, 1.0)):
        for side in (left, right):
            values[side[end]], is_known[side[end]] = value, True
    filled = _harmonic(values, is_known, np.array(faces, np.int32))
    means = 0.5 * (filled[left] + filled[right])[:, 0]
    np.testing.assert_allclose(means, np.linspace(0, 1, rungs), atol=0.06)
    np.testing.assert_array_equal(filled[is_known], values[is_known].astype(np.float32))
