"""Hair taken off one avatar and put onto another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry import (
    Float32,
    Int32,
    quat_from_matrix,
    quat_multiply,
    similarity_fit,
)
from avatar_core.heads import neutral_parameters
from avatar_core.project.asset import RAW_HAIR, AvatarAsset, FaceAsset, FaceKind, HairAsset
from avatar_core.project.clearance import out_of_head
from avatar_core.project.cover import standing_in
from avatar_core.project.scalp_warp import ScalpWarp

if TYPE_CHECKING:
    from avatar_core.heads import ParametricHead

_SIZES = (0.2, 5.0)
"""Scales between heads that are still heads."""

_FARTHEST = 0.25
"""Of the fitted scalp from the avatar's, as a share of the size of it, root mean square."""


class Similarity(NamedTuple):
    """A map of space: `scale * turn @ x + shift`; turn [3, 3], shift [3] metres."""

    scale: float
    turn: Float32
    shift: Float32

    def points(self, points: Float32) -> Float32:
        """[n, 3] where points [n, 3] go."""
        moved: Float32 = (self.scale * points @ self.turn.T + self.shift).astype(np.float32)
        return moved

    def then(self, other: Similarity) -> Similarity:
        """Both maps, this one first."""
        return Similarity(
            self.scale * other.scale,
            (other.turn @ self.turn).astype(np.float32),
            other.points(self.shift[None])[0],
        )


def hair_of(asset: AvatarAsset, name: str = "", description: str = "") -> HairAsset:
    """An avatar's hair as a hairstyle: without deleted Gaussians, all of it visible.

    Args:
        asset: any avatar with hair.
        name: what the library calls it; after the avatar when empty.
        description: a sentence or two; after the avatar when empty.

    Raises:
        AssetError: the avatar has no hair.
    """
    gaussians = asset.hair.subset((asset.hair.flags & DELETED) == 0)
    if len(gaussians) == 0:
        raise AssetError(
            f"'{asset.name}' has no hair to keep.", "Choose an avatar with Gaussian hair."
        )
    ids = hair_vertex_ids(asset.head)
    return HairAsset(
        name=name or f"{asset.name}'s hair",
        description=description or f"The hair of the avatar '{asset.name}'.",
        gaussians=replace(gaussians, flags=np.zeros(len(gaussians), np.uint8)),
        scalp=_neutral_vertices(asset.head)[ids],
        scalp_vertex_ids=ids,
        provenance={"avatar": asset.name, "made": asset.provenance},
    )


def with_hair(asset: AvatarAsset, hair: HairAsset) -> AvatarAsset:
    """An avatar wearing a hairstyle that was made on another head of the same kind.

    The hair is turned, moved and scaled as its scalp fits the avatar's best, then follows what is
    left of the difference in shape (`ScalpWarp`); colours that depend on the view turn with it.
    What would lie beneath the skin is lifted out of it, since the head under another's hair is no
    trained part of it, and what is buried in the head is left out. What the avatar's own hair
    covers stays covered (`cover.standing_in`). A neural face is told that its hair is foreign.

    Raises:
        AssetError: the hair was made for another kind of head.
    """
    fit = scalp_fit(asset, hair)
    warp = scalp_warp(asset, hair, fit)
    worn = _out_of_head(warp.gaussians(moved_gaussians(hair.gaussians, fit)), asset.head)
    provenance = {"name": hair.name, "made": hair.provenance}
    return replace(
        asset,
        face=_with_foreign_hair(asset.face),
        hair=standing_in(worn, asset.hair, asset.head),
        provenance={**asset.provenance, "hairstyle": provenance},
    )


def scalp_fit(asset: AvatarAsset, hair: HairAsset) -> Similarity:
    """The map from the head a hairstyle was made on to an avatar's, both neutral.

    Raises:
        AssetError: the hair was made for another kind of head.
    """
    ids = hair_vertex_ids(asset.head)
    is_one_point = not np.any(hair.scalp != hair.scalp[0])
    if is_one_point or not np.array_equal(ids, hair.scalp_vertex_ids):
        raise _misfit(asset, hair)
    target = _neutral_vertices(asset.head)[ids]
    fit = Similarity(*similarity_fit(hair.scalp, target))
    left = target - fit.points(hair.scalp)
    spread = target - target.mean(axis=0)
    # Vertices of the same ids may still be those of another mesh; then nothing fits them.
    is_alike = (left**2).sum() <= _FARTHEST**2 * (spread**2).sum()
    if not (_SIZES[0] <= fit.scale <= _SIZES[1] and is_alike):
        raise _misfit(asset, hair)
    return fit


def scalp_warp(asset: AvatarAsset, hair: HairAsset, fit: Similarity) -> ScalpWarp:
    """What an avatar's scalp has left to do to hair that `scalp_fit` has brought there."""
    target = _neutral_vertices(asset.head)[hair.scalp_vertex_ids]
    return ScalpWarp.between(fit.points(hair.scalp), target)


def moved_gaussians(cloud: GaussianCloud, fit: Similarity) -> GaussianCloud:
    """The same Gaussians turned, moved and scaled, colours and all; flags are cleared."""
    turn = quat_from_matrix(fit.turn)
    return GaussianCloud(
        means=fit.points(cloud.means),
        quats=quat_multiply(np.broadcast_to(turn, cloud.quats.shape), cloud.quats),
        scales=(fit.scale * cloud.scales).astype(np.float32),
        opacities=cloud.opacities,
        sh=rotated_sh(cloud.sh, fit.turn),
        flags=np.zeros(len(cloud), np.uint8),
    )


def _out_of_head(cloud: GaussianCloud, head: ParametricHead) -> GaussianCloud:
    means, kept = out_of_head(cloud.means, _neutral_vertices(head), head.topology)
    return replace(cloud, means=means).subset(kept)


def hair_vertex_ids(head: ParametricHead) -> Int32:
    """[S] the vertices that carry the hair; all of them where the head names fewer than three."""
    ids = head.topology.scalp_vertex_ids
    if len(ids) >= 3:
        return ids
    return np.arange(len(_neutral_vertices(head)), dtype=np.int32)


def _with_foreign_hair(face: FaceAsset) -> FaceAsset:
    if face.kind is not FaceKind.NEURAL:
        return face
    # Raw parameters are those of the hair that is gone. Whether harmonics are drawn is the
    # hairstyle's matter: one from an avatar that draws none has none.
    weights = {name: array for name, array in face.weights.items() if not _is_raw(name)}
    options = {**face.options, "foreign_hair": True, "view_dependent_hair": True}
    return replace(face, weights=weights, options=options)


def _is_raw(name: str) -> bool:
    return name.startswith(RAW_HAIR)


def _neutral_vertices(head: ParametricHead) -> Float32:
    return head.pose(neutral_parameters(head))


def _misfit(asset: AvatarAsset, hair: HairAsset) -> AssetError:
    return AssetError(
        f"The hairstyle '{hair.name}' was made for another kind of head than that of "
        f"'{asset.name}'.",
        "Choose a hairstyle made on the same head model.",
    )
