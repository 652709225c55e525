from __future__ import annotations

import sys

import numpy as np
import pytest

from avatar_core.bench import ply
from avatar_core.io.gaussian_ply import PlyGaussians, write_gaussian_ply


def test_the_keys_are_measured():
    results = ply.run(splats=500)

    assert set(results) == {"ply_150k_open_s", "ply_save_s", "ply_ratio"}
    assert results["ply_150k_open_s"] > 0
    assert results["ply_ratio"] > 0


def test_without_plyfile_there_is_no_ratio(monkeypatch):
    monkeypatch.setitem(sys.modules, "plyfile", None)

    assert ply.run(splats=100)["ply_ratio"] is None


def test_the_baseline_gives_the_same_arrays(tmp_path):
    pytest.importorskip("plyfile")
    cloud = ply.random_cloud(50)
    write_gaussian_ply(tmp_path / "hair.ply", PlyGaussians(cloud))

    arrays = ply.read_with_plyfile(tmp_path / "hair.ply")

    expected = (cloud.means, cloud.quats, cloud.scales, cloud.opacities, cloud.sh)
    for array, known in zip(arrays, expected, strict=True):
        np.testing.assert_allclose(array, known, rtol=1e-4, atol=1e-6)
