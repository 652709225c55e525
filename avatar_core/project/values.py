"""The document's values as plain data and arrays, and back: one form for files and for records.

`pack_…` gives the plain data and puts arrays under `prefix` into a dictionary; `unpack_…` reads
what anyone may have written and raises `ProjectFormatError` for what cannot be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    MixerSettings,
    MotionFrame,
)
from avatar_core.project.model import (
    HIGHEST_FPS,
    MOST_PIXELS,
    CameraBookmark,
    Clip,
    Expression,
    Scene,
)
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray

_LOWEST_FPS = 1e-9


def pack_expression(expression: Expression, arrays: dict[str, AnyArray], prefix: str) -> None:
    arrays[f"{prefix}.weights"] = expression.weights
    arrays[f"{prefix}.head_rotation"] = expression.head_rotation
    arrays[f"{prefix}.head_translation"] = expression.head_translation
    arrays[f"{prefix}.gaze"] = expression.gaze


def unpack_expression(arrays: Arrays, prefix: str) -> Expression:
    return Expression(
        weights=arrays.get(f"{prefix}.weights", np.float32, "52", 0.0, 1.0),
        head_rotation=arrays.get(f"{prefix}.head_rotation", np.float32, "3"),
        head_translation=arrays.get(f"{prefix}.head_translation", np.float32, "3"),
        gaze=arrays.get(f"{prefix}.gaze", np.float32, "2"),
    )


def pack_motion(
    frame: MotionFrame | None, arrays: dict[str, AnyArray], prefix: str
) -> PlainData | None:
    if frame is None:
        return None
    arrays[f"{prefix}.weights"] = frame.weights
    arrays[f"{prefix}.head_rotation"] = frame.head_rotation
    arrays[f"{prefix}.head_translation"] = frame.head_translation
    if frame.gaze is not None:
        arrays[f"{prefix}.gaze"] = frame.gaze
    if frame.expression_latent is not None:
        arrays[f"{prefix}.expression_latent"] = frame.expression_latent
    return {"time_s": frame.time_s, "confidence": frame.confidence}


def unpack_motion(fields: Fields | None, arrays: Arrays, prefix: str) -> MotionFrame | None:
    if fields is None:
        return None
    gaze, latent = f"{prefix}.gaze", f"{prefix}.expression_latent"
    return MotionFrame(
        time_s=fields.number("time_s"),
        weights=arrays.get(f"{prefix}.weights", np.float32, "52"),
        head_rotation=arrays.get(f"{prefix}.head_rotation", np.float32, "3"),
        head_translation=arrays.get(f"{prefix}.head_translation", np.float32, "3"),
        gaze=arrays.get(gaze, np.float32, "2 2") if arrays.has(gaze) else None,
        confidence=fields.number("confidence", 0.0, 1.0),
        expression_latent=arrays.get(latent, np.float32, "*") if arrays.has(latent) else None,
    )


def pack_group(settings: GroupSettings) -> PlainData:
    return {
        "gain": settings.gain,
        "offset": settings.offset,
        "muted": settings.muted,
        "smoothing": settings.smoothing,
    }


def unpack_group(fields: Fields) -> GroupSettings:
    return GroupSettings(
        gain=fields.number("gain", 0.0, 2.0),
        offset=fields.number("offset", -1.0, 1.0),
        muted=fields.flag("muted"),
        smoothing=fields.number("smoothing", 0.0, 1.0),
    )


def pack_mixer(mixer: MixerSettings, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    return {
        "groups": {group.value: pack_group(each) for group, each in mixer.groups.items()},
        "neutral": pack_motion(mixer.neutral, arrays, f"{prefix}.neutral"),
        "relative": mixer.relative,
        "mirror": mixer.mirror,
    }


def unpack_mixer(fields: Fields, arrays: Arrays, prefix: str) -> MixerSettings:
    groups = fields.child("groups")
    known = {group.value: group for group in ChannelGroup}
    for name in groups.names():
        if name not in known:
            raise damaged(f"mixer.groups names an unknown group, {name!r:.40}")
    return MixerSettings(
        groups={known[name]: unpack_group(groups.child(name)) for name in groups.names()},
        neutral=unpack_motion(fields.child_or_none("neutral"), arrays, f"{prefix}.neutral"),
        relative=fields.number("relative", 0.0, 1.0),
        mirror=fields.flag("mirror"),
    )


def pack_scene(scene: Scene) -> PlainData:
    return {
        "background": list(scene.background),
        "show_grid": scene.show_grid,
        "show_hair": scene.show_hair,
        "background_image": scene.background_image,
    }


def unpack_scene(fields: Fields) -> Scene:
    red, green, blue = fields.numbers("background", 3, 0.0, 1.0)
    return Scene(
        background=(red, green, blue),
        show_grid=fields.flag("show_grid"),
        show_hair=fields.flag("show_hair"),
        background_image=fields.text("background_image"),
    )


def pack_clip(clip: Clip) -> PlainData:
    return {
        "path": clip.path,
        "take_id": clip.take_id,
        "width_px": clip.width_px,
        "height_px": clip.height_px,
        "fps": clip.fps,
    }


def unpack_clip(fields: Fields) -> Clip:
    return Clip(
        path=fields.text("path", least=1),
        take_id=fields.text("take_id"),
        width_px=fields.whole("width_px", 1, MOST_PIXELS),
        height_px=fields.whole("height_px", 1, MOST_PIXELS),
        fps=fields.number("fps", _LOWEST_FPS, HIGHEST_FPS),
    )


def pack_bookmark(bookmark: CameraBookmark) -> PlainData:
    return {
        "name": bookmark.name,
        "target": list(bookmark.target),
        "yaw_rad": bookmark.yaw_rad,
        "pitch_rad": bookmark.pitch_rad,
        "distance_m": bookmark.distance_m,
        "fov_y_rad": bookmark.fov_y_rad,
    }


def unpack_bookmark(fields: Fields) -> CameraBookmark:
    x, y, z = fields.numbers("target", 3)
    try:
        return CameraBookmark(
            name=fields.text("name"),
            target=(x, y, z),
            yaw_rad=fields.number("yaw_rad"),
            pitch_rad=fields.number("pitch_rad"),
            distance_m=fields.number("distance_m"),
            fov_y_rad=fields.number("fov_y_rad"),
        )
    except ValueError as reason:
        raise damaged(f"a bookmark shows nothing ({reason})") from reason
