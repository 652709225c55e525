"""The hair of the demo avatars and the hair presets on one another's heads, as one picture.

python resources/demo/make_swap_sheet.py [--out .github/readme/swap.webp] [--size 176]

Each row is one swap as `hair.transfer` makes it in a layer: four sides of it, then the way there,
a quarter of the strands at a time.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import edited_hair
from avatar_core.hair.scalp_fit import fit_hair
from avatar_core.hair.transfer import swap_into, transplant
from avatar_core.io.avatar_shelf import AvatarShelf, HairShelf
from avatar_core.mega import neutral_frame
from avatar_core.project import hair_of
from avatar_core.project.hair_edits import HairEdits
from avatar_core.recording.offline import portrait_camera
from avatar_core.render.offscreen import release_offscreen, render_frame
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset, HairAsset

AVATARS, PRESETS = ("rosa", "omar"), ("bun", "short")
SIDES_DEG = {"front": 0, "side": 90, "back": 180, "three-quarter": 35}
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
BLEND_DEG = 35
SUPERSAMPLE = 2
QUALITY = 82


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".github/readme/swap.webp"))
    parser.add_argument("--size", type=int, default=176, help="pixels a side of each picture")
    arguments = parser.parse_args()
    shelf, presets = AvatarShelf(), HairShelf()
    avatars = {name: shelf.load(f"demo:{name}") for name in AVATARS}
    rows = []
    for name, avatar in avatars.items():
        others = [hair_of(other) for key, other in avatars.items() if key != name]
        others += [presets.load(f"demo:{key}") for key in PRESETS]
        rows += [swap_row(avatar, hair, arguments.size) for hair in others]
    release_offscreen()
    sheet = np.ascontiguousarray(np.concatenate(rows)[..., ::-1])
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(arguments.out), sheet, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


def swap_row(avatar: AvatarAsset, hair: HairAsset, size: int) -> UInt8:
    """[size, 9 size, 3] an avatar with other hair from four sides, and blended in five shares."""
    foreign = transplant(avatar.hair, avatar.head, hair.gaussians, fit_hair(avatar, hair))
    pictures = []
    for share in SHARES:
        canvas = HairCanvas(avatar.hair, HairEdits())
        swap_into(canvas, foreign, share)
        edits = canvas.result()
        pictures.append(portrait(avatar, edits, BLEND_DEG, size))
    sides = [portrait(avatar, edits, angle, size) for angle in SIDES_DEG.values()]
    return np.concatenate([*sides, *pictures], axis=1)


def portrait(avatar: AvatarAsset, edits: HairEdits, yaw_deg: float, size: int) -> UInt8:
    """[size, size, 3] an avatar at rest with its hair edited."""
    hair = edited_hair(avatar.hair, edits)
    camera = portrait_camera(avatar, size, size, math.radians(yaw_deg))
    return render_frame(
        replace(avatar, hair=hair.cloud),
        hair.worn(neutral_frame(avatar)),
        camera,
        SceneOptions(show_grid=False),
        SUPERSAMPLE,
    )


if __name__ == "__main__":
    main()
