"""`.spz`: 3D Gaussians in about a tenth of a PLY, in and out.

One gzip stream: a header of 16 bytes, then one block each of positions, opacities, base colours,
scales, rotations and harmonics. Versions 2 and 3 are read, which differ in how rotations are
packed; version 3 is written. Axes are the studio's own: x right as the viewer sees it, y up, z to
the viewer ("RUB" in the format's words).

Positions are written in the finest steps that hold them all, down to a micrometre: the usual 1/4096
of a unit would be a quarter of a millimetre. Harmonics keep all eight bits for the same reason.

Source:
    Niantic, SPZ file format (the description of its header and blocks), versions 2 and 3.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write
from avatar_core.io.reading import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import Float64

_MAGIC = b"NGSP"
_HEADER = struct.Struct("<4sIIBBBB")
_GZIP = b"\x1f\x8b"
_ONE_MEMBER = 31
"""What zlib calls gzip with its header and checksum."""

_OLDER, _WRITTEN = 2, 3
_COEFFICIENTS = {0: 1, 1: 4, 2: 9, 3: 16}
_FINEST_BITS, _COARSEST_BITS = 20, 0
_MOST_BITS_READ = 24
_MOST_STEPS = (1 << 23) - 1
_COLOUR_STEPS, _COLOUR_SCALE = 255.0, 0.15
_LOG_STEPS, _LOG_LOWEST = 16.0, -10.0
_SH_STEPS, _SH_MIDDLE = 128.0, 128
_MAGNITUDE_BITS, _PART_BITS = 9, 10
_MOST_MAGNITUDE = (1 << _MAGNITUDE_BITS) - 1
_HINT = "Export it again as SPZ of version 2 or 3, or as an uncompressed PLY."

SCALE_RANGE_M = (
    float(np.exp(_LOG_LOWEST)),
    float(np.exp(255 / _LOG_STEPS + _LOG_LOWEST)),
)
"""Smallest and largest scale that the format knows."""

CONSTANT_RANGE = 0.5 / _COLOUR_SCALE
"""Largest constant coefficient, either sign."""

REST_RANGE = (-1.0, 127 / _SH_STEPS)
"""Smallest and largest coefficient above the constant one."""


@dataclass(frozen=True, slots=True)
class _Layout:
    version: int
    count: int
    degree: int
    position_bits: int

    @property
    def blocks(self) -> dict[str, int]:
        """Bytes a Gaussian takes in each block, in their order."""
        return {
            "means": 9,
            "opacities": 1,
            "constants": 3,
            "scales": 3,
            "quats": 3 if self.version == _OLDER else 4,
            "rest": 3 * (_COEFFICIENTS[self.degree] - 1),
        }

    @property
    def size(self) -> int:
        return self.count * sum(self.blocks.values())


def read_spz(path: Path | str) -> GaussianCloud:
    """Read a file of Gaussians, versions 2 and 3; `gaussians.lint` judges the values.

    No more is unpacked than the header's count asks for, and that is bounded.

    Raises:
        AssetError: missing, unreadable, damaged, of another version, or too large.
    """
    path = Path(path)
    with reading(path):
        if path.stat().st_size > limits.SPZ_BYTES:
            raise AssetError(f"{path.name} is too large to be read.", _HINT)
        data = path.read_bytes()
    if data.startswith(_MAGIC):
        _expect_version(data, path.name)
    if not data.startswith(_GZIP):
        raise AssetError(f"{path.name} is not an SPZ file.", _HINT)
    unpacker = zlib.decompressobj(_ONE_MEMBER)
    try:
        layout = _layout(unpacker.decompress(data, _HEADER.size), path.name)
        body = unpacker.decompress(unpacker.unconsumed_tail, layout.size + 1)
    except zlib.error as error:
        raise AssetError(f"{path.name} is damaged: {error}.", _HINT) from error
    if len(body) != layout.size or not unpacker.eof:
        raise AssetError(f"{path.name} does not hold what its header says.", _HINT)
    return _decoded(layout, _split(layout, body))


def write_spz(path: Path | str, cloud: GaussianCloud) -> None:
    """Write version 3; a file that is there already is replaced whole or not at all.

    Values beyond what the format knows are cut to it, see `SCALE_RANGE_M`, `CONSTANT_RANGE` and
    `REST_RANGE`.

    Args:
        path: the file.
        cloud: [N] Gaussians with finite values; flags are left out.

    Raises:
        AssetError: a Gaussian lies too far out, or the file cannot be written.
    """
    farthest = float(np.abs(cloud.means).max(initial=0))
    bits = _position_bits(farthest)
    if bits is None:
        raise AssetError(
            f"A Gaussian lies {farthest:.0f} m away, farther than SPZ can tell.",
            "Delete what floats about, or choose PLY.",
        )
    header = _HEADER.pack(_MAGIC, _WRITTEN, len(cloud), cloud.degree, bits, 0, 0)
    blocks = (
        _fixed_24(cloud.means, bits),
        _bytes_of(cloud.opacities.astype(np.float64) * 255),
        _bytes_of((cloud.sh[:, 0].astype(np.float64) * _COLOUR_SCALE + 0.5) * _COLOUR_STEPS),
        _bytes_of((_logs(cloud.scales) - _LOG_LOWEST) * _LOG_STEPS),
        _smallest_three(cloud.quats),
        _bytes_of(cloud.sh[:, 1:].astype(np.float64) * _SH_STEPS + _SH_MIDDLE),
    )
    packer = zlib.compressobj(9, zlib.DEFLATED, _ONE_MEMBER)
    with atomic_write(path) as file:
        file.write(packer.compress(header))
        for block in blocks:
            file.write(packer.compress(block))
        file.write(packer.flush())


def _expect_version(header: bytes, title: str) -> None:
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise AssetError(f"{title} is not an SPZ file.", _HINT)
    version = _HEADER.unpack_from(header)[1]
    if version not in {_OLDER, _WRITTEN}:
        raise AssetError(
            f"{title} is SPZ of version {version}; the studio reads versions 2 and 3.", _HINT
        )


def _layout(header: bytes, title: str) -> _Layout:
    _expect_version(header, title)
    _, version, count, degree, bits, _flags, _ = _HEADER.unpack(header)
    if degree not in _COEFFICIENTS:
        raise AssetError(
            f"{title} has view-dependent colours of degree {degree}; the studio knows 0 to 3.",
            _HINT,
        )
    if bits > _MOST_BITS_READ:
        raise AssetError(f"{title} is damaged: positions of {bits} fractional bits.", _HINT)
    if not 0 < count <= limits.GAUSSIANS:
        raise AssetError(
            f"{title} claims {count:,} Gaussians, where 1 to {limits.GAUSSIANS:,} are possible.",
            _HINT,
        )
    return _Layout(version, count, degree, bits)


def _split(layout: _Layout, body: bytes) -> dict[str, UInt8]:
    """[N, bytes] of each block."""
    blocks, at = {}, 0
    for name, width in layout.blocks.items():
        size = layout.count * width
        part = np.frombuffer(body, np.uint8, size, at)
        blocks[name] = part.reshape(layout.count, width)
        at += size
    return blocks


def _decoded(layout: _Layout, blocks: Mapping[str, UInt8]) -> GaussianCloud:
    count, coefficients = layout.count, _COEFFICIENTS[layout.degree]
    sh = np.empty((count, coefficients, 3), np.float32)
    sh[:, 0] = (blocks["constants"] / _COLOUR_STEPS - 0.5) / _COLOUR_SCALE
    rest = blocks["rest"].astype(np.float32).reshape(count, coefficients - 1, 3)
    sh[:, 1:] = (rest - _SH_MIDDLE) / _SH_STEPS
    unpacked = _first_three if layout.version == _OLDER else _of_smallest_three
    return GaussianCloud(
        means=(_signed_24(blocks["means"]) / (1 << layout.position_bits)).astype(np.float32),
        quats=unpacked(blocks["quats"]),
        scales=np.exp(blocks["scales"] / _LOG_STEPS + _LOG_LOWEST).astype(np.float32),
        opacities=(blocks["opacities"][:, 0] / 255).astype(np.float32),
        sh=sh,
        flags=np.zeros(count, np.uint8),
    )


def _position_bits(farthest: float) -> int | None:
    for bits in range(_FINEST_BITS, _COARSEST_BITS - 1, -1):
        if round(farthest * (1 << bits)) <= _MOST_STEPS:
            return bits
    return None


def _fixed_24(means: Float32, bits: int) -> bytes:
    steps = np.rint(means.astype(np.float64) * (1 << bits)).astype("<i4")
    return np.ascontiguousarray(steps).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _signed_24(block: UInt8) -> Float64:
    """[N, 3] of [N, 9] bytes, the lowest first."""
    parts = block.reshape(-1, 3, 3).astype(np.int32)
    steps = parts[..., 0] | (parts[..., 1] << 8) | (parts[..., 2] << 16)
    return np.where(steps >= 1 << 23, steps - (1 << 24), steps).astype(np.float64)


def _logs(scales: Float32) -> Float64:
    logs: Float64 = np.log(np.maximum(scales.astype(np.float64), SCALE_RANGE_M[0]))
    return logs


def _bytes_of(values: Float64) -> bytes:
    packed: bytes = np.clip(np.rint(values), 0, 255).astype(np.uint8).tobytes()
    return packed


def _smallest_three(quats: Float32) -> bytes:
    """Rotations as four bytes each: which part is largest, and sign and size of the others.

    The order of parts is x, y, z, w; the highest bits name the largest, the lowest ones hold the
    last of the others. The largest is positive, since q and -q turn alike.
    """
    parts = np.roll(quats.astype(np.float64), -1, axis=1)
    parts /= np.linalg.norm(parts, axis=1, keepdims=True)
    largest = np.abs(parts).argmax(axis=1)
    rows = np.arange(len(parts))
    parts *= np.where(parts[rows, largest] < 0, -1.0, 1.0)[:, None]
    sizes = np.rint(np.abs(parts) * (np.sqrt(2) * _MOST_MAGNITUDE)).astype(np.uint32)
    packed = largest.astype(np.uint32)
    for place in range(4):
        code = (parts[:, place] < 0).astype(np.uint32) << np.uint32(_MAGNITUDE_BITS)
        code |= np.minimum(sizes[:, place], _MOST_MAGNITUDE).astype(np.uint32)
        longer = (packed << np.uint32(_PART_BITS)) | code
        packed = np.where(largest == place, packed, longer).astype(np.uint32)
    return bytes(packed.astype("<u4").tobytes())


def _of_smallest_three(block: UInt8) -> Float32:
    """[N, 4] wxyz of [N, 4] bytes."""
    packed = np.ascontiguousarray(block).view("<u4")[:, 0].astype(np.uint32)
    largest = (packed >> np.uint32(30)).astype(np.int64)
    parts = np.zeros((len(block), 4))
    for place in range(3, -1, -1):
        size = (packed & np.uint32(_MOST_MAGNITUDE)) / (np.sqrt(2) * _MOST_MAGNITUDE)
        is_negative = (packed >> np.uint32(_MAGNITUDE_BITS)) & np.uint32(1)
        is_stored = largest != place
        parts[:, place] = np.where(is_stored, np.where(is_negative, -size, size), 0)
        packed = np.where(is_stored, packed >> np.uint32(_PART_BITS), packed)
    rest = np.sqrt(np.maximum(1 - (parts**2).sum(axis=1), 0))
    parts[np.arange(len(block)), largest] = rest
    return _units(np.roll(parts, 1, axis=1))


def _first_three(block: UInt8) -> Float32:
    """[N, 4] wxyz of [N, 3] bytes x, y, z; w is what is left, and not negative."""
    parts = block / 127.5 - 1
    rest = np.sqrt(np.maximum(1 - (parts**2).sum(axis=1, keepdims=True), 0))
    return _units(np.concatenate([rest, parts], axis=1))


def _units(quats: Float64) -> Float32:
    units: Float32 = (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32)
    return units
