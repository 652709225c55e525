"""One picture of a capture, and what the values of its parsing picture mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Camera
    from avatar_core.heads import HeadParameters


HELD_OUT = "test"
"""Series that is never trained on and that the finished avatar is measured with."""

HAIR_SERIES = ("hair", "hair_small")
"""Series that show the hair at rest."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Which values of a parsing picture mean what.

    Args:
        hair: drawn by Gaussians.
        head: drawn by the mesh.
    """

    hair: frozenset[int]
    head: frozenset[int]


STUDIO_LABELS = Labels(hair=frozenset({8}), head=frozenset(range(1, 8)))
"""0 background, 1 skin, 2 brows and lashes, 3 eyes, 4 mouth, 5 ears, 6 neck, 7 garment, 8 hair."""

CELEBA_LABELS = Labels(
    hair=frozenset({13, 15}),
    head=frozenset(range(1, 18)) - {13, 14},
)
"""CelebAMask-HQ as MeGA uses it: 13 hair, 14 hat, 15 earring (in both), 17 neck, 18 cloth."""


@dataclass(frozen=True, slots=True, eq=False)
class CaptureFrame:
    """One picture. Optional files are None where the capture does not have them."""

    series: str
    timestep: int
    expression_name: str
    camera_index: int
    camera: Camera
    image_path: Path
    mask_path: Path | None
    parsing_path: Path | None
    depth_path: Path | None
    parameters: HeadParameters
    has_hair: bool

    @property
    def name(self) -> str:
        """Unique within the capture."""
        return f"{self.series}/{self.timestep:05d}_{self.camera_index:02d}"
