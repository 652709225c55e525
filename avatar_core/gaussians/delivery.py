"""Gaussians fit to be handed on: what other programs stumble over is mended and told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.lint import Flaw, lint, mended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians.cloud import GaussianCloud

_TINY_M = 1e-6
_LONG_M = 0.5
_OFF_UNIT = 1e-3
_MANY = 2_000_000
_DISPLAYABLE = 4.0
"""Harmonics beyond this are a colour that no screen shows."""


def fit_for_delivery(cloud: GaussianCloud) -> tuple[GaussianCloud, tuple[str, ...]]:
    """A cloud that any program can read, and what was found and done in sentences.

    Gaussians without a place or a size are left out; colours, opacities and rotations that are none
    are mended, rotations made unit. What is odd and yet sound is only told.

    Args:
        cloud: [N] as edited and posed.
    """
    findings = [each for each in lint(cloud) if each.flaw is not Flaw.HUGE]
    notes = [f"{each} {'Mended' if each.is_repairable else 'Left out'}." for each in findings]
    lost = np.zeros(len(cloud), bool)
    for finding in findings:
        if not finding.is_repairable:
            lost[finding.indices] = True
    sound = mended(cloud).subset(~lost) if findings else cloud
    lengths = np.linalg.norm(sound.quats, axis=1)
    off = np.abs(lengths - 1) > _OFF_UNIT
    if off.any():
        quats = sound.quats.copy()
        quats[off] /= lengths[off, None]
        sound = replace(sound, quats=quats)
        notes.append(_counted(off, "had a rotation that is not of unit length. Made so."))
    return sound, (*notes, *_oddities(sound))


def _oddities(cloud: GaussianCloud) -> list[str]:
    """What is sound and yet worth a look."""
    if not len(cloud):
        return []
    largest = cloud.scales.max(axis=1)
    odd = (
        (largest < _TINY_M, "are smaller than a thousandth of a millimetre in every direction."),
        (largest > _LONG_M, "are larger than half a metre."),
        (np.abs(cloud.sh).max(axis=(1, 2)) > _DISPLAYABLE, "have a colour far beyond a screen's."),
        (cloud.opacities == 0, "cannot be seen, their opacity being 0."),
    )
    notes = [_counted(mask, words) for mask, words in odd if mask.any()]
    if len(cloud) > _MANY:
        notes.append(f"{len(cloud):,} Gaussians are more than viewers in browsers like.")
    return notes


def _counted(mask: NDArray[np.bool_], words: str) -> str:
    count = int(mask.sum())
    noun = "Gaussian" if count == 1 else "Gaussians"
    if count == 1:
        words = words.replace("are ", "is ", 1).replace("have ", "has ", 1)
    return f"{count} {noun} {words}"
