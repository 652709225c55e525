"""The generator's strands: marching, hair of every kind, brows and lashes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree
from synthetic_capture.head.regions import hairline
from synthetic_capture.strands.brows import brows
from synthetic_capture.strands.coat import planted
from synthetic_capture.strands.combing import FallingHair
from synthetic_capture.strands.hair import arc_lengths, coiled, hair, marched, resampled, smoothed
from synthetic_capture.strands.roots import scalp_roots
from synthetic_capture.strands.skin_proxy import SkinProxy
from synthetic_capture.strands.style import HairStyle

if TYPE_CHECKING:
    from synthetic_capture.subject import Subject

STYLE = HairStyle(count=300, guides=20)
SHORT = replace(STYLE, kind="short", length=0.34, lift=0.085)


class _Upwards:
    """Combing for the tests of marching: straight up and a little forward."""

    steps = 5
    rising_steps = 1
    smoothing_rounds = 0

    def direction(self, points: np.ndarray, progress: float) -> np.ndarray:
        return np.tile([0, 3.0, 0], (len(points), 1))

    def step_lengths(self, points: np.ndarray) -> np.ndarray:
        return np.full(len(points), 0.1)

    def allowed(self, points: np.ndarray) -> np.ndarray:
        return np.c_[points[:, :2], points[:, 2] + 0.01]


class _Floor:
    """Skin for the tests of marching: the plane y = 0.25."""

    def pushed_out(self, points: np.ndarray, clearance: np.ndarray) -> np.ndarray:
        return np.c_[points[:, 0], np.maximum(points[:, 1], 0.25 + clearance), points[:, 2]]


def test_marches_in_even_steps_off_the_skin() -> None:
    class Coat:
        class roots:  # noqa: N801
            positions = np.zeros((2, 3))

        layer = np.array([0.0, 0.1])

    path = marched(Coat, _Upwards(), _Floor())  # type: ignore[arg-type]
    assert path.shape == (2, 6, 3)
    np.testing.assert_allclose(path[0, :, 1], [0, 0.25, 0.35, 0.45, 0.55, 0.65])
    np.testing.assert_allclose(path[1, :, 1], [0, 0.35, 0.45, 0.55, 0.65, 0.75])
    np.testing.assert_allclose(path[:, :, 2], [np.arange(6) * 0.01] * 2)


def test_resamples_at_even_lengths_up_to_the_end() -> None:
    corner = np.array([[[0, 0, 0], [1, 0, 0], [1, 3, 0]]], float)
    even = resampled(corner, np.array([3.0]), 4)
    np.testing.assert_allclose(even[0], [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 2, 0]])
    np.testing.assert_allclose(arc_lengths(corner), [[0, 1, 4]])


def test_smoothing_keeps_lines_and_ends() -> None:
    line = np.linspace([0, 0, 0], [1, 2, 3], 9)[None]
    np.testing.assert_allclose(smoothed(line, 5), line)
    bent = line.copy()
    bent[0, 4] += 1
    rounder = smoothed(bent, 3)
    np.testing.assert_array_equal(rounder[:, [0, -1]], bent[:, [0, -1]])
    assert np.abs(rounder - line).max() < 0.5


def test_roots_grow_on_the_scalp(tiny_subject: Subject) -> None:
    roots = scalp_roots(tiny_subject.model, 300, np.random.default_rng(0))
    assert len(roots.positions) == 300
    above = roots.base_positions[:, 1] - hairline(roots.base_positions[:, 2])
    assert above.min() > -0.01
    np.testing.assert_allclose(np.linalg.norm(roots.normals, axis=1), 1)


@pytest.mark.parametrize(
    "style", [STYLE, SHORT, replace(STYLE, kind="bun", length=4, ends_y=None)], ids=lambda s: s.kind
)
def test_hair_starts_at_the_skin_and_stays_off_it(tiny_subject: Subject, style: HairStyle) -> None:
    strands = hair(tiny_subject.model, style)
    assert strands.shape == (300 + (75 if style.kind == "bun" else 0), 24, 3)
    assert np.isfinite(strands).all()
    faces = tiny_subject.model.topology.faces_of("skin", "scalp", "ear", "neck", "garment", "lips")
    corners = tiny_subject.model.points_dm[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    tree = cKDTree(corners.mean(1))
    near, index = tree.query(strands[:300].reshape(-1, 3))
    away = np.einsum(
        "ij,ij->i",
        strands[:300].reshape(-1, 3) - corners.mean(1)[index],
        normal[index] / np.linalg.norm(normal[index], axis=1, keepdims=True),
    )
    assert near.reshape(-1, 24)[:, 0].max() < 0.15
    assert away.min() > -0.05


def test_the_same_seed_grows_the_same_hair(tiny_subject: Subject) -> None:
    first = hair(tiny_subject.model, STYLE)
    np.testing.assert_array_equal(hair(tiny_subject.model, STYLE), first)
    assert np.abs(hair(tiny_subject.model, replace(STYLE, seed=1)) - first).max() > 0.1


def test_falling_hair_ends_at_its_height_and_leaves_the_face_free(tiny_subject: Subject) -> None:
    strands = hair(tiny_subject.model, STYLE)
    eye_y, eye_z = tiny_subject.model.decimetres(tiny_subject.model.joints)[3, 1:]
    assert np.median(strands[:, -1, 1]) == pytest.approx(eye_y - 1.28, abs=0.1)
    at_eyes = np.abs(strands[:, :, 1] - eye_y) < 0.1
    assert strands[at_eyes][:, 2].max() < eye_z - 0.2
    uncut = hair(tiny_subject.model, replace(STYLE, ends_y=None))
    assert uncut[:, -1, 1].min() < strands[:, -1, 1].min() - 0.3


def test_falling_hair_is_kept_behind_a_curtain(tiny_subject: Subject) -> None:
    generator = np.random.default_rng(0)
    coat = planted(tiny_subject.model, STYLE, generator)
    comb = FallingHair(coat, SkinProxy(tiny_subject.model, generator))
    in_front = np.tile(coat.eye - (0, 0, -0.3), (coat.count, 1))
    behind = np.tile(coat.eye - (0, 0, 1.5), (coat.count, 1))
    assert comb.allowed(in_front)[:, 2].max() < coat.eye[2] - 0.2
    np.testing.assert_array_equal(comb.allowed(in_front)[:, :2], in_front[:, :2])
    np.testing.assert_array_equal(comb.allowed(behind), behind)


def test_short_hair_is_short(tiny_subject: Subject) -> None:
    assert arc_lengths(hair(tiny_subject.model, SHORT))[:, -1].max() < 0.7


def test_a_bun_ends_in_a_knot() -> None:
    centre = np.array([0, 7.5, -0.8])
    knot = coiled(centre, 50, np.random.default_rng(0))
    distance = np.linalg.norm(knot - centre, axis=2)
    assert knot.shape == (50, 24, 3)
    assert distance.min() > 0.1
    assert distance.max() < 0.6


def test_brows_go_where_the_face_goes(tiny_subject: Subject) -> None:
    model = tiny_subject.model
    here, there = (brows(model, model.points_dm + shift) for shift in (0.0, 0.5))
    np.testing.assert_allclose(there - here, 0.5, atol=1e-9)


def test_brows_and_lashes_ride_on_the_face(tiny_subject: Subject) -> None:
    neutral, puffed = tiny_subject.face("neutral"), tiny_subject.face("cheek_puff")
    assert neutral.brows.points.shape == puffed.brows.points.shape
    # Every unit but a few moves the upper face of the made-up head 5 mm forward, by 0.9 here.
    shift = puffed.brows.points - neutral.brows.points
    np.testing.assert_allclose(shift[..., 2], 0.0045, atol=0.0015)
    eyes = tiny_subject.model.joints[3:]
    roots = neutral.lashes.points[:, 0]
    assert np.linalg.norm(roots[:, None] - eyes, axis=2).min(1).max() < 0.02
