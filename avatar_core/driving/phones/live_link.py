"""Live Link Face: Epic's app for iPhones, in its ARKit mode.

```
u8 version 6 | i32 length, device id | i32 length, subject | i32 frame, f32 part, i32 rate, i32 per
u8 count 61  | f32 value[61]: 52 ARKit weights; yaw, pitch, roll of head, left and right eye
```
Big-endian. A packet without the last line is a moment without a face. What the app leaves open is
settled as in its recordings (`io/live_link_csv.py`): radians, yaw to the person's left, pitch up,
roll towards the right shoulder; the eyeLook weights beside them say which way eye angles go. Where
a version of the app does otherwise, the address says so: `?angles=degrees&flip=pitch`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.phones.angles import lost_face, sane_gaze, sane_weights, turn_from_angles
from avatar_core.driving.phones.packet import Packet, PacketError
from avatar_core.errors import DeviceError
from avatar_core.motion.gaze import gaze_from_weights
from avatar_core.motion.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_VERSION = 6
_UNITS, _VALUES = 52, 61
_LONGEST_NAME = 256
_LENGTH = struct.Struct(">i")
_FRAME = struct.Struct(">ifii")
_NEWER_LEAST = 18  # frame, part, rate and count behind the name

_RADIANS_OF = {"radians": 1.0, "degrees": np.pi / 180, "half_turns": np.pi}
_FLIPS = ("yaw", "pitch", "roll")


class LiveLinkReader:
    """Reads packets of version 6.

    Args:
        radians: what the app's unit of angle is in radians.
        flipped: which of the head's yaw, pitch and roll run the other way.
    """

    def __init__(self, radians: float = 1.0, flipped: tuple[str, ...] = ()) -> None:
        self._scale = radians * np.array([-1.0 if name in flipped else 1.0 for name in _FLIPS])
        self._radians = radians
        self._weights = lost_face()
        self._eye_signs = _EyeSigns()

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> LiveLinkReader:
        """A reader as the options of an address want it.

        Raises:
            DeviceError: an option has no such value.
        """
        angles = options.get("angles", "radians")
        flips = tuple(name for name in options.get("flip", "").split(",") if name)
        if angles not in _RADIANS_OF or not set(flips) <= set(_FLIPS):
            raise DeviceError(
                "Live Link Face cannot be read with these options.",
                "Use angles=radians, degrees or half_turns, and flip=yaw,pitch,roll or some of"
                " them.",
            )
        return cls(_RADIANS_OF[angles], flips)

    def parse(self, data: bytes, time_s: float) -> Packet:
        """Read one datagram; see `PacketReader.parse`."""
        if data[:1] != bytes([_VERSION]):
            raise _not_arkit(data)
        try:
            _, at = _name(data, 1)
            subject, at = _name(data, at)
            frame, part, _, _ = _FRAME.unpack_from(data, at)
        except (struct.error, PacketError):
            raise _not_arkit(data) from None
        at += _FRAME.size
        order = frame + (part if 0 <= part < 1 else 0.0)
        count = data[at] if at < len(data) else 0
        if count == 0:
            motion = MotionFrame(time_s=time_s, confidence=0.0)
        elif count in (_UNITS, _VALUES):
            motion = self._motion(_values(data, at + 1, count), time_s)
        else:
            raise PacketError(f"A packet of Live Link Face holds {count} values, not {_VALUES}.")
        return Packet(motion, order, is_counted=True, subject=subject)

    def _motion(self, values: Float64, time_s: float) -> MotionFrame:
        self._weights = sane_weights(values[:_UNITS], self._weights)
        yaw, pitch, roll = self._scale * values[_UNITS : _UNITS + 3]
        eyes = self._radians * values[_UNITS + 3 :].reshape(2, 3)[:, :2]
        return MotionFrame(
            time_s=time_s,
            weights=self._weights,
            head_rotation=turn_from_angles(yaw, pitch, roll),
            gaze=self._eye_signs.signed(eyes, self._weights),
        )


class _EyeSigns:
    """Which way eye angles run, found by the eyeLook weights that come with them."""

    _KEPT = 0.98
    _AGAINST = -0.3

    def __init__(self) -> None:
        self._products = np.zeros(2)
        self._told = np.zeros(2)
        self._seen = np.zeros(2)

    def signed(self, eyes: Float64, weights: Float32) -> Float32 | None:
        """Gaze of eye angles [2, 2]; None where there are none and the weights have to do."""
        if not np.isfinite(eyes).all() or not eyes.any():
            return None
        eyes = np.clip(eyes, -np.pi, np.pi)
        expected = gaze_from_weights(weights).astype(np.float64)
        self._products = self._KEPT * self._products + (eyes * expected).sum(0)
        self._told = self._KEPT * self._told + (eyes**2).sum(0)
        self._seen = self._KEPT * self._seen + (expected**2).sum(0)
        size = np.maximum(np.sqrt(self._told * self._seen), 1e-12)
        return sane_gaze(np.where(self._products / size < self._AGAINST, -eyes, eyes))


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A text behind its length, and where the next thing begins."""
    (length,) = _LENGTH.unpack_from(data, at)
    at += _LENGTH.size
    if not 0 <= length <= _LONGEST_NAME:
        raise PacketError("A packet of Live Link Face is cut off.")
    return data[at : at + length].decode("utf-8", "replace"), at + length


def _values(data: bytes, at: int, count: int) -> Float64:
    """[61] values of a packet; those beyond its count are 0."""
    if len(data) < at + 4 * count:
        raise PacketError("A packet of Live Link Face is cut off.")
    values = np.zeros(_VALUES)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        values[:count] = np.frombuffer(data, ">f4", count, at)
    return values


def _not_arkit(data: bytes) -> PacketError:
    """Why a datagram is no packet of version 6: the app may be in its other mode."""
    for order in ("<", ">"):
        if len(data) >= 4 + _NEWER_LEAST:
            version, length = struct.unpack_from(f"{order}HH", data)
            name = data[4 : 4 + length]
            if 1 <= version <= 32 and len(data) >= 4 + length + _NEWER_LEAST and _is_name(name):
                return PacketError(
                    "Live Link Face sends MetaHuman controls: switch the app to ARKit mode."
                )
    return PacketError("A packet did not come from Live Link Face.")


def _is_name(data: bytes) -> bool:
    try:
        return 0 < len(data) <= _LONGEST_NAME and data.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False
