"""iFacialMocap and FaceMotion3D: text, 60 times a second, once the phone was asked for it.

```
mouthSmile_R-32|jawOpen-5|...|=head#rx,ry,rz,x,y,z|rightEye#rx,ry,rz|leftEye#rx,ry,rz|
```
Weights are 0..100, behind `-` in version 1 and behind `&` in version 2, which can tell negative
values. Angles are degrees in ARKit's axes, which are ours (the vendor's sample packet looks down
with rx, and to the person's left with ry, greater than 0); positions are metres. Parts come in any
order, and not all of them each time: what is missing stays as it was.

Source:
    ifacialmocap.com/for-developer and facemotion3d.net/english/for-developer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.phones.angles import (
    lost_face,
    sane_gaze,
    sane_place,
    sane_weights,
    turn_from_angles,
)
from avatar_core.driving.phones.packet import Packet, PacketError
from avatar_core.driving.phones.unit_names import unit_of_name
from avatar_core.motion.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

PORT = 49983
FACE_MOTION_3D_PORT = 49993

_START = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
_START_3D = b"FACEMOTION3D_OtherStreaming"
_STOP_3D = b"StopStreaming_FACEMOTION3D"
_MOST_PARTS = 512
_TRACKING = "trackingStatus"


def start_request(port: int) -> bytes:
    """What asks a phone to send; FaceMotion3D is spoken to on its own port."""
    return _START_3D if port == FACE_MOTION_3D_PORT else _START


def stop_request(port: int) -> bytes | None:
    """What asks it to stop; iFacialMocap knows no such word."""
    return _STOP_3D if port == FACE_MOTION_3D_PORT else None


class FacialMocapReader:
    """Reads both versions, and holds what a packet leaves out."""

    def __init__(self) -> None:
        self._weights = lost_face()
        self._turn = np.zeros(3, np.float32)
        self._place = np.zeros(3, np.float32)
        self._eyes: dict[str, tuple[float, float]] = {}

    def parse(self, data: bytes, time_s: float) -> Packet:
        """Read one datagram; see `PacketReader.parse`."""
        parts = data.decode("utf-8", "replace").split("|")
        if len(parts) > _MOST_PARTS:
            raise PacketError("A packet of iFacialMocap holds too many parts.")
        values = np.full(52, np.nan)
        understood = 0
        is_tracked = True
        for part in parts:
            part = part.lstrip("=")
            name, hash_mark, numbers = part.partition("#")
            if hash_mark:
                understood += self._take_turn(name, _numbers(numbers))
                continue
            name, value = _weight(part)
            unit = unit_of_name(name)
            if name == _TRACKING:
                is_tracked = value != 0
            elif unit is not None:
                values[unit] = value / 100
                understood += 1
        if not understood:
            raise PacketError("A packet did not come from iFacialMocap or FaceMotion3D.")
        self._weights = sane_weights(values, self._weights)
        if not is_tracked:
            return Packet(MotionFrame(time_s=time_s, confidence=0.0))
        return Packet(
            MotionFrame(
                time_s=time_s,
                weights=self._weights,
                head_rotation=self._turn,
                head_translation=self._place,
                gaze=self._gaze(),
            )
        )

    def _take_turn(self, name: str, numbers: list[float]) -> bool:
        """Remember where the head or an eye is turned; whether the part was understood."""
        if name not in ("head", "leftEye", "rightEye") or len(numbers) < 3:
            return False
        down, left, roll = np.radians(numbers[:3])
        if name != "head":
            self._eyes[name] = (float(left), -float(down))
            return True
        self._turn = turn_from_angles(left, -down, roll)
        if len(numbers) >= 6:
            self._place = sane_place(np.array(numbers[3:6]))
        return True

    def _gaze(self) -> Float32 | None:
        if len(self._eyes) < 2:
            return None
        return sane_gaze(np.array([self._eyes["leftEye"], self._eyes["rightEye"]]))


def _weight(part: str) -> tuple[str, float]:
    """Name and value of a part; the value is NaN when there is none."""
    mark = "&" if "&" in part else "-"
    name, _, text = part.partition(mark)
    return name, _number(text)


def _numbers(text: str) -> list[float]:
    """Finite numbers between commas; none when there are others among them."""
    numbers = [_number(item) for item in text.split(",", 16)]
    return numbers if all(map(math.isfinite, numbers)) else []


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
