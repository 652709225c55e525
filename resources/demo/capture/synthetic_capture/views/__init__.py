"""Cameras, pictures, labels and the index of a capture."""
