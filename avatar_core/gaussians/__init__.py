"""3D Gaussians: the cloud, spherical harmonics, projection to the image plane."""

from avatar_core.gaussians.cloud import GaussianCloud

__all__ = ["GaussianCloud"]
