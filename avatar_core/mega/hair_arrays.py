"""Hair between raw parameters on its canonical head and linear values on the neutral one.

An avatar file shows its hair as a `GaussianCloud` around the neutral head, which every tool
understands. Imported hair lives around another, its canonical, pose of the head, and its raw
parameters lose bits in the conversion: they are kept beside the cloud, and hold for every Gaussian
that was not edited since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from avatar_core.errors import WeightsError
from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.geometry import (
    Float32,
    matrix_from_quat,
    quat_from_matrix,
    quat_multiply,
    rigid_fit,
)
from avatar_core.heads import HeadParameters
from avatar_core.heads import neutral_parameters as neutral_parameters
from avatar_core.project.asset import RAW_HAIR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.heads import ParametricHead
    from avatar_core.mega.hair import CanonicalGaussians

HAIR = RAW_HAIR
"""Prefix of the raw parameters among an avatar's arrays."""

_CANONICAL = "canonical_head."
_OPACITY_MARGIN = 1e-6
_SCALE_RANGE_M = (1e-10, 1e3)
_NO_ROTATION = np.array([1, 0, 0, 0], np.float32)


class Placement(NamedTuple):
    """Rigid map from the canonical head's space to the neutral one's: turn [3, 3], shift [3]."""

    turn: Float32
    shift: Float32


def placement_of(head: ParametricHead, canonical: HeadParameters | None) -> Placement:
    """Where the neutral head's scalp finds hair that was made on the canonical head."""
    if canonical is None:
        return Placement(np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    scalp = head.topology.scalp_vertex_ids
    there, here = head.pose(canonical)[scalp], head.pose(neutral_parameters(head))[scalp]
    return Placement(*rigid_fit(there, here))


def canonical_arrays(canonical: HeadParameters | None) -> dict[str, AnyArray]:
    """The canonical pose as named arrays; none when it is the neutral one."""
    if canonical is None:
        return {}
    arrays: dict[str, AnyArray] = {
        f"{_CANONICAL}expression": canonical.expression,
        f"{_CANONICAL}joints": canonical.joints,
        f"{_CANONICAL}translation": canonical.translation,
    }
    if canonical.shape is not None:
        arrays[f"{_CANONICAL}shape"] = canonical.shape
    return arrays


def canonical_from_arrays(arrays: Mapping[str, AnyArray]) -> HeadParameters | None:
    """What `canonical_arrays` gave; lengths are checked when the head is posed."""
    if f"{_CANONICAL}expression" not in arrays:
        return None
    try:
        values = {
            name: np.array(arrays[f"{_CANONICAL}{name}"], np.float32)
            for name in ("expression", "joints", "translation", "shape")
            if f"{_CANONICAL}{name}" in arrays
        }
        return HeadParameters(**values)
    except (TypeError, ValueError) as error:
        raise WeightsError("The avatar's canonical head is incomplete.") from error


def is_hair_or_pose(name: str) -> bool:
    """Whether an array of an avatar belongs to this module."""
    return name.startswith((HAIR, _CANONICAL))


@torch.no_grad()
def hair_cloud(
    gaussians: CanonicalGaussians, placement: Placement, *, view_dependent: bool = False
) -> GaussianCloud:
    """Gaussians around the neutral head.

    Values that no picture can show (a rotation of zero, a size of zero) become ones it can.

    Args:
        gaussians: the raw parameters.
        placement: of the canonical head.
        view_dependent: with all colour coefficients; otherwise colour is the DC coefficient's.
    """
    splats = gaussians()
    quats = splats.quats.numpy()
    quats = np.where(np.any(quats != 0, 1, keepdims=True), quats, _NO_ROTATION)
    return GaussianCloud(
        means=(splats.means.numpy() @ placement.turn.T + placement.shift).astype(np.float32),
        quats=_turned(placement.turn, quats),
        scales=splats.scales.numpy().clip(*_SCALE_RANGE_M),
        opacities=splats.opacities.numpy(),
        sh=_coefficients(gaussians, placement, view_dependent=view_dependent),
        flags=np.zeros(len(splats.means), np.uint8),
    )


@torch.no_grad()
def load_hair(
    gaussians: CanonicalGaussians,
    hair: GaussianCloud,
    placement: Placement,
    arrays: Mapping[str, AnyArray],
) -> int:
    """Fill raw parameters from a cloud around the neutral head.

    Args:
        gaussians: of as many rows as the cloud.
        hair: linear values; coefficients beyond those of `gaussians` are left out.
        placement: of the canonical head.
        arrays: the avatar's; raw parameters kept among them are taken bit for bit for every
            Gaussian that the cloud shows as they make it.

    Returns:
        Number of Gaussians whose raw parameters come from the cloud.
    """
    derived = _raw_parameters(hair, placement, gaussians._features_rest.shape[1])
    kept = {k.removeprefix(HAIR): v for k, v in arrays.items() if k.startswith(HAIR)}
    shapes = {name: value.shape for name, value in derived.items()}
    unchanged = np.zeros(len(hair), bool)
    if {name: value.shape for name, value in kept.items()} == shapes:
        _fill(gaussians, kept)
        view_dependent = hair.sh.shape[1] > 1
        shown = hair_cloud(gaussians, placement, view_dependent=view_dependent)
        unchanged = _same(shown, hair)
        for name, value in derived.items():
            value[unchanged] = kept[name][unchanged]
    _fill(gaussians, derived)
    return int((~unchanged).sum())


def _fill(gaussians: CanonicalGaussians, arrays: Mapping[str, AnyArray]) -> None:
    for name, parameter in gaussians.named_parameters():
        parameter.copy_(torch.from_numpy(np.array(arrays[name], np.float32)))


def _coefficients(
    gaussians: CanonicalGaussians, placement: Placement, *, view_dependent: bool
) -> Float32:
    constant = np.array(gaussians._features_dc.numpy(), np.float32)
    if not view_dependent:
        return constant
    sh = np.concatenate([constant, gaussians._features_rest.numpy()], 1)
    return sh if _is_no_turn(placement.turn) else rotated_sh(sh, placement.turn)


def _raw_parameters(
    hair: GaussianCloud, placement: Placement, rest_coefficients: int
) -> dict[str, Float32]:
    opacity = hair.opacities.clip(_OPACITY_MARGIN, 1 - _OPACITY_MARGIN)
    rest = np.zeros((len(hair), rest_coefficients, 3), np.float32)
    given = hair.sh if _is_no_turn(placement.turn) else rotated_sh(hair.sh, placement.turn.T)
    shared = min(rest_coefficients, given.shape[1] - 1)
    rest[:, :shared] = given[:, 1 : 1 + shared]
    return {
        "_xyz": (hair.means - placement.shift) @ placement.turn,
        "_features_dc": hair.sh[:, :1].copy(),
        "_features_rest": rest,
        "_scaling": np.log(hair.scales),
        "_rotation": _turned(placement.turn.T, hair.quats),
        "_opacity": np.log(opacity / (1 - opacity))[:, None],
    }


def _turned(turn: Float32, quats: Float32) -> Float32:
    if _is_no_turn(turn):
        return quats.copy()
    return quat_multiply(np.broadcast_to(quat_from_matrix(turn), quats.shape), quats)


def _is_no_turn(turn: Float32) -> bool:
    return np.array_equal(turn, np.eye(3, dtype=np.float32))


def _same(one: GaussianCloud, other: GaussianCloud) -> NDArray[np.bool_]:
    """[N] whether each Gaussian of both is the same, up to how machines round."""
    shared = min(one.sh.shape[1], other.sh.shape[1])
    pairs = (
        (one.means, other.means, 1e-6),
        (matrix_from_quat(one.quats), matrix_from_quat(other.quats), 1e-5),
        (np.log(one.scales), np.log(other.scales), 1e-5),
        (one.opacities, other.opacities, 1e-6),
        (one.sh[:, :shared], other.sh[:, :shared], 1e-6 if shared == 1 else 1e-5),
    )
    same = np.ones(len(one), bool)
    for mine, theirs, tolerance in pairs:
        difference = np.abs(mine - theirs)
        same &= (difference <= tolerance).all(axis=tuple(range(1, difference.ndim)))
    return same
