"""Motion: frames, channel groups, smoothing, calibration, mixing, takes."""

from avatar_core.motion.calibration import calibrated, mean_neutral
from avatar_core.motion.channels import (
    ChannelGroup,
    group_of_unit,
    indices_of_group,
    offset_ends,
    units_of_group,
)
from avatar_core.motion.corrections import (
    CORRECTED_COLUMNS,
    NO_CORRECTIONS,
    Corrections,
    Key,
    with_corrections_baked,
)
from avatar_core.motion.driver_profile import DriverProfile, profiled
from avatar_core.motion.gaze import gaze_from_weights, weights_with_gaze, with_gaze_weights
from avatar_core.motion.idle import IdleSettings
from avatar_core.motion.mirror import mirrored
from avatar_core.motion.mixer import Mixer, Tracking
from avatar_core.motion.mixer_settings import DriverShare, GroupSettings, MixerSettings
from avatar_core.motion.motion import ARKIT_UNITS, UNIT_INDEX, MotionFrame, blend, same_pose
from avatar_core.motion.smoothing import GroupSmoother, OneEuro, added_lag_s
from avatar_core.motion.speech_style import Mood, SpeechStyle
from avatar_core.motion.take import Marker, Take, TakeAudio
from avatar_core.motion.take_recorder import TakeRecorder
from avatar_core.motion.timecode import Timecode

__all__ = [
    "ARKIT_UNITS",
    "CORRECTED_COLUMNS",
    "NO_CORRECTIONS",
    "UNIT_INDEX",
    "ChannelGroup",
    "Corrections",
    "DriverProfile",
    "DriverShare",
    "GroupSettings",
    "GroupSmoother",
    "IdleSettings",
    "Key",
    "Marker",
    "Mixer",
    "MixerSettings",
    "Mood",
    "MotionFrame",
    "OneEuro",
    "SpeechStyle",
    "Take",
    "TakeAudio",
    "TakeRecorder",
    "Timecode",
    "Tracking",
    "added_lag_s",
    "blend",
    "calibrated",
    "gaze_from_weights",
    "group_of_unit",
    "indices_of_group",
    "mean_neutral",
    "mirrored",
    "offset_ends",
    "profiled",
    "same_pose",
    "units_of_group",
    "weights_with_gaze",
    "with_corrections_baked",
    "with_gaze_weights",
]
