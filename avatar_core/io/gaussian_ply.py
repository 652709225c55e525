"""3D Gaussian Splatting `.ply`, in and out, without losing a bit.

Columns are found by name, in any order and any scalar type. The file holds logits, logarithms and
unnormalised quaternions; the cloud holds opacities, metres and unit quaternions. Since such
conversions round, the file's own rows are kept beside the cloud: on writing, a number whose value
has not changed is written with the bits it came with, and only what was edited is converted back.
So reading and writing gives the same file byte for byte (a text file: the same numbers), at the
price of the file's size in memory.

Positions stay in the file's own axes.

Source:
    Kerbl et al. 2023, 3D Gaussian Splatting, and the column names of its published files.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write
from avatar_core.io.ply_columns import (
    COLOURS,
    MEANS,
    NEEDED,
    OPACITY,
    QUATS,
    SCALES,
    decoded,
    encoded,
    rest_names,
)
from avatar_core.io.ply_header import PlyHeader, make_header, read_header
from avatar_core.io.ply_rows import Rows, read_rows, rows_to_bytes
from avatar_core.io.reading import reading

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry.shapes import AnyArray

_NORMALS = ("nx", "ny", "nz")
_REST_COUNTS = {0, 9, 24, 45}

_HINT = "Export it again, or choose another file of 3D Gaussians."


@dataclass(frozen=True, slots=True, eq=False)
class PlyTable:
    """A file as it was read.

    Args:
        header: its header.
        rows: [N] structured array of the Gaussians; not to be written.
        before, after: bytes of other elements, kept as they are.
    """

    header: PlyHeader
    rows: Rows
    before: bytes = b""
    after: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class PlyGaussians:
    """A cloud and what else its file holds.

    Args:
        cloud: the Gaussians; flags are not part of the file.
        extra: [N] columns that the cloud has no place for, such as "nx" or "binding_0".
        comments: the comment lines of the header.
        table: the file they were read from, or None.

    Raises:
        ShapeError: an extra column has another length, or the table other rows.
    """

    cloud: GaussianCloud
    extra: dict[str, AnyArray] = field(default_factory=dict)
    comments: tuple[str, ...] = ()
    table: PlyTable | None = None

    def __post_init__(self) -> None:
        for name, column in self.extra.items():
            if column.shape != (len(self.cloud),):
                raise ShapeError(f"{name}: expected [{len(self.cloud)}], got {list(column.shape)}")
        if self.table is not None and len(self.table.rows) != len(self.cloud):
            raise ShapeError(f"table: expected {len(self.cloud)} rows, got {len(self.table.rows)}")

    def edited(self, cloud: GaussianCloud) -> PlyGaussians:
        """The same rows with other values."""
        return replace(self, cloud=cloud)

    def subset(self, index: Any) -> PlyGaussians:
        """The rows picked by an index array, a boolean mask or a slice, bits and all."""
        table = self.table
        if table is not None:
            table = replace(table, rows=table.rows[index])
        extra = {name: column[index] for name, column in self.extra.items()}
        return PlyGaussians(self.cloud.subset(index), extra, self.comments, table)


def read_gaussian_ply(path: Path | str) -> PlyGaussians:
    """Read a file of Gaussians. Values are taken as they are; `gaussians.lint` judges them.

    Raises:
        AssetError: missing, unreadable, cut off, damaged, or not a file of Gaussians.
    """
    path = Path(path)
    data = _bytes(path)
    header = read_header(data, path.name)
    _expect_gaussians(header, path.name)
    rows, before, after = read_rows(data, header, "vertex", path.name)
    names = rows.dtype.names or ()
    known = {*NEEDED, *rest_names(names)}
    extra = {name: rows[name] for name in names if name not in known}
    return PlyGaussians(
        decoded(rows), extra, header.comments, PlyTable(header, rows, before, after)
    )


def write_gaussian_ply(path: Path | str, gaussians: PlyGaussians) -> None:
    """Write a file of Gaussians; a file that is there already is replaced whole or not at all.

    What was read is written in its own layout; a cloud of the studio in the usual one, binary and
    little endian.

    Raises:
        AssetError: the file cannot be written.
    """
    table = gaussians.table
    if table is None or not _fits(table.header, gaussians):
        table = _fresh_table(gaussians)
    rows = encoded(table.rows, gaussians.cloud, gaussians.extra)
    header = table.header.with_count("vertex", len(rows)).with_comments(gaussians.comments)
    with atomic_write(path) as file:
        file.write(header.to_bytes())
        file.write(table.before)
        file.write(rows_to_bytes(rows, header))
        file.write(table.after)


def _bytes(path: Path) -> bytes:
    with reading(path):
        if path.stat().st_size > limits.PLY_BYTES:
            raise AssetError(f"{path.name} is too large to be edited.", _HINT)
        return path.read_bytes()


def _expect_gaussians(header: PlyHeader, title: str) -> None:
    vertices = header.element("vertex")
    if vertices is None:
        raise AssetError(f"{title} holds no points.", _HINT)
    names = {name for name, _ in vertices.properties}
    if "packed_position" in names:
        raise AssetError(
            f"{title} is a compressed PLY, which is not supported.",
            "Export it as an uncompressed PLY.",
        )
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise AssetError(
            f"{title} holds points but no Gaussians, since {', '.join(missing[:4])} "
            f"{'is' if len(missing) == 1 else 'are'} missing.",
            _HINT,
        )
    rest = len(rest_names(names))
    if rest not in _REST_COUNTS:
        raise AssetError(
            f"{title} has {rest} columns of view-dependent colour, where 0, 9, 24 or 45 belong.",
            _HINT,
        )


def _fits(header: PlyHeader, gaussians: PlyGaussians) -> bool:
    """Whether the file's columns are the ones to be written."""
    vertices = header.element("vertex")
    names = {name for name, _ in vertices.properties} if vertices else set()
    rest = 3 * (gaussians.cloud.sh.shape[1] - 1)
    return names == {*NEEDED, *(f"f_rest_{index}" for index in range(rest)), *gaussians.extra}


def _fresh_table(gaussians: PlyGaussians) -> PlyTable:
    """Rows of zeros in the usual layout, with the extra columns at the end."""
    count, rest = len(gaussians.cloud), 3 * (gaussians.cloud.sh.shape[1] - 1)
    colours = [*COLOURS, *(f"f_rest_{index}" for index in range(rest))]
    names = [*MEANS, *_NORMALS, *colours, *OPACITY, *SCALES, *QUATS]
    codes = dict.fromkeys(names, "f4")
    codes |= {name: _code(column) for name, column in gaussians.extra.items()}
    header = make_header("binary_little_endian", count, tuple(codes.items()), gaussians.comments)
    return PlyTable(header, np.zeros(count, header.elements[0].row))


def _code(column: AnyArray) -> str:
    """The scalar type that holds a column exactly; whole numbers up to 2^53."""
    code = column.dtype.str[1:]
    return {"i8": "f8", "u8": "f8", "f2": "f4", "b1": "u1"}.get(code, code)
