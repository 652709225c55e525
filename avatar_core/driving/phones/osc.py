"""Open Sound Control: the messages of one datagram.

Bytes come from the network: every length is checked before it is used, nesting and numbers of
messages are bounded, and whatever does not fit is refused as a whole.

Source:
    The Open Sound Control 1.0 specification, opensoundcontrol.stanford.edu.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from avatar_core.driving.phones.packet import PacketError

if TYPE_CHECKING:
    from collections.abc import Iterator

OscArgument: TypeAlias = float | int | str | bytes | bool | None

_BUNDLE = b"#bundle\0"
_BUNDLE_HEADER = 16
_MOST_DEEP = 4
_MOST_MESSAGES = 1024
_NUMBERS = {
    "i": struct.Struct(">i"),
    "f": struct.Struct(">f"),
    "h": struct.Struct(">q"),
    "d": struct.Struct(">d"),
    "t": struct.Struct(">Q"),
    "c": struct.Struct(">I"),
    "r": struct.Struct(">I"),
    "m": struct.Struct(">I"),
}
_CONSTANTS: dict[str, OscArgument] = {"T": True, "F": False, "N": None, "I": None}
_SIZE = struct.Struct(">i")


@dataclass(frozen=True, slots=True)
class OscMessage:
    """One message.

    Args:
        address: such as "/VMC/Ext/Blend/Val".
        arguments: numbers, texts, blobs and truths; brackets of arrays are left out.
    """

    address: str
    arguments: tuple[OscArgument, ...]


def osc_messages(data: bytes) -> list[OscMessage]:
    """All messages of a datagram in their order, those of bundles and bundles in bundles too.

    Raises:
        PacketError: it is not OSC, is cut off, or holds more than is sensible.
    """
    messages: list[OscMessage] = []
    for message in _elements(data, _MOST_DEEP):
        messages.append(message)
        if len(messages) > _MOST_MESSAGES:
            raise PacketError("A bundle holds too many messages.")
    return messages


def _elements(data: bytes, depth: int) -> Iterator[OscMessage]:
    if not data.startswith(_BUNDLE):
        yield _message(data)
        return
    if depth == 0:
        raise PacketError("Bundles are nested too deep.")
    at = _BUNDLE_HEADER
    if len(data) < at:
        raise PacketError("A bundle is cut off.")
    while at < len(data):
        if at + _SIZE.size > len(data):
            raise PacketError("A bundle is cut off.")
        (size,) = _SIZE.unpack_from(data, at)
        at += _SIZE.size
        if size <= 0 or size % 4 or size > len(data) - at:
            raise PacketError("A bundle holds a message of impossible length.")
        yield from _elements(data[at : at + size], depth - 1)
        at += size


def _message(data: bytes) -> OscMessage:
    if not data.startswith(b"/"):
        raise PacketError("It is not Open Sound Control.")
    address, at = _text(data, 0)
    if at >= len(data):  # old senders leave the types out where there are no arguments
        return OscMessage(address, ())
    types, at = _text(data, at)
    if not types.startswith(","):
        raise PacketError("A message does not say what it holds.")
    arguments: list[OscArgument] = []
    for kind in types[1:]:
        if kind in _NUMBERS:
            number = _NUMBERS[kind]
            if at + number.size > len(data):
                raise PacketError("A message is cut off.")
            arguments += number.unpack_from(data, at)
            at += number.size
        elif kind in "sS":
            text, at = _text(data, at)
            arguments.append(text)
        elif kind == "b":
            blob, at = _blob(data, at)
            arguments.append(blob)
        elif kind in _CONSTANTS:
            arguments.append(_CONSTANTS[kind])
        elif kind not in "[]":
            raise PacketError("A message holds something of an unknown kind.")
    return OscMessage(address, tuple(arguments))


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text that ends with a zero, and where the next thing begins: lengths are fours."""
    end = data.find(b"\0", at)
    if end < 0:
        raise PacketError("A message is cut off.")
    return data[at:end].decode("utf-8", "replace"), end + 4 - end % 4


def _blob(data: bytes, at: int) -> tuple[bytes, int]:
    if at + _SIZE.size > len(data):
        raise PacketError("A message is cut off.")
    (size,) = _SIZE.unpack_from(data, at)
    at += _SIZE.size
    if size < 0 or size > len(data) - at:
        raise PacketError("A message is cut off.")
    return data[at : at + size], at + size + -size % 4
