"""Motion: frames, channel groups, smoothing, calibration, mixing, takes."""

from avatar_core.motion.channels import ChannelGroup, group_of_unit, indices_of_group
from avatar_core.motion.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame, blend

__all__ = [
    "ARKIT_UNITS",
    "UNIT_INDEX",
    "ChannelGroup",
    "MotionFrame",
    "blend",
    "group_of_unit",
    "indices_of_group",
]
