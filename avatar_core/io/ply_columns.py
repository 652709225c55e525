"""Columns of a Gaussian PLY to a cloud, and a cloud back into columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray, Float64
    from avatar_core.io.ply_rows import Rows

MEANS = ("x", "y", "z")
COLOURS = ("f_dc_0", "f_dc_1", "f_dc_2")
SCALES = ("scale_0", "scale_1", "scale_2")
QUATS = ("rot_0", "rot_1", "rot_2", "rot_3")
OPACITY = ("opacity",)
NEEDED = (*MEANS, *COLOURS, *OPACITY, *SCALES, *QUATS)

_LEAST_SCALE_M = 1e-12
_LEAST_OPACITY = 1e-7


def rest_names(names: Collection[str]) -> list[str]:
    """The columns of view-dependent colour among some names: f_rest_0, 1, ... without a gap."""
    count = 0
    while f"f_rest_{count}" in names:
        count += 1
    return [f"f_rest_{index}" for index in range(count)]


def decoded(rows: Rows) -> GaussianCloud:
    """The cloud of some rows: logits, logarithms and raw quaternions made plain."""
    rest = rest_names(frozenset(rows.dtype.names or ()))
    # Lint judges what is not a number; that is no reason to complain while reading.
    with np.errstate(all="ignore"):
        return GaussianCloud(
            means=_columns(rows, MEANS),
            quats=_units(_columns(rows, QUATS)),
            scales=np.exp(_columns(rows, SCALES)),
            opacities=(1 / (1 + np.exp(-_columns(rows, OPACITY)[:, 0]))).astype(np.float32),
            sh=_harmonics(_columns(rows, COLOURS), _columns(rows, rest)),
            flags=np.zeros(len(rows), np.uint8),
        )


def _columns(rows: Rows, names: Sequence[str]) -> Float32:
    """[N, len(names)] of some columns, whatever their types."""
    fields = rows.dtype.names or ()
    kinds = {rows.dtype[field] for field in fields}
    if len(kinds) == 1 and names and rows.flags.c_contiguous:
        # Nearly every file: one type throughout, so that the rows are a plain matrix.
        matrix = rows.view(kinds.pop()).reshape(len(rows), len(fields))
        places = [fields.index(name) for name in names]
        if places == list(range(places[0], places[0] + len(places))):
            return matrix[:, places[0] : places[0] + len(places)].astype(np.float32)
        return matrix[:, places].astype(np.float32)
    result = np.empty((len(rows), len(names)), np.float32)
    for place, name in enumerate(names):
        result[:, place] = rows[name]
    return result


def _units(quats: Float32) -> Float32:
    lengths = np.sqrt(np.einsum("nk,nk->n", quats, quats))[:, None]
    return np.where(lengths > 0, quats / lengths, quats).astype(np.float32)


def _harmonics(base: Float32, rest: Float32) -> Float32:
    """[N, K, 3] of the constant part [N, 3] and the rest [N, 3 (K - 1)], channel by channel."""
    count, coefficients = len(base), 1 + rest.shape[1] // 3
    sh = np.empty((count, coefficients, 3), np.float32)
    sh[:, 0] = base
    sh[:, 1:] = rest.reshape(count, 3, coefficients - 1).transpose(0, 2, 1)
    return sh


def encoded(stored: Rows, cloud: GaussianCloud, extra: Mapping[str, AnyArray]) -> Rows:
    """Rows with every number that still has its value as stored, and the others converted."""
    old, new = decoded(stored), cloud
    rows = stored.copy()
    _update(rows, MEANS, old.means, new.means, new.means)
    logarithms = np.log(np.maximum(new.scales, _LEAST_SCALE_M))
    _update(rows, SCALES, old.scales, new.scales, logarithms)
    share = np.clip(new.opacities.astype(np.float64), _LEAST_OPACITY, 1 - _LEAST_OPACITY)
    logits = np.log(share / (1 - share))[:, None]
    _update(rows, OPACITY, old.opacities[:, None], new.opacities[:, None], logits)
    # A quaternion is one value: parts of two normalisations must not meet.
    turned = _differ(old.quats, new.quats).any(axis=1)
    for place, name in enumerate(QUATS):
        rows[name][turned] = new.quats[turned, place]
    for channel in range(3):
        coefficients = new.sh.shape[1] - 1
        first = channel * coefficients
        names = [COLOURS[channel], *(f"f_rest_{first + index}" for index in range(coefficients))]
        values = new.sh[:, :, channel]
        _update(rows, names, old.sh[:, :, channel], values, values)
    for name, column in extra.items():
        rows[name] = column
    return rows


def _update(
    rows: Rows, names: Sequence[str], old: Float32, new: Float32, encoded: Float32 | Float64
) -> None:
    """Write columns [N, len(names)] where the value is not the one that was read."""
    changed = _differ(old, new)
    for place, name in enumerate(names):
        mask = changed[:, place]
        if mask.any():
            rows[name][mask] = encoded[mask, place]


def _differ(old: Float32, new: Float32) -> NDArray[np.bool_]:
    """Where the bits differ; what is not a number equals itself here."""
    different: NDArray[np.bool_] = np.ascontiguousarray(old, np.float32).view(
        np.uint32
    ) != np.ascontiguousarray(new, np.float32).view(np.uint32)
    return different
