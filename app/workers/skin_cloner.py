"""Copying skin in the background: latents of a neural texture, from one place to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.texture.brushes.latent_clone import latent_clone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.workers.face_atlas import FaceAtlas
    from app.workers.tasks import TaskContext
    from avatar_core.project import BakedPaint
    from avatar_core.texture.brushes.latent_clone import LatentPairs


def clone_skin(
    atlas: FaceAtlas, pairs: Sequence[LatentPairs], task: TaskContext
) -> BakedPaint | None:
    """Skin as it is after a stroke, with all that was copied before; None without a change.

    Args:
        atlas: of the face as it was when the stroke was made.
        pairs: what the stroke copies, on each side of the face.
        task: hears of the progress and may stop it.
    """
    from avatar_core.mega.bake import TEXTURE
    from avatar_core.mega.cloned_skin import with_copies

    cloned = atlas.cloned
    texture = atlas.asset.face.weights[TEXTURE][0]
    for each in pairs:
        task.step(0.0, "Copying skin")
        copies = latent_clone(texture, atlas.map, each)
        if len(copies.texels):
            cloned = with_copies(cloned, copies.texels, copies.deltas)
    return None if cloned is atlas.cloned else cloned
