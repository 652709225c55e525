"""Motion: frames, channel groups, smoothing, calibration, mixing, takes."""

from avatar_core.motion.channels import ChannelGroup, group_of_unit, indices_of_group
from avatar_core.motion.mixer import GroupSettings, MixerSettings
from avatar_core.motion.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame, blend, same_pose
from avatar_core.motion.take import Take, TakeAudio
from avatar_core.motion.take_recorder import TakeRecorder

__all__ = [
    "ARKIT_UNITS",
    "UNIT_INDEX",
    "ChannelGroup",
    "GroupSettings",
    "MixerSettings",
    "MotionFrame",
    "Take",
    "TakeAudio",
    "TakeRecorder",
    "blend",
    "group_of_unit",
    "indices_of_group",
    "same_pose",
]
