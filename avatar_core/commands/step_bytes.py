"""Steps of the history as bytes: in journals, and kept in a project."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from avatar_core.commands.command import command_from_record
from avatar_core.commands.history import Step
from avatar_core.commands.records import record_chunks, record_from_bytes
from avatar_core.errors import AssetError, AvatarError
from avatar_core.io import limits
from avatar_core.project.plain import TEXT_LETTERS, damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

_STEP = struct.Struct("<II")
_LENGTH = struct.Struct("<Q")
_COUNTS = struct.Struct("<II")
_MAGIC = b"AVHS"
_ANY_NAME = "surrogatepass"
"""How labels are encoded: they quote names of files, which may be no text on Linux."""


def step_chunks(step: Step) -> list[bytes | memoryview]:
    """A step: bytes of its label, how many commands, the label, length and record of each."""
    label = step.label.encode(errors=_ANY_NAME)
    chunks: list[bytes | memoryview] = [_STEP.pack(len(label), len(step.commands)), label]
    for command in step.commands:
        record = record_chunks(command.to_record())
        chunks += [_LENGTH.pack(sum(map(len, record))), *record]
    return chunks


def step_from_bytes(data: memoryview) -> tuple[Step, int]:
    """The step at the start of some bytes, and how many of them it takes.

    Raises:
        ProjectFormatError: there is none, or it is damaged.
    """
    letters, count = _unpacked(_STEP, data, 0)
    at = _STEP.size + letters
    if letters > 4 * TEXT_LETTERS or not 0 < count <= len(data) // _LENGTH.size:
        raise damaged("a step of the history is impossible")
    try:
        label = bytes(data[_STEP.size : at]).decode(errors=_ANY_NAME)
    except UnicodeDecodeError as reason:
        raise damaged("a step of the history has no readable label") from reason
    commands = []
    for _ in range(count):
        (nbytes,) = _unpacked(_LENGTH, data, at)
        at += _LENGTH.size
        if at + nbytes > len(data):
            raise damaged("a step of the history is cut off")
        commands.append(command_from_record(record_from_bytes(bytes(data[at : at + nbytes]))))
        at += nbytes
    return Step(label, tuple(commands)), at


def steps_from_bytes(data: memoryview, count: int) -> list[Step]:
    """So many steps, one behind the other, and nothing else; raises like `step_from_bytes`."""
    steps: list[Step] = []
    for _ in range(count):
        step, nbytes = step_from_bytes(data)
        steps.append(step)
        data = data[nbytes:]
    if len(data):
        raise damaged("the history is longer than it says")
    return steps


def kept_part(steps: Sequence[Step], index: int, most_bytes: int) -> slice:
    """The part of a history that a project keeps.

    Those next to the present state are the dearest: first those that undo would take back, then
    those that redo would bring.

    Args:
        steps: the history's.
        index: how many of them are done.
        most_bytes: of memory, and of the file, roughly.
    """
    first = last = index
    left = most_bytes
    while first > 0 and last - first < limits.HISTORY_STEPS and left >= steps[first - 1].nbytes:
        first -= 1
        left -= steps[first].nbytes
    while last < len(steps) and last - first < limits.HISTORY_STEPS and left >= steps[last].nbytes:
        left -= steps[last].nbytes
        last += 1
    return slice(first, last)


def kept_bytes(steps: Sequence[Step], index: int) -> bytes:
    """Such a part as bytes, `index` of it done; nothing for no steps."""
    if not steps:
        return b""
    chunks = [chunk for step in steps for chunk in step_chunks(step)]
    return b"".join([_MAGIC, _COUNTS.pack(len(steps), index), *chunks])


def steps_of(data: bytes) -> tuple[list[Step], int]:
    """The steps of `kept_bytes` and how many of them are done; nothing of no bytes.

    Raises:
        ProjectFormatError: damaged, or from a newer release.
    """
    if not data:
        return [], 0
    count, index = _unpacked(_COUNTS, memoryview(data), len(_MAGIC))
    if not data.startswith(_MAGIC) or index > count or count > limits.HISTORY_STEPS:
        raise damaged("its history does not begin like one")
    return steps_from_bytes(memoryview(data)[len(_MAGIC) + _COUNTS.size :], count), index


def readable_steps(data: bytes) -> tuple[list[Step], int, AvatarError | None]:
    """What `steps_of` gives; where they are damaged, none, and what to say about it."""
    try:
        return *steps_of(data), None
    except AvatarError:
        warning = AssetError(
            "The history kept in this project is damaged, so undo begins anew.",
            "The project itself is whole.",
        )
        return [], 0, warning


def _unpacked(layout: struct.Struct, data: memoryview, at: int) -> tuple[int, ...]:
    if len(data) < at + layout.size:
        raise damaged("a step of the history is cut off")
    return layout.unpack_from(data, at)
