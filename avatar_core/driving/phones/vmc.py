"""VMC: what VSeeFace, Warudo, VMagicMirror and others send of their avatar, as OSC.

Faces come as `/VMC/Ext/Blend/Val name value`, many of them, then `/VMC/Ext/Blend/Apply`; names of
ARKit units ("perfect sync") are taken as they are, and without them VRM's own expressions are told
in units. Heads and eyes come as `/VMC/Ext/Bone/Pos name position quaternion`, in Unity's
left-handed axes: x to the avatar's right, y up, z forward. Messages come bundled or one by one.

Source:
    protocol.vmc.info, version 2.9.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.phones.angles import gaze_along, sane_turn
from avatar_core.driving.phones.osc import osc_messages
from avatar_core.driving.phones.packet import Packet, PacketError
from avatar_core.driving.phones.unit_names import unit_of_name
from avatar_core.driving.phones.vrm_expressions import expression_of_name, units_of_expressions
from avatar_core.geometry import matrix_from_quat, quat_multiply
from avatar_core.geometry.rotations import axis_angle_from_quat
from avatar_core.motion.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.driving.phones.osc import OscArgument, OscMessage
    from avatar_core.geometry import Float32

_PREFIX = "/VMC/Ext/"
_BONES = ("Neck", "Head", "LeftEye", "RightEye")
_FORWARD = np.array([0, 0, 1], np.float32)
_PERFECT_SYNC_UNITS = 10
"""From so many ARKit names on a face speaks ARKit; fewer are extras of an avatar."""
_NEVER_APPLIES = 3
"""So many heads or bundles without an Apply: the sender knows none."""


class VmcReader:
    """Puts the messages of a sender together to frames."""

    def __init__(self) -> None:
        self._units: dict[int, float] = {}
        self._expressions: dict[str, float] = {}
        self._bones: dict[str, Float32] = {}
        self._unapplied = 0.0
        self._is_tracked = True

    def parse(self, data: bytes, time_s: float) -> Packet:
        """Read one datagram; see `PacketReader.parse`.

        A frame is whole when its expressions are applied; of a sender that never applies any, with
        its head or its bundle.
        """
        messages = [m for m in osc_messages(data) if m.address.startswith(_PREFIX)]
        if not messages:
            raise PacketError("A packet did not come from a VMC performer.")
        has_changed = [self._take(message) for message in messages]
        names = {message.address.removeprefix(_PREFIX) for message in messages}
        is_whole = "Blend/Apply" in names
        if is_whole:
            self._unapplied = -math.inf  # it does apply
        elif any(has_changed) and (len(messages) > 1 or _holds_head(messages[0])):
            self._unapplied += 1
            is_whole = self._unapplied >= _NEVER_APPLIES
        return Packet(self._motion(time_s) if is_whole else None, _clock(messages))

    def _take(self, message: OscMessage) -> bool:
        """Remember what a message says; whether it is part of a pose."""
        match message.address.removeprefix(_PREFIX), message.arguments:
            case "Blend/Val", (str(name), float() | int() as value, *_):
                return self._take_value(name, float(value))
            case "Bone/Pos", (str(name), _, _, _, *rest) if name in _BONES:
                return self._take_bone(name, rest[:4])
            case "OK", (loaded, _, _, tracked, *_):
                self._is_tracked = bool(loaded) and bool(tracked)
            case "OK", (loaded, *_):
                self._is_tracked = bool(loaded)
        return False

    def _take_value(self, name: str, value: float) -> bool:
        if not math.isfinite(value):
            return False
        value = min(max(value, 0.0), 1.0)
        unit = unit_of_name(name)
        if unit is not None:
            self._units[unit] = value
            return True
        expression = expression_of_name(name)
        if expression is not None:
            self._expressions[expression] = value
        return expression is not None

    def _take_bone(self, name: str, quat_xyzw: list[OscArgument]) -> bool:
        numbers = [q for q in quat_xyzw if isinstance(q, float) and abs(q) <= 2]
        length = math.hypot(*numbers)
        if len(numbers) < 4 or length < 0.1:  # not finite, or no rotation at all
            return False
        x, y, z, w = (number / length for number in numbers)
        # Unity's x points the other way: the mirror image of a turn.
        self._bones[name] = np.array([w, x, -y, -z], np.float32)
        return True

    def _motion(self, time_s: float) -> MotionFrame:
        if not self._is_tracked:
            return MotionFrame(time_s=time_s, confidence=0.0)
        return MotionFrame(
            time_s=time_s,
            weights=self._weights(),
            head_rotation=self._turn(),
            gaze=self._gaze(),
        )

    def _weights(self) -> Float32:
        weights = np.zeros(52, np.float32)
        for unit, value in self._units.items():
            weights[unit] = value
        if len(self._units) >= _PERFECT_SYNC_UNITS:
            return weights
        return np.maximum(weights, units_of_expressions(self._expressions))

    def _turn(self) -> Float32:
        """How neck and head together turn the face."""
        bones = [self._bones[name] for name in ("Neck", "Head") if name in self._bones]
        if not bones:
            return np.zeros(3, np.float32)
        whole = bones[0] if len(bones) == 1 else quat_multiply(bones[0], bones[1])
        return sane_turn(axis_angle_from_quat(whole))

    def _gaze(self) -> Float32 | None:
        if not {"LeftEye", "RightEye"} <= self._bones.keys():
            return None
        eyes = np.stack([self._bones["LeftEye"], self._bones["RightEye"]])
        return gaze_along((matrix_from_quat(eyes) @ _FORWARD).astype(np.float64))


def _clock(messages: list[OscMessage]) -> float | None:
    """The sender's time, seconds, where a datagram tells it."""
    for message in messages:
        if message.address == f"{_PREFIX}T" and message.arguments:
            value = message.arguments[0]
            if isinstance(value, float) and math.isfinite(value):
                return value
    return None


def _holds_head(message: OscMessage) -> bool:
    return message.address == f"{_PREFIX}Bone/Pos" and message.arguments[:1] == ("Head",)
