"""The mixer's controls as plain data and arrays, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import (
    ChannelGroup,
    DriverProfile,
    DriverShare,
    GroupSettings,
    IdleSettings,
    MixerSettings,
    Mood,
    SpeechStyle,
)
from avatar_core.motion.driver_profile import MOST_GAIN
from avatar_core.project.motion_values import pack_motion, unpack_motion
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray

MOST_DRIVERS = 64
"""More than anyone has, and few enough to mix."""


def pack_group(settings: GroupSettings) -> PlainData:
    return {
        "gain": settings.gain,
        "offset": settings.offset,
        "muted": settings.muted,
        "smoothing": settings.smoothing,
        "drivers": [{"driver": each.driver, "weight": each.weight} for each in settings.drivers],
        "curve": settings.curve,
        "relative": settings.relative,
    }


def unpack_group(fields: Fields) -> GroupSettings:
    return GroupSettings(
        gain=fields.number("gain", 0.0, 2.0),
        offset=fields.number("offset", -1.0, 1.0),
        muted=fields.flag("muted"),
        smoothing=fields.number("smoothing", 0.0, 1.0),
        drivers=tuple(_unpack_share(each) for each in _few(fields, "drivers")),
        curve=fields.number("curve", -1.0, 1.0),
        relative=fields.number("relative", 0.0, 1.0),
    )


def pack_idle(settings: IdleSettings) -> PlainData:
    return {"blinks": settings.blinks, "head": settings.head, "breath": settings.breath}


def unpack_idle(fields: Fields) -> IdleSettings:
    return IdleSettings(
        blinks=fields.number("blinks", 0.0, 1.0),
        head=fields.number("head", 0.0, 1.0),
        breath=fields.number("breath", 0.0, 1.0),
    )


def pack_speech(style: SpeechStyle) -> PlainData:
    return {
        "amount": style.amount,
        "articulation": style.articulation,
        "mood": style.mood.value,
        "mouth_share": style.mouth_share,
    }


def unpack_speech(fields: Fields) -> SpeechStyle:
    return SpeechStyle(
        amount=fields.number("amount", 0.0, 2.0),
        articulation=fields.number("articulation", 0.0, 1.0),
        mood=fields.choice("mood", Mood),
        mouth_share=fields.number("mouth_share", 0.0, 1.0),
    )


def pack_profile(
    profile: DriverProfile | None, arrays: dict[str, AnyArray], prefix: str
) -> PlainData | None:
    if profile is None:
        return None
    if profile.has_range:
        arrays[f"{prefix}.gains"] = profile.gains
    if profile.gaze_centre is not None:
        arrays[f"{prefix}.gaze_centre"] = profile.gaze_centre
    return {"neutral": pack_motion(profile.neutral, arrays, f"{prefix}.neutral")}


def unpack_profile(fields: Fields | None, arrays: Arrays, prefix: str) -> DriverProfile | None:
    if fields is None:
        return None
    gains, centre = f"{prefix}.gains", f"{prefix}.gaze_centre"
    profile = DriverProfile(
        neutral=unpack_motion(fields.child_or_none("neutral"), arrays, f"{prefix}.neutral"),
        gaze_centre=arrays.get(centre, np.float32, "2 2") if arrays.has(centre) else None,
    )
    if arrays.has(gains):
        return profile.with_gains(arrays.get(gains, np.float32, "52", 0.0, MOST_GAIN))
    return profile


def pack_mixer(mixer: MixerSettings, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    profiles = []
    for at, (driver, profile) in enumerate(mixer.profiles.items()):
        name = f"{prefix}.profiles.{at}"
        packed = pack_profile(profile, arrays, name)
        profiles.append({"driver": driver, "arrays": name, "profile": packed})
    return {
        "groups": {group.value: pack_group(each) for group, each in mixer.groups.items()},
        "profiles": profiles,
        "relative": mixer.relative,
        "mirror": mixer.mirror,
        "holds_gaze": mixer.holds_gaze,
        "idle": pack_idle(mixer.idle),
        "speech": pack_speech(mixer.speech),
    }


def unpack_mixer(fields: Fields, arrays: Arrays) -> MixerSettings:
    groups = fields.child("groups")
    known = {group.value: group for group in ChannelGroup}
    for name in groups.names():
        if name not in known:
            raise damaged(f"mixer.groups names an unknown group, {name!r:.40}")
    return MixerSettings(
        groups={known[name]: unpack_group(groups.child(name)) for name in groups.names()},
        profiles=_unpack_profiles(fields, arrays),
        relative=fields.number("relative", 0.0, 1.0),
        mirror=fields.flag("mirror"),
        holds_gaze=fields.flag("holds_gaze"),
        idle=unpack_idle(fields.child("idle")),
        speech=unpack_speech(fields.child("speech")),
    )


def unpack_drivers(fields: Fields, key: str) -> tuple[str, ...]:
    """The drivers beside the main one: few, and none of them twice."""
    named = (Fields({"driver": each}, key) for each in fields.items(key)[: MOST_DRIVERS + 1])
    drivers = tuple(each.text("driver", least=1) for each in named)
    if len(drivers) > MOST_DRIVERS or len(set(drivers)) < len(drivers):
        raise damaged("it names too many drivers, or one of them twice")
    return drivers


def _unpack_share(fields: Fields) -> DriverShare:
    return DriverShare(fields.text("driver", least=1), fields.number("weight", 0.0, 1.0))


def _unpack_profiles(fields: Fields, arrays: Arrays) -> dict[str, DriverProfile]:
    profiles: dict[str, DriverProfile] = {}
    for entry in fields.children("profiles"):
        driver = entry.text("driver", least=1)
        if driver in profiles:
            raise damaged("it holds the calibration of a driver twice")
        profile = unpack_profile(entry.child("profile"), arrays, entry.text("arrays"))
        profiles[driver] = profile or DriverProfile()
    return profiles


def _few(fields: Fields, key: str) -> list[Fields]:
    entries = fields.children(key)
    if len(entries) > MOST_DRIVERS:
        raise damaged(f"it names more than {MOST_DRIVERS} drivers in one place")
    return entries
