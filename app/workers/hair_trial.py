"""Other hair tried on a head: read, mended and fitted in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.hair.scalp_fit import fit_hair
from avatar_core.hair.transfer import Transplant, transplant
from avatar_core.heads import neutral_parameters
from avatar_core.io.asset_references import HAIRSTYLES
from avatar_core.io.gaussian_files import GAUSSIAN_SUFFIXES
from avatar_core.project import HairAsset, hair_of
from avatar_core.project.hairstyle import Similarity

if TYPE_CHECKING:
    from app.workers.tasks import TaskContext
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32
    from avatar_core.hair.scalp_fit import HairFit
    from avatar_core.project import AvatarAsset
    from avatar_core.session import Session


@dataclass(frozen=True, slots=True)
class FitWish:
    """What is to be different from the fit: a factor, metres upwards and forwards, a tilt."""

    size: float = 1.0
    up_m: float = 0.0
    forward_m: float = 0.0
    tilt_rad: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class OtherHair:
    """Hair that was read.

    Args:
        name: whose.
        hair: with the scalp it was made on, or bare Gaussians of a file.
        report: what is to be said of it.
    """

    name: str
    hair: HairAsset | GaussianCloud
    report: str


@dataclass(frozen=True, slots=True, eq=False)
class HairTrial:
    """Hair on this head, ready to be blended in.

    Args:
        other: what was read.
        fit: how it came onto the head.
        placed: it there.
        base: the hairstyle it is placed over.
    """

    other: OtherHair
    fit: HairFit
    placed: Transplant
    base: GaussianCloud


def read_hair(session: Session, reference: str, task: TaskContext) -> OtherHair:
    """Hair of an avatar, a hairstyle or a file of 3D Gaussians.

    Raises:
        AvatarError: it cannot be read, or there is none.
    """
    task.step(0.0, "Reading")
    suffix = Path(reference).suffix.lower()
    if suffix in GAUSSIAN_SUFFIXES:
        return _read_gaussians(Path(reference))
    if suffix == ".hair" or reference in HAIRSTYLES.bundled():
        hair = session.wardrobe.load(reference)
    else:
        hair = hair_of(session.avatars.load(reference))
    return OtherHair(hair.name, hair, "")


def try_on(
    asset: AvatarAsset, other: OtherHair, wish: FitWish, task: TaskContext, fit: HairFit | None
) -> HairTrial:
    """Fit hair to a head.

    Args:
        asset: the avatar in the hairstyle it wears.
        other: the hair.
        wish: what is to be different from the fit.
        task: hears of the progress.
        fit: of the same hair, where it is known already.

    Raises:
        AvatarError: the hair was made for another kind of head, or is too little.
    """
    task.step(0.2, "Fitting")
    fit = fit_hair(asset, other.hair) if fit is None else fit
    task.step(0.5, "Placing")
    cloud = other.hair.gaussians if isinstance(other.hair, HairAsset) else other.hair
    scalp = _scalp_middle(asset)
    placed = transplant(asset.hair, asset.head, cloud, fit.corrected(correction(wish, scalp)))
    task.step(1.0, "")
    return HairTrial(other, fit, placed, asset.hair)


def correction(wish: FitWish, middle: Float32) -> Similarity:
    """The map of a wish: scaled and tilted about the middle [3] of the scalp, then moved."""
    axis = np.array([[wish.tilt_rad, 0, 0]], np.float32)
    turn = matrix_from_axis_angle(axis)[0]
    shift = np.array([0, wish.up_m, wish.forward_m], np.float32)
    return Similarity(
        wish.size, turn, np.asarray(middle - wish.size * (turn @ middle) + shift, np.float32)
    )


def report_of(trial: HairTrial) -> str:
    """What is to be said of hair that is tried on."""
    sentences = [f"{trial.other.name}: {len(trial.placed.cloud):,} Gaussians.".replace(",", " ")]
    if trial.other.report:
        sentences.append(trial.other.report)
    fit = trial.fit
    if not isinstance(trial.other.hair, HairAsset):
        sentences.append(
            f"The file is turned, and scaled by {fit.similarity.scale:.3g}; its inner surface "
            f"lies {1000 * fit.residual_m:.0f} mm from the scalp, typically."
        )
    if not fit.is_sure:
        sentences.append("It is not certain how it lies: look from all sides and correct the fit.")
    return " ".join(sentences)


def _read_gaussians(path: Path) -> OtherHair:
    from avatar_core.exchange.hair_import import hair_from_gaussians

    found = hair_from_gaussians(path)
    return OtherHair(found.name, found.gaussians, " ".join(found.notes))


def _scalp_middle(asset: AvatarAsset) -> Float32:
    vertices = asset.head.pose(neutral_parameters(asset.head))
    return np.asarray(vertices[asset.head.topology.scalp_vertex_ids].mean(axis=0), np.float32)
