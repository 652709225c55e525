"""Live Link Face CSV: the common tongue of face motion capture, in and out.

One row per frame: a timecode, the number of curves, 52 ARKit weights and nine angles. Columns are
found by name, in any case and order; units and angles that are missing stay at rest.

What the format leaves open is settled here. Angles are radians; a file with larger ones than a
neck can do is taken to be in degrees. Yaw is positive to the person's left, pitch up, roll towards
the right shoulder; a head turns by yaw, then pitch, then roll. Recorders differ in the sign of eye
angles, so the eyeLook weights beside them decide; eye angles that are zero throughout were not
recorded. Head position and confidence have no columns; rows without values are moments without
a face.
"""

from __future__ import annotations

import csv
import io
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write
from avatar_core.io.reading import reading
from avatar_core.io.timecode import DEFAULT_BASE, telling_timecodes, times_from_timecodes
from avatar_core.motion import (
    ARKIT_UNITS,
    UNIT_INDEX,
    Take,
    gaze_from_weights,
    with_corrections_baked,
    with_gaze_weights,
)
from avatar_core.motion.take import usual_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

    Bools: TypeAlias = NDArray[np.bool_]

_ANGLES = (
    "HeadYaw", "HeadPitch", "HeadRoll",
    "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
    "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
_CHANNELS = (*ARKIT_UNITS, *_ANGLES)
_MOST_RADIANS = 1.6
_MOST_TOLD = 36_000.0
"""Angles beyond a hundred turns, counted in degrees, were not measured."""
_AGAINST = -0.3
"""Correlation below which eye angles run against the eyeLook weights."""
_HINT = "Export it again from Live Link Face, or choose another file."


def load_live_link_csv(path: Path | str) -> Take:
    """Read a recording of Live Link Face, or of anything that writes its table.

    Returns:
        A take named after the file. Moments without a face hold the last pose with confidence 0.

    Raises:
        AssetError: missing, unreadable, not such a table, or without a single good row.
    """
    path = Path(path)
    codes, values, present = _table(_text(path), path.name)
    times_s, rows, start = times_from_timecodes(codes)
    values = values[rows]
    seen = np.asarray(np.isfinite(values[:, :52]).all(axis=1), np.bool_)
    if not seen.any():
        raise AssetError(f"{path.name} holds no frame with a face.", _HINT)
    values = _held(values, seen)
    angles = values[:, 52:]
    # Comparisons with NaN are false, so this puts it to rest too.
    angles = np.where(np.abs(angles) <= _MOST_TOLD, angles, 0.0)
    if np.abs(angles).max() > _MOST_RADIANS:
        angles = np.radians(angles)
    weights = np.clip(values[:, :52], 0, 1).astype(np.float32)
    return Take(
        id=uuid.uuid4().hex,
        name=path.stem,
        fps=usual_rate(times_s, otherwise=DEFAULT_BASE),
        times_s=times_s,
        weights=weights,
        head_rotation=_turn_from_angles(angles[:, :3]),
        head_translation=np.zeros((len(times_s), 3), np.float32),
        gaze=_gaze_from_angles(angles[:, 3:], weights) if present[52:].any() else None,
        confidence=np.where(seen, 1, 0).astype(np.float32),
        timecode=start,
    )


def save_live_link_csv(take: Take, path: Path | str) -> None:
    """Write a take as it plays, with its corrections and its timecode.

    Head position, confidence, markers and sound have no place there. A head that turns further
    than a neck can is stopped at that, since readers would take its angles for degrees.

    Raises:
        AssetError: the file cannot be written.
    """
    take = _with_signs_told(with_corrections_baked(take))
    turns = np.clip(_angles_from_turn(take.head_rotation), -_MOST_RADIANS, _MOST_RADIANS)
    angles = np.hstack([turns, _eye_angles(take)])
    order = [UNIT_INDEX[unit] for unit in _UNITS_IN_FILE]
    names = [unit[0].upper() + unit[1:] for unit in _UNITS_IN_FILE]
    lines = [",".join(["Timecode", "BlendShapeCount", *names, *_ANGLES])]
    codes = telling_timecodes(take.times_s, take.fps, take.timecode)
    table = np.hstack([take.weights[:, order], angles]).tolist()
    for code, row in zip(codes, table, strict=True):
        lines.append(f"{code},{len(row)}," + ",".join(f"{value:.6f}" for value in row))
    with atomic_write(path) as file:
        file.write(("\r\n".join(lines) + "\r\n").encode("ascii"))


def _file_order() -> tuple[str, ...]:
    """Packet order but for two pairs, which the app's table holds right side first."""
    swapped = {"jawLeft": "jawRight", "mouthLeft": "mouthRight"}
    swapped |= {right: left for left, right in swapped.items()}
    return tuple(swapped.get(unit, unit) for unit in ARKIT_UNITS)


_UNITS_IN_FILE = _file_order()


def _text(path: Path) -> str:
    with reading(path):
        if path.stat().st_size > limits.TABLE_BYTES:
            raise AssetError(f"{path.name} is too large for a recording of a face.", _HINT)
        data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        raise AssetError(f"{path.name} is not a table of text.", _HINT) from reason


def _table(text: str, title: str) -> tuple[list[str], Float64, Bools]:
    """Timecodes, values [T, 61] with NaN where there is none, and which channels [61] exist."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(map(str.strip, row))]
    except csv.Error as reason:
        raise AssetError(f"{title} is not a readable table.", _HINT) from reason
    places = {name.strip().lower(): place for place, name in enumerate(rows[0] if rows else ())}
    columns = [places.get(channel.lower()) for channel in _CHANNELS]
    if all(place is None for place in columns[:52]):
        raise AssetError(f"{title} is not a recording of Live Link Face.", _HINT)
    code_at = places.get("timecode")
    present = np.array([place is not None for place in columns])
    known = [place for place in columns if place is not None]
    values = np.zeros((len(rows) - 1, len(_CHANNELS)))
    for number, row in enumerate(rows[1:]):
        values[number, present] = _numbers(row, known, title)
    if len(rows) > 1 and len(rows[-1]) < len(rows[0]) and np.isnan(values[-1, :52]).any():
        # A recorder that was stopped the hard way leaves half a row.
        rows, values = rows[:-1], values[:-1]
    at = len(rows[0]) if code_at is None else code_at
    codes = [row[at] if at < len(row) else "" for row in rows[1:]]
    return codes, values, present


def _numbers(row: list[str], columns: list[int], title: str) -> list[float]:
    """Values of a row; NaN for cells that are empty, missing or not finite."""
    try:
        return [float(row[at]) if at < len(row) and row[at].strip() else np.nan for at in columns]
    except ValueError as reason:
        raise AssetError(
            f"{title} holds text where numbers should be: {reason!s:.80}.", _HINT
        ) from reason


def _held(values: Float64, seen: Bools) -> Float64:
    """Rows without a face repeat the one before; at the start they are at rest."""
    last = np.maximum.accumulate(np.where(seen, np.arange(len(seen)), -1))
    return np.where((last < 0)[:, None], 0.0, values[last])


def _turn_from_angles(angles: Float64) -> Float32:
    """Axis-angle [T, 3] of (yaw, pitch, roll) [T, 3]."""
    zero = np.zeros(len(angles))
    yaw, pitch, roll = angles.T
    turn = (
        matrix_from_axis_angle(np.stack([zero, yaw, zero], 1))
        @ matrix_from_axis_angle(np.stack([-pitch, zero, zero], 1))
        @ matrix_from_axis_angle(np.stack([zero, zero, roll], 1))
    )
    return axis_angle_from_matrix(turn.astype(np.float32))


def _angles_from_turn(rotation: Float32) -> Float32:
    """(yaw, pitch, roll) [T, 3] of axis-angle [T, 3]."""
    turn = matrix_from_axis_angle(rotation)
    forward = turn[:, :, 2]
    yaw = np.arctan2(forward[:, 0], forward[:, 2])
    pitch = np.arcsin(np.clip(forward[:, 1], -1, 1))
    unrolled = _turn_from_angles(np.stack([yaw, pitch, np.zeros_like(yaw)], 1))
    rest = np.swapaxes(matrix_from_axis_angle(unrolled), 1, 2) @ turn
    roll = np.arctan2(rest[:, 1, 0], rest[:, 0, 0])
    return np.stack([yaw, pitch, roll], 1)


def _with_signs_told(take: Take) -> Take:
    """The take, its eyeLook weights those of its gaze where a reader would turn the angles round.

    It plays the same, since gaze in angles wins over these weights.
    """
    if take.gaze is None:
        return take
    gaze = np.clip(take.gaze, -_MOST_RADIANS, _MOST_RADIANS)
    take = replace(take, gaze=gaze)
    read = _gaze_from_angles(_eye_angles(take).astype(np.float64), take.weights)
    if read is None or np.array_equal(read, gaze):
        return take
    return replace(take, weights=with_gaze_weights(take.weights, gaze))


def _eye_angles(take: Take) -> Float32:
    """(yaw, pitch, roll) [T, 6] of left and right eye."""
    eyes = np.zeros((len(take), 2, 3), np.float32)
    if take.gaze is not None:
        eyes[:, :, :2] = take.gaze
    return eyes.reshape(-1, 6)


def _gaze_from_angles(eyes: Float64, weights: Float32) -> Float32 | None:
    """Gaze [T, 2, 2] of eye angles [T, 6], signed as the eyeLook weights [T, 52] say."""
    if not eyes.any():
        return None
    gaze = eyes.reshape(-1, 2, 3)[:, :, :2].astype(np.float32)
    expected = gaze_from_weights(weights)
    for axis in range(2):
        told, seen = gaze[:, :, axis], expected[:, :, axis]
        size = float(np.linalg.norm(told) * np.linalg.norm(seen))
        if size > 0 and float((told * seen).sum()) / size < _AGAINST:
            gaze[:, :, axis] *= -1
    return gaze
