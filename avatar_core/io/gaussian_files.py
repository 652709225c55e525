"""Files of 3D Gaussians by their suffix: `.ply`, `.spz` and `.splat`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.io.gaussian_ply import PlyGaussians, read_gaussian_ply, write_gaussian_ply
from avatar_core.io.splat_file import read_splat, write_splat
from avatar_core.io.spz import read_spz, write_spz

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud

GAUSSIAN_SUFFIXES = (".ply", ".spz", ".splat")
"""Of the files that are read and written."""


def read_gaussians(path: Path | str) -> GaussianCloud:
    """Read Gaussians of any known kind of file, in its own axes; `gaussians.lint` judges them.

    Raises:
        AssetError: missing, unreadable, damaged, or another kind of file.
    """
    path = Path(path)
    suffix = _known(path)
    if suffix == ".spz":
        return read_spz(path)
    return read_splat(path) if suffix == ".splat" else read_gaussian_ply(path).cloud


def write_gaussians(path: Path | str, cloud: GaussianCloud, comment: str = "") -> None:
    """Write Gaussians as the suffix says; a file that is there is replaced whole or not at all.

    Args:
        path: the file.
        cloud: [N] with finite values; flags are left out.
        comment: for formats that hold one.

    Raises:
        AssetError: another suffix, or the file cannot be written.
    """
    path = Path(path)
    suffix = _known(path)
    if suffix == ".spz":
        write_spz(path, cloud)
    elif suffix == ".splat":
        write_splat(path, cloud)
    else:
        write_gaussian_ply(path, PlyGaussians(cloud, comments=(comment,) if comment else ()))


def _known(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in GAUSSIAN_SUFFIXES:
        raise AssetError(
            f"{path.name} is no file of 3D Gaussians.", "Choose a .ply, .spz or .splat file."
        )
    return suffix
