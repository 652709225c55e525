"""Findings about a capture in plain words: what is wrong, where, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from avatar_core.training.capture_frame_check import LEAST_OVERLAP, Fault


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    """Training stops at it, or learns something false from it."""
    WARNING = "warning"
    """The avatar becomes worse than it could be."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth telling.

    Args:
        severity: how bad it is.
        message: one sentence saying what it is.
        hint: one sentence saying what to do; may be empty.
        frames: names of the frames concerned, as `CaptureFrame.name`; may be empty.
    """

    severity: Severity
    message: str
    hint: str = ""
    frames: tuple[str, ...] = ()


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_COPY = "Copy it again from its source, or take it out of the index."
_SIZE = "Pictures, mattes, labels and depth of a frame must have the size that its camera states."
_CUT = "Make mattes again where they failed."

_WORDS: dict[Fault, tuple[Severity, str, str, str]] = {
    Fault.PICTURE_UNREADABLE: (_ERROR, "picture cannot be read", "pictures cannot be read", _COPY),
    Fault.PICTURE_SIZE: (
        _ERROR, "picture has another size than its camera",
        "pictures have another size than their cameras", _SIZE,
    ),
    Fault.PICTURE_BLANK: (
        _ERROR, "picture shows nothing but one colour",
        "pictures show nothing but one colour", _COPY,
    ),
    Fault.POSE: (
        _ERROR, "frame has an impossible head pose", "frames have impossible head poses",
        "Track these frames again.",
    ),
    Fault.CAMERA_INSIDE: (
        _ERROR, "camera sits inside of the head", "cameras sit inside of the head",
        "Camera poses must be camera to world in metres, with OpenGL axes.",
    ),
    Fault.CAMERA_AWAY: (
        _ERROR, "camera looks past the head", "cameras look past the head",
        "Camera poses must be camera to world in metres, with OpenGL axes.",
    ),
    Fault.HEAD_BESIDE: (
        _WARNING, "frame shows the head elsewhere than its pose says",
        "frames show the head elsewhere than their poses say",
        f"Posed head and matte overlap by less than {LEAST_OVERLAP:.0%}: look at camera, pose"
        " and matte.",
    ),
    Fault.LEAKED: (
        _ERROR, "held-out frame is trained on as well", "held-out frames are trained on as well",
        "Scores and previews would flatter: take these frames out of the series test, or out of"
        " the others.",
    ),
    Fault.MATTE_MISSING: (
        _WARNING, "picture has no matte while others do",
        "pictures have no matte while others do", _CUT,
    ),
    Fault.MATTE_UNREADABLE: (_ERROR, "matte cannot be read", "mattes cannot be read", _COPY),
    Fault.MATTE_SIZE: (
        _ERROR, "matte has another size than its camera",
        "mattes have another size than their cameras", _SIZE,
    ),
    Fault.MATTE_EMPTY: (_ERROR, "matte is empty", "mattes are empty", _CUT),
    Fault.MATTE_FULL: (
        _WARNING, "matte covers the whole picture", "mattes cover the whole picture", _CUT,
    ),
    Fault.LABELS_MISSING: (
        _WARNING, "picture has no labels while others do",
        "pictures have no labels while others do",
        "Hair is learnt only where labels say where it is.",
    ),
    Fault.LABELS_UNREADABLE: (_ERROR, "label picture cannot be read",
                              "label pictures cannot be read", _COPY),
    Fault.LABELS_SIZE: (
        _ERROR, "label picture has another size than its camera",
        "label pictures have another size than their cameras", _SIZE,
    ),
    Fault.LABELS_UNKNOWN: (
        _ERROR, "label picture holds values that mean nothing",
        "label pictures hold values that mean nothing",
        "Store labels without loss and without smoothing, as PNG.",
    ),
    Fault.NO_HAIR: (
        _WARNING, "picture with hair has none labelled", "pictures with hair have none labelled",
        "Mark the frame as one without hair, or make its labels again.",
    ),
    Fault.DEPTH_UNREADABLE: (_ERROR, "depth picture cannot be read",
                             "depth pictures cannot be read", _COPY),
    Fault.DEPTH_SIZE: (
        _ERROR, "depth picture has another size than its camera",
        "depth pictures have another size than their cameras", _SIZE,
    ),
}  # fmt: skip


def finding_of(fault: Fault, series: str, frames: list[str]) -> Finding:
    """One sentence for all frames of a series that share a fault."""
    severity, one, many, hint = _WORDS[fault]
    if len(frames) == 1:
        message = f"1 {one}: {frames[0]}."
    else:
        message = f"{len(frames)} {many} in series {series}, the first is {frames[0]}."
    return Finding(severity, message, hint, tuple(frames))
