"""Rasterisers for training and for reference pictures: Gaussians and meshes."""
