"""How fast a file of 150 000 Gaussians is open, against the usual way with plyfile."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.io.gaussian_ply import PlyGaussians, read_gaussian_ply, write_gaussian_ply

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Float32

_SPLATS = 150_000
_REPEATS = 5


def run(splats: int = _SPLATS) -> dict[str, float | None]:
    """Read a file of degree 3 that is in the system's cache.

    Returns:
        `ply_150k_open_s` (best of five), `ply_save_s`, and `ply_ratio`: the time of plyfile and
        numpy for the same arrays ÷ ours; None without plyfile.

    Raises:
        AvatarError: the temporary folder cannot be written.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "hair.ply"
        start = time.perf_counter()
        write_gaussian_ply(path, PlyGaussians(random_cloud(splats)))
        save_s = time.perf_counter() - start
        ours_s = _best_s(lambda: read_gaussian_ply(path))
        baseline_s = None
        try:
            import plyfile  # noqa: F401
        except ImportError:
            pass
        else:
            baseline_s = _best_s(lambda: read_with_plyfile(path))
    return {
        "ply_150k_open_s": round(ours_s, 4),
        "ply_save_s": round(save_s, 4),
        "ply_ratio": None if baseline_s is None else round(baseline_s / ours_s, 2),
    }


def random_cloud(splats: int, seed: int = 0) -> GaussianCloud:
    """Gaussians of degree 3 over a head, metres."""
    rng = np.random.default_rng(seed)
    quats = rng.normal(size=(splats, 4))
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    return GaussianCloud(
        means=rng.normal(scale=0.1, size=(splats, 3)).astype(np.float32),
        quats=quats.astype(np.float32),
        scales=np.exp(rng.normal(-7, 1, size=(splats, 3))).astype(np.float32),
        opacities=rng.uniform(0.05, 0.95, size=splats).astype(np.float32),
        sh=rng.normal(scale=0.2, size=(splats, 16, 3)).astype(np.float32),
        flags=np.zeros(splats, np.uint8),
    )


def read_with_plyfile(path: Path) -> tuple[Float32, ...]:
    """Means, quats, scales, opacities and harmonics, as scripts of the field read them."""
    from plyfile import PlyData

    rows = PlyData.read(str(path))["vertex"]

    def columns(*names: str) -> Float32:
        return np.stack([np.asarray(rows[name]) for name in names], axis=1).astype(np.float32)

    means = columns("x", "y", "z")
    quats = columns(*(f"rot_{index}" for index in range(4)))
    quats = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    scales = np.exp(columns(*(f"scale_{index}" for index in range(3))))
    opacities = 1 / (1 + np.exp(-np.asarray(rows["opacity"])))
    base = columns(*(f"f_dc_{index}" for index in range(3)))[:, None]
    rest = columns(*(f"f_rest_{index}" for index in range(45)))
    sh = np.concatenate([base, rest.reshape(-1, 3, 15).transpose(0, 2, 1)], axis=1)
    return means, quats, scales, opacities, sh


def _best_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
