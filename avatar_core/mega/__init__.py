"""The avatar, evaluated: from a motion sample to what is drawn."""

from avatar_core.mega.plain import Avatar, PlainAvatar, build, neutral_frame
from avatar_core.mega.tolerance import EXACT, LIVE, DecodeTolerance

__all__ = [
    "EXACT",
    "LIVE",
    "Avatar",
    "DecodeTolerance",
    "PlainAvatar",
    "build",
    "neutral_frame",
]
