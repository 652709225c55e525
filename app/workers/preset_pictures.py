"""Small pictures of make-up, as it looks on the avatar's own face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.heads import neutral_parameters
from avatar_core.project.paint import Painting
from avatar_core.texture.bare import bare_face

if TYPE_CHECKING:
    from app.workers.tasks import TaskContext
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset

_SIZE = 512
_SIDE_PX = 128
_UNITS = 4.2
"""Side of what is shown, half the distances between the outer corners of the eyes."""


def preset_pictures(asset: AvatarAsset, task: TaskContext) -> dict[str, UInt8]:
    """[s, s, 3] by the id of each preset; those that do not fit the head are left out."""
    from avatar_core.errors import AvatarError
    from avatar_core.texture.presets import PRESETS, made_up

    base = bare_face(asset.face.texture, _SIZE)
    rest = asset.head.pose(neutral_parameters(asset.head))
    pictures: dict[str, UInt8] = {}
    for at, preset in enumerate(PRESETS):
        task.step(at / len(PRESETS), f"Looking at {preset.label.lower()}")
        painting = Painting(_SIZE)
        try:
            for layer in made_up(preset, asset.head.topology, _SIZE, vertices=rest):
                painting = painting.with_layer(painting.new_layer_id, layer)
        except AvatarError:
            continue
        pictures[preset.id] = _picture(base, painting, _face_area(asset))
    return pictures


def _picture(base: UInt8, painting: Painting, area: tuple[slice, slice]) -> UInt8:
    import cv2

    from avatar_core.texture.composite import Compositor

    compositor = Compositor(base)
    compositor.update(painting)
    paint = compositor.maps.colour
    bare = ((255 - paint[..., 3:]).astype(np.uint16) * base + 127) // 255
    seen = np.minimum(paint[..., :3] + bare, 255).astype(np.uint8)[area]
    small = cv2.resize(seen, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small, np.uint8)


def _face_area(asset: AvatarAsset) -> tuple[slice, slice]:
    """A square of the atlas around eyes, nose and mouth."""
    from avatar_core.texture.presets.face_map import FaceMap

    face = FaceMap.of(asset.head.topology, _SIZE)
    top, left, height, width = face.rectangle
    side = min(round(_UNITS * face.unit_texels), _SIZE)
    return _around(top + height // 2, side), _around(left + width // 2, side)


def _around(middle: int, side: int) -> slice:
    start = min(max(middle - side // 2, 0), _SIZE - side)
    return slice(start, start + side)
