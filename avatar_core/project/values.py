"""The document's values as plain data and arrays, and back: one form for files and for records.

`pack_…` gives the plain data and puts arrays under `prefix` into a dictionary; `unpack_…` reads
what anyone may have written and raises `ProjectFormatError` for what cannot be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
