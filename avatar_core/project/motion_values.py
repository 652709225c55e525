"""A frame of motion as plain data and arrays, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project.plain import Arrays, Fields, PlainData


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
