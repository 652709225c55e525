"""Looks a capture over before anyone spends hours on it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError
from avatar_core.training.capture_findings import Finding, Severity, finding_of
from avatar_core.training.capture_frame_check import Fault, FrameChecker
from avatar_core.training.capture_frames import HAIR_SERIES, HELD_OUT
from avatar_core.training.capture_head import read_capture_head
from avatar_core.training.capture_index import place_of
from avatar_core.training.capture_summary import ROLES
from avatar_core.training.captures import capture_of, read_indices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.heads import ParametricHead
    from avatar_core.training.capture_frames import CaptureFrame
    from avatar_core.training.captures import Capture

    Step = Callable[[float, str], None]

_REQUIRED = {"file_path": "picture", "head_param_path": "pose", "flame_param_path": "pose"}
_FEW_CAMERAS = 6
_LEARNT = tuple(name for name in ROLES if name != HELD_OUT)
_PARTS = ((Fault.MATTE_MISSING, "mask_path"), (Fault.LABELS_MISSING, "parsing_path"))
"""Parts of a frame that all have or none."""


def check_capture(folder: Path, flame: Path | None, step: Step) -> tuple[Finding, ...]:
    """Everything worth telling about a capture, the worst first. Reads every file once.

    Args:
        folder: of the capture.
        flame: the user's FLAME files, for captures that were tracked with FLAME; looked for in
            their usual folder when None.
        step: gets the share that is done, 0..1, and a word about it; may raise `Cancelled`.
    """
    step(0.0, "Reading the index")
    capture, findings = _opened(folder)
    if capture is not None:
        head = _head(capture, flame, findings)
        findings += _about_parts(capture)
        findings += _about_frames(capture, head, step)
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def _opened(folder: Path) -> tuple[Capture | None, list[Finding]]:
    """The capture without frames whose files are missing, and findings about those."""
    findings: list[Finding] = []
    try:
        indices = read_indices(folder)
        for series, index in indices.items():
            missing = dict(_missing(folder, index["frames"]))
            if missing:
                findings.append(_about_missing(series, sorted(missing.items())))
                index["frames"] = [
                    entry for n, entry in enumerate(index["frames"]) if n not in missing
                ]
        return capture_of(folder, indices), findings
    except AssetError as error:
        return None, [*findings, Finding(Severity.ERROR, error.message, error.hint)]


def _missing(folder: Path, entries: list[dict[str, Any]]) -> list[tuple[int, str]]:
    missing = []
    for number, entry in enumerate(entries):
        for key in _REQUIRED:
            named = entry.get(key)
            if isinstance(named, str) and not place_of(folder, named).is_file():
                missing.append((number, named))
    return missing


def _about_missing(series: str, missing: list[tuple[int, str]]) -> Finding:
    first = missing[0][1]
    if len(missing) == 1:
        message = f"The index of series {series} names a file that is missing: {first}."
    else:
        message = (
            f"The index of series {series} names {len(missing)} files that are missing, the first"
            f" is {first}."
        )
    return Finding(
        Severity.ERROR, message, "Put the files there, or take their frames out of the index."
    )


def _head(capture: Capture, flame: Path | None, findings: list[Finding]) -> ParametricHead | None:
    try:
        return read_capture_head(capture, flame if capture.flame_identity is not None else None)
    except AssetError as error:
        findings.append(Finding(Severity.ERROR, error.message, error.hint))
        return None


def _about_parts(capture: Capture) -> list[Finding]:
    """What the capture as a whole lacks."""
    learnt = capture.frames(*_LEARNT)
    hair = [frame for frame in capture.frames(*HAIR_SERIES) if frame.parsing_path is not None]
    cameras = len({frame.camera_index for frame in learnt})
    unused = [name for name in capture.series if name not in ROLES]
    findings = [
        Finding(Severity.NOTE, f"Series {name} is not used: the trainer knows {', '.join(ROLES)}.")
        for name in unused
    ]
    findings += [
        Finding(Severity.NOTE, f"{warning[0].upper()}{warning[1:]}.")
        for warning in capture.warnings
    ]
    if not learnt:
        said = "There is nothing to train on: no series named hair, face or full."
        findings.append(Finding(Severity.ERROR, said, "Name the series as the trainer knows them."))
    elif cameras < _FEW_CAMERAS:
        said = f"Only {cameras} camera{'s' if cameras > 1 else ''} to learn from."
        hint = "Parts that no camera sees are guessed; eight views and more are good."
        findings.append(Finding(Severity.WARNING, said, hint))
    if learnt and not hair:
        said = "No neutral pictures with labelled hair: the hair stage is left out."
        hint = "Add a series named hair with labels for an avatar with hair of its own."
        findings.append(Finding(Severity.WARNING, said, hint))
    if learnt and not any(frame.mask_path for frame in learnt):
        said = "There are no mattes: the background is learnt as if it were the person."
        findings.append(Finding(Severity.WARNING, said, "Add mattes of the person."))
    if not capture.frames(HELD_OUT):
        said = f"There is no series {HELD_OUT}: the avatar is not measured on unseen pictures."
        findings.append(Finding(Severity.NOTE, said))
    return findings


def _about_frames(capture: Capture, head: ParametricHead | None, step: Step) -> list[Finding]:
    """Faults of single frames, told once for all frames of a series that share one."""
    others = (name for name in capture.series if name not in _LEARNT)
    frames = capture.frames(*_LEARNT, *others)
    checker = FrameChecker(capture.labels, head)
    leaks = _Leaks()
    parts = [part for part in _PARTS if any(getattr(frame, part[1]) for frame in frames)]
    faults: dict[tuple[Fault, str], list[str]] = {}
    for number, frame in enumerate(frames):
        step(number / len(frames), f"Looking at {frame.name}")
        found, content = checker.faults(frame)
        found += [fault for fault, attribute in parts if getattr(frame, attribute) is None]
        if leaks.is_leak(frame, content):
            found.append(Fault.LEAKED)
        for fault in found:
            faults.setdefault((fault, frame.series), []).append(frame.name)
    step(1.0, "Checked")
    order = list(Fault)
    ordered = sorted(faults.items(), key=lambda item: order.index(item[0][0]))
    return [finding_of(fault, series, names) for (fault, series), names in ordered]


class _Leaks:
    """Finds held-out frames that were met before among those that are learnt from."""

    def __init__(self) -> None:
        self._places: set[tuple[int, int]] = set()
        self._pictures: set[bytes] = set()

    def is_leak(self, frame: CaptureFrame, content: bytes) -> bool:
        """Whether a held-out frame is known by moment and camera, or by its picture."""
        place, picture = (frame.timestep, frame.camera_index), hashlib.blake2b(content).digest()
        if frame.series == HELD_OUT:
            return place in self._places or (bool(content) and picture in self._pictures)
        if frame.series in _LEARNT:
            self._places.add(place)
            self._pictures.add(picture)
        return False
