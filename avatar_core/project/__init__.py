"""The document and the avatar asset, as plain data."""

from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind, HairAsset
from avatar_core.project.digest import digest, projects_equal
from avatar_core.project.hair_edits import HairChannel, HairEdits, HairLayer
from avatar_core.project.hairstyle import hair_of, with_hair
from avatar_core.project.model import (
    DEMO_AVATAR,
    SLIDERS,
    CameraBookmark,
    Change,
    Clip,
    Expression,
    Part,
    Project,
    Scene,
    is_bundled,
    take_source,
)
from avatar_core.project.paint import (
    Adjustment,
    BakedPaint,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    TexturePart,
)
from avatar_core.project.portrait import CropBox, Portrait, PortraitCode, ProjectPortrait
from avatar_core.project.portrait_settings import (
    PortraitBackground,
    PortraitDriver,
    PortraitEngine,
    PortraitSettings,
)

__all__ = [
    "DEMO_AVATAR",
    "SLIDERS",
    "Adjustment",
    "AvatarAsset",
    "BakedPaint",
    "Blend",
    "CameraBookmark",
    "Change",
    "Clip",
    "CropBox",
    "Expression",
    "FaceAsset",
    "FaceKind",
    "HairAsset",
    "HairChannel",
    "HairEdits",
    "HairLayer",
    "LayerKind",
    "PaintLayer",
    "Painting",
    "Part",
    "Portrait",
    "PortraitBackground",
    "PortraitCode",
    "PortraitDriver",
    "PortraitEngine",
    "PortraitSettings",
    "Project",
    "ProjectPortrait",
    "Raster",
    "Scene",
    "TexturePart",
    "digest",
    "hair_of",
    "is_bundled",
    "projects_equal",
    "take_source",
    "with_hair",
]
