"""Names for FLAME's expressions: maps from ARKit's units, learned from the demo avatar's head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.heads import BlendshapeHead
from avatar_core.heads.arkit_fit import with_arkit_maps
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

FLAME_LICENCE = (
    "The avatar file contains the FLAME head model, which its licence does not let you pass on;"
    " keep the file to yourself."
)


def with_units(head: FlameHead) -> FlameHead:
    """The head with maps from ARKit's units, where it has landmarks to learn them by."""
    try:
        teacher = load_demo_avatar().head
    except AssetError:
        return head
    count = len(head.landmark_face_ids)
    if not isinstance(teacher, BlendshapeHead) or count != len(teacher.topology.landmark_face_ids):
        return head
    return with_arkit_maps(head, teacher, ARKIT_UNITS)
