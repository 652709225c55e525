"""Painting: what can be done to the textures of a face. Plain arrays, no torch, no Qt."""
