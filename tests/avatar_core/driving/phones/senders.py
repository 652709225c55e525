"""Simulated phones and apps: datagrams built from the byte layouts, apart from the receivers.

`PhoneOnAir` sends them from a thread of its own, falls silent and comes back, for tests of what a
performance does when a phone goes out of range.
"""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LIVE_LINK_ORDER = (
    "EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft", "EyeLookOutLeft", "EyeLookUpLeft",
    "EyeSquintLeft", "EyeWideLeft", "EyeBlinkRight", "EyeLookDownRight", "EyeLookInRight",
    "EyeLookOutRight", "EyeLookUpRight", "EyeSquintRight", "EyeWideRight", "JawForward",
    "JawLeft", "JawRight", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker", "MouthLeft",
    "MouthRight", "MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight",
    "MouthDimpleLeft", "MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight",
    "MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper", "MouthPressLeft",
    "MouthPressRight", "MouthLowerDownLeft", "MouthLowerDownRight", "MouthUpperUpLeft",
    "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft",
    "BrowOuterUpRight", "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft",
    "NoseSneerRight", "TongueOut", "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw",
    "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip


def live_link(
    values: Mapping[str, float] | None = None,
    *,
    frame: int = 0,
    part: float = 0.0,
    subject: str = "iPhone",
    has_face: bool = True,
) -> bytes:
    """A packet of Live Link Face, version 6; values by the names of its table."""
    name = subject.encode()
    packet = b"\x06" + struct.pack(">i", 36) + b"6B5A0D43-7A8C-4B6E-9B1C-0123456789AB"
    packet += struct.pack(">i", len(name)) + name + struct.pack(">ifii", frame, part, 60, 1)
    if has_face:
        told = values or {}
        packet += b"\x3d" + struct.pack(">61f", *(told.get(n, 0.0) for n in LIVE_LINK_ORDER))
    return packet


def meta_human(byte_order: str = ">") -> bytes:
    """A packet of the app's other mode, of whose layout only the beginning is known."""
    head = struct.pack(f"{byte_order}HH", 1, 6) + b"iPhone"
    return head + struct.pack(f"{byte_order}ifiiH", 7, 0.0, 60, 1, 3) + bytes(30)


def facial_mocap(
    values: Mapping[str, float],
    *,
    version: int = 1,
    head: Sequence[float] | None = (0, 0, 0, 0, 0, -0.6),
    right_eye: Sequence[float] | None = (0, 0, 0),
    left_eye: Sequence[float] | None = (0, 0, 0),
) -> bytes:
    """A packet of iFacialMocap (version 1 or 2) or FaceMotion3D (2); values 0..100, degrees."""
    mark = "&" if version == 2 else "-"
    text = "".join(f"{name}{mark}{value:g}|" for name, value in values.items()) + "="
    for name, numbers in (("head", head), ("rightEye", right_eye), ("leftEye", left_eye)):
        if numbers is not None:
            text += f"{name}#{','.join(f'{number:g}' for number in numbers)}|"
    return text.encode()


def osc(address: str, *arguments: float | str) -> bytes:
    """An OSC message of texts, whole numbers and floats."""
    tags, body = ",", b""
    for argument in arguments:
        if isinstance(argument, str):
            tags += "s"
            body += _osc_text(argument)
        elif isinstance(argument, int):
            tags += "i"
            body += struct.pack(">i", argument)
        else:
            tags += "f"
            body += struct.pack(">f", argument)
    return _osc_text(address) + _osc_text(tags) + body


def osc_bundle(*messages: bytes) -> bytes:
    """An OSC bundle of messages, to be heard at once."""
    body = b"".join(struct.pack(">i", len(message)) + message for message in messages)
    return b"#bundle\0" + struct.pack(">Q", 1) + body


def vmc_messages(
    values: Mapping[str, float],
    bones: Mapping[str, Sequence[float]] | None = None,
    *,
    time_s: float = 1.0,
    applies: bool = True,
) -> list[bytes]:
    """The messages of one frame of a VMC performer; bones as Unity's quaternions xyzw."""
    messages = [osc("/VMC/Ext/OK", 1, 3, 0, 1), osc("/VMC/Ext/T", float(time_s))]
    for bone, quat in (bones or {}).items():
        messages.append(osc("/VMC/Ext/Bone/Pos", bone, 0.0, 0.1, 0.0, *map(float, quat)))
    messages += [osc("/VMC/Ext/Blend/Val", name, float(value)) for name, value in values.items()]
    return [*messages, osc("/VMC/Ext/Blend/Apply")] if applies else messages


def vmc(values: Mapping[str, float], bones: Mapping[str, Sequence[float]] | None = None) -> bytes:
    """The same as one bundle."""
    return osc_bundle(*vmc_messages(values, bones))


OPEN_SEE_FACE_FACING = (0.70710678, -0.70710678, 0.0, 0.0)
"""Its quaternion of a face that looks straight into the camera."""

OPEN_SEE_FACE_FEATURES = (
    "EyeLeft", "EyeRight", "EyebrowSteepnessLeft", "EyebrowUpDownLeft", "EyebrowQuirkLeft",
    "EyebrowSteepnessRight", "EyebrowUpDownRight", "EyebrowQuirkRight", "MouthCornerUpDownLeft",
    "MouthCornerInOutLeft", "MouthCornerUpDownRight", "MouthCornerInOutRight", "MouthOpen",
    "MouthWide",
)  # fmt: skip


def open_see_face(
    features: Mapping[str, float] | None = None,
    *,
    face: int = 0,
    time_s: float = 1.7e9,
    eyes_open: tuple[float, float] = (1.0, 1.0),
    has_3d: bool = True,
    quat: Sequence[float] = OPEN_SEE_FACE_FACING,
    translation: Sequence[float] = (0.0, 0.0, 5.0),
    points: Mapping[int, Sequence[float]] | None = None,
    is_old: bool = False,
) -> bytes:
    """One face of OpenSeeFace.

    Args:
        features: by the names of its Unity receiver.
        face: its number.
        time_s: the tracker's clock.
        eyes_open: how far the right and the left eye are open.
        has_3d: whether its pose was found.
        quat: xyzw, as it sends it.
        translation: as it sends it.
        points: 3D points by number, as it sends them; the eyes look ahead otherwise.
        is_old: a build that sends no features.
    """
    placed = {66: (0, 0, -0.08), 67: (0, 0, -0.08), 68: (0, 0, 0), 69: (0, 0, 0), **(points or {})}
    points_3d = [number for n in range(70) for number in placed.get(n, (0, 0, 0))]
    block = struct.pack("<diffffBf", time_s, face, 640, 480, *eyes_open, int(has_3d), 3.5)
    block += struct.pack("<4f3f3f", *quat, 180, 0, 90, *translation)
    block += struct.pack("<68f136f210f", *[0.9] * 68, *[0.0] * 136, *points_3d)
    if is_old:
        return block
    told = features or {}
    return block + struct.pack("<14f", *(told.get(name, 0.0) for name in OPEN_SEE_FACE_FEATURES))


class Sender:
    """A socket that sends to a receiver on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._target = ("127.0.0.1", port)

    @property
    def endpoint(self) -> tuple[str, int]:
        host, port = self._socket.getsockname()
        return host, port

    def send(self, *packets: bytes) -> None:
        for packet in packets:
            self._socket.sendto(packet, self._target)

    def answer(self, timeout_s: float = 5.0) -> tuple[bytes, tuple[str, int]]:
        """What was sent to this socket, and from where."""
        self._socket.settimeout(timeout_s)
        data, address = self._socket.recvfrom(2048)
        return data, address

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class PhoneOnAir:
    """A phone that sends by itself until it is closed.

    Args:
        port: of the receiver.
        packet: makes the datagram of a frame from its number.
        fps: frames a second.
    """

    def __init__(self, port: int, packet: Callable[[int], bytes], fps: float = 60.0) -> None:
        self._sender = Sender(port)
        self._packet = packet
        self._pause_s = 1 / fps
        self._in_range = threading.Event()
        self._in_range.set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, name="phone on air")
        self._thread.start()

    def leave(self) -> None:
        """Go out of range: nothing arrives any more, frames go on."""
        self._in_range.clear()

    def come_back(self) -> None:
        self._in_range.set()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self) -> None:
        frame = 0
        while not self._stop.wait(self._pause_s):
            frame += 1
            if self._in_range.is_set():
                self._sender.send(self._packet(frame))


def _osc_text(text: str) -> bytes:
    data = text.encode()
    return data + bytes(4 - len(data) % 4)
