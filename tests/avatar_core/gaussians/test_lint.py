from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud, lint, repaired
from avatar_core.gaussians.cloud import CLOUD_ARRAYS
from avatar_core.gaussians.lint import Flaw

if TYPE_CHECKING:
    from tests.avatar_core.gaussians.conftest import MakeCloud


def spoiled(cloud: GaussianCloud, array: str, row: int, value: float) -> GaussianCloud:
    changed = getattr(cloud, array).copy()
    changed[row] = value
    return replace(cloud, **{array: changed})


def test_sound_cloud_has_no_findings(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(100, 16)
    assert lint(cloud) == ()
    same, kept = repaired(cloud)
    assert kept.tolist() == list(range(100))
    assert np.array_equal(same.sh, cloud.sh)


def test_empty_cloud_is_sound() -> None:
    assert lint(GaussianCloud.empty(16)) == ()
    assert len(repaired(GaussianCloud.empty(16))[0]) == 0


@pytest.mark.parametrize(
    ("array", "value", "flaw", "repairable"),
    [
        ("means", np.nan, Flaw.PLACE, False),
        ("means", np.inf, Flaw.PLACE, False),
        ("scales", np.nan, Flaw.SIZE, False),
        ("scales", np.inf, Flaw.SIZE, False),
        ("scales", 0.0, Flaw.SIZE, False),
        ("scales", 5.0, Flaw.HUGE, False),
        ("sh", np.nan, Flaw.COLOUR, True),
        ("opacities", np.nan, Flaw.OPACITY, True),
        ("opacities", 1.5, Flaw.OPACITY, True),
        ("opacities", -0.1, Flaw.OPACITY, True),
        ("quats", 0.0, Flaw.ROTATION, True),
        ("quats", np.nan, Flaw.ROTATION, True),
    ],
)
def test_each_flaw_is_found_and_removed(
    make_cloud: MakeCloud, array: str, value: float, flaw: Flaw, repairable: bool
) -> None:
    cloud = spoiled(make_cloud(100, 4), array, 17, value)
    (finding,) = lint(cloud)
    assert finding.flaw is flaw
    assert finding.indices.tolist() == [17]
    assert finding.is_repairable == repairable
    assert str(finding).startswith("1 Gaussian ")
    better, kept = repaired(cloud)
    assert lint(better) == ()
    assert (17 in kept) == repairable
    assert len(better) == len(kept) == (100 if repairable else 99)


def test_repair_leaves_the_others_alone(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(100, 4)
    broken = spoiled(spoiled(cloud, "quats", 3, 0.0), "means", 4, np.nan)
    better, kept = repaired(broken)
    sound = kept != 3
    for name in CLOUD_ARRAYS:
        assert np.array_equal(getattr(better, name)[sound], getattr(cloud, name)[kept[sound]])


def test_findings_are_counted_and_worst_first(make_cloud: MakeCloud) -> None:
    cloud = spoiled(spoiled(make_cloud(100), "quats", 1, 0.0), "means", 2, np.nan)
    cloud = spoiled(cloud, "quats", 5, 0.0)
    findings = lint(cloud)
    assert [finding.flaw for finding in findings] == [Flaw.PLACE, Flaw.ROTATION]
    assert str(findings[1]).startswith("2 Gaussians ")


def test_few_gaussians_cannot_be_huge(make_cloud: MakeCloud) -> None:
    assert lint(spoiled(make_cloud(3), "scales", 0, 5.0)) == ()


def test_all_in_one_spot_is_not_huge(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(100)
    assert lint(replace(cloud, means=np.zeros_like(cloud.means))) == ()


def test_everything_broken_leaves_nothing(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(40)
    broken = replace(cloud, means=np.full_like(cloud.means, np.nan))
    assert len(repaired(broken)[0]) == 0


def _hair(make_cloud: MakeCloud, count: int = 2000) -> GaussianCloud:
    """A ball of Gaussians of about one size."""
    rng = np.random.default_rng(6)
    cloud = make_cloud(count, 4)
    means = rng.normal(size=(count, 3))
    means *= (0.1 * rng.random((count, 1)) ** (1 / 3)) / np.linalg.norm(means, axis=1)[:, None]
    scales = np.float32([0.006, 0.001, 0.001]) * rng.uniform(0.5, 2, (count, 3))
    return replace(
        cloud,
        means=means.astype(np.float32),
        scales=scales.astype(np.float32),
        opacities=np.full(count, 0.7, np.float32),
    )


def test_sound_hair_has_no_findings(make_cloud: MakeCloud) -> None:
    assert lint(_hair(make_cloud), as_hair=True) == ()


@pytest.mark.parametrize(
    ("array", "value", "flaw"),
    [
        ("means", 0.3, Flaw.FLOATER),
        ("scales", 0.06, Flaw.GIANT),
        ("opacities", 0.001, Flaw.INVISIBLE),
    ],
)
def test_what_is_no_hair_is_found_and_left_out_only_when_asked(
    make_cloud: MakeCloud, array: str, value: float, flaw: Flaw
) -> None:
    cloud = spoiled(_hair(make_cloud), array, 17, value)
    assert lint(cloud) == ()
    (finding,) = lint(cloud, as_hair=True)
    assert (finding.flaw, finding.indices.tolist()) == (flaw, [17])
    assert not finding.is_repairable
    assert 17 in repaired(cloud)[1]
    better, kept = repaired(cloud, as_hair=True)
    assert len(better) == 1999
    assert 17 not in kept


def test_a_long_hair_is_no_giant_and_a_lost_lock_no_floater(make_cloud: MakeCloud) -> None:
    cloud = spoiled(_hair(make_cloud), "scales", 3, 0.001)
    cloud.scales[3, 0] = 0.1
    cloud.means[100:120] += 0.25
    assert [finding.flaw for finding in lint(cloud, as_hair=True)] in ([], [Flaw.FLOATER])
    assert lint(GaussianCloud.empty(4), as_hair=True) == ()
    assert lint(make_cloud(3), as_hair=True) == ()
