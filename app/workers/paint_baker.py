"""Baking in the background: layers of paint become part of an avatar's neural texture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar_core.texture.bare import composed, paint_of_texture, texture_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.workers.face_atlas import FaceAtlas
    from app.workers.tasks import TaskContext
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, BakedPaint, Painting


@dataclass(frozen=True, slots=True, eq=False)
class BakedFace:
    """An avatar with paint in its texture.

    Args:
        baked: the paint.
        asset: the avatar with it.
    """

    baked: BakedPaint
    asset: AvatarAsset


def bake_painting(
    asset: AvatarAsset,
    atlas: FaceAtlas,
    painting: Painting,
    task: TaskContext,
    takes: Sequence[Take] = (),
) -> BakedFace:
    """Bake all layers that change the colour.

    Args:
        asset: with a neural face, without paint.
        atlas: of its face.
        painting: what to bake.
        task: hears of the progress and may stop it.
        takes: performances in which the paint is to look right above all.

    Raises:
        AvatarError: the face has no neural texture, or is damaged.
    """
    from avatar_core.mega.assets import model_of
    from avatar_core.mega.bake import bake, baked_asset
    from avatar_core.mega.bake_conditions import conditions_of
    from avatar_core.texture.content import content_digest

    task.step(0.0, "Looking at the layers")
    bare = composed(asset, atlas.base, replace(painting, baked=None))
    paint = paint_of_texture(bare.maps.colour, texture_side(asset))
    baked = bake(
        asset, paint, lambda share: task.step(0.02 + 0.93 * share, "Baking"),
        conditions_of(model_of(asset), takes), content_digest(painting),
    )  # fmt: skip
    task.step(0.95, "Putting the texture together")
    return BakedFace(baked, baked_asset(asset, baked))


def dressed_face(asset: AvatarAsset, baked: BakedPaint, task: TaskContext) -> BakedFace:
    """An avatar with paint that was baked before.

    Raises:
        AvatarError: the paint was baked for another face.
    """
    from avatar_core.mega.bake import baked_asset

    task.step(0.0, "Putting the texture together")
    return BakedFace(baked, baked_asset(asset, baked))
