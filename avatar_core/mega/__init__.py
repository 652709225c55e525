"""The avatar, evaluated: from a motion sample to what is drawn."""

from avatar_core.mega.plain import Avatar, PlainAvatar, build, neutral_frame

__all__ = ["Avatar", "PlainAvatar", "build", "neutral_frame"]
