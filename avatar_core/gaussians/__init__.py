"""3D Gaussians: the cloud, spherical harmonics, projection to the image plane, lint."""

from avatar_core.gaussians.cloud import GaussianCloud
from avatar_core.gaussians.harmonics import rotated_sh, seen_colours, sh_from_colours
from avatar_core.gaussians.lint import Finding, lint, repaired
from avatar_core.gaussians.projection import ProjectedGaussians, projected
from avatar_core.gaussians.splatting import splatted

__all__ = [
    "Finding",
    "GaussianCloud",
    "ProjectedGaussians",
    "lint",
    "projected",
    "repaired",
    "rotated_sh",
    "seen_colours",
    "sh_from_colours",
    "splatted",
]
