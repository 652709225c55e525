"""The landmark warp: photographs that perform without any weights. A preview, no torch."""

from avatar_core.emoportraits.landmark_warp.portrait import WarpPortrait

__all__ = ["WarpPortrait"]
