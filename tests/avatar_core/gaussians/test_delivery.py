from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.delivery import fit_for_delivery


def sound_cloud(count: int = 50) -> GaussianCloud:
    rng = np.random.default_rng(1)
    quats = rng.standard_normal((count, 4)).astype(np.float32)
    return GaussianCloud(
        means=rng.uniform(-0.2, 0.2, (count, 3)).astype(np.float32),
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        scales=rng.uniform(1e-4, 1e-2, (count, 3)).astype(np.float32),
        opacities=rng.uniform(0.1, 1, count).astype(np.float32),
        sh=rng.uniform(-0.5, 0.5, (count, 4, 3)).astype(np.float32),
        flags=np.zeros(count, np.uint8),
    )


def test_a_sound_cloud_is_left_alone() -> None:
    cloud = sound_cloud()
    kept, notes = fit_for_delivery(cloud)
    assert kept is cloud
    assert notes == ()


def test_no_gaussians_are_none() -> None:
    kept, notes = fit_for_delivery(GaussianCloud.empty(4))
    assert len(kept) == 0
    assert notes == ()


def test_what_cannot_be_written_is_left_out_and_what_can_is_mended() -> None:
    cloud = sound_cloud()
    means, scales, sh = cloud.means.copy(), cloud.scales.copy(), cloud.sh.copy()
    quats, opacities = cloud.quats.copy(), cloud.opacities.copy()
    means[3], scales[7, 1], scales[8] = np.inf, 0, -1
    sh[10, 2, 1], quats[11], opacities[12] = np.nan, 0, 1.5
    kept, notes = fit_for_delivery(GaussianCloud(means, quats, scales, opacities, sh, cloud.flags))
    assert len(kept) == 47
    rows = np.delete(np.arange(50), [3, 7, 8])
    np.testing.assert_array_equal(kept.means, cloud.means[rows])
    assert kept.opacities[list(rows).index(12)] == 1
    assert not kept.sh[list(rows).index(10)].any()
    np.testing.assert_array_equal(kept.quats[list(rows).index(11)], [1, 0, 0, 0])
    said = "\n".join(notes)
    for words in ("no place", "no size", "colour that is not a number. Mended", "opacity outside"):
        assert words in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scales": 1e-8}, "is smaller than a thousandth of a millimetre"),
        ({"scales": 0.7}, "is larger than half a metre"),
        ({"sh": 9.0}, "has a colour far beyond"),
        ({"opacities": 0.0}, "cannot be seen"),
    ],
)
def test_what_is_odd_is_told_and_kept(change: dict[str, float], words: str) -> None:
    cloud = sound_cloud()
    ((name, value),) = change.items()
    values = getattr(cloud, name).copy()
    values[5] = value
    kept, notes = fit_for_delivery(replace(cloud, **{name: values}))
    assert len(kept) == 50
    assert len(notes) == 1
    assert notes[0].startswith("1 Gaussian ")
    assert words in notes[0]


def test_rotations_become_unit() -> None:
    cloud = sound_cloud()
    quats = cloud.quats.copy()
    quats[:4] *= np.float32(2.5)
    kept, notes = fit_for_delivery(replace(cloud, quats=quats))
    np.testing.assert_allclose(kept.quats, cloud.quats, atol=1e-6)
    np.testing.assert_array_equal(kept.quats[4:], cloud.quats[4:])
    assert "4 Gaussians had a rotation that is not of unit length. Made so." in notes
