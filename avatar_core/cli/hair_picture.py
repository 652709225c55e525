"""The picture of a hairstyle: the avatar that wears it, drawn without a window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from avatar_core.geometry.framing import framing_camera
from avatar_core.heads.portrait import portrait_points
from avatar_core.mega import neutral_frame
from avatar_core.render.offscreen import release_offscreen, render_frame
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset

_SIZE_PX = 192
_SUPERSAMPLE = 2
_YAW_RAD = math.radians(35)
_MARGIN = 1.05


def hair_picture(asset: AvatarAsset) -> UInt8:
    """[192, 192, 3] the head at rest, half turned: length and parting are both seen.

    Raises:
        RenderError: the computer offers no OpenGL.
    """
    rest = neutral_frame(asset)
    points = portrait_points(asset.head.topology, rest.vertices, rest.hair_means)
    camera = framing_camera(points, _SIZE_PX, _SIZE_PX, yaw_rad=_YAW_RAD, margin=_MARGIN)
    try:
        return render_frame(asset, rest, camera, SceneOptions(show_grid=False), _SUPERSAMPLE)
    finally:
        release_offscreen()
