"""Commands that edit a take: its frames and sound, or what is noted on it."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from avatar_core.commands.command import SMALL, Command, Setting, register
from avatar_core.commands.entries import entry_of, replaced
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.commands.takes import refuse_unstorable, take_bytes
from avatar_core.project import Change, Part, digest
from avatar_core.project.plain import Arrays
from avatar_core.project.take_values import (
    pack_corrections,
    pack_markers,
    pack_take,
    pack_timecode,
    unpack_corrections,
    unpack_markers,
    unpack_take,
    unpack_timecode,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.motion import Corrections, Marker, Take, Timecode
    from avatar_core.project import Project

_BEFORE, _AFTER = "before", "after"


@register("edit_take")
@dataclass(frozen=True, slots=True, eq=False)
class EditTake(Command):
    """Put an edited take in the place of itself.

    Arrays that the edit left alone are held once; so a take with a long sound costs little when
    only its face was edited.

    Args:
        before: the take as it was.
        after: the same take, edited; it has the same id.
        what: what was done, in the imperative, such as "Trim".

    Raises:
        AssetError: the edited take holds what a project could not keep, such as NaN.
        ValueError: another take.
    """

    before: Take
    after: Take
    what: str

    def __post_init__(self) -> None:
        if self.after.id != self.before.id:
            raise ValueError("after: expected the same take, edited")
        refuse_unstorable(self.after)

    @classmethod
    def of(cls, project: Project, take: Take, what: str) -> Self:
        """Replace the take of the same id by `take`; its name is not an edit and stays.

        Raises:
            ValueError: there is no such take.
        """
        before = entry_of(project.takes, take.id)
        return cls(before, replace(take, name=before.name), what)

    @property
    def label(self) -> str:
        return f"{self.what} {self.after.name}"

    @property
    def changes_nothing(self) -> bool:
        return digest(self.before) == digest(self.after)

    @property
    def nbytes(self) -> int:
        return SMALL + take_bytes(self.before, self.after)

    def do(self, project: Project) -> Change:
        return self._put(project, self.after)

    def undo(self, project: Project) -> Change:
        return self._put(project, self.before)

    def _put(self, project: Project, take: Take) -> Change:
        project.takes = replaced(project.takes, take.id, take)
        # A take may play as the driver, too.
        return Change.of(Part.TAKES)

    def to_record(self) -> Record:
        before: dict[str, AnyArray] = {}
        after: dict[str, AnyArray] = {}
        data = {
            _BEFORE: pack_take(self.before, before, _BEFORE),
            _AFTER: pack_take(self.after, after, _AFTER),
            "what": self.what,
        }
        same = [name for name, array in after.items() if _is_same(array, before.get(_twin(name)))]
        changed = {name: array for name, array in after.items() if name not in same}
        return Record(self.kind, {**data, "same": same}, {**before, **changed})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        arrays = dict(record.arrays)
        for name in fields.items("same"):
            if isinstance(name, str) and _twin(name) in arrays:
                arrays[name] = arrays[_twin(name)]
        typed = Arrays(arrays, record.kind)
        return cls(
            before=unpack_take(fields.child(_BEFORE), typed, _BEFORE),
            after=unpack_take(fields.child(_AFTER), typed, _AFTER),
            what=fields.text("what"),
        )


class _Note(Setting):
    """One of the values noted on a take; a subclass says how it packs such a value."""

    __slots__ = ()

    take_id: str

    @property
    def target(self) -> object:
        return self.take_id

    def _noted(self, project: Project, **value: Any) -> Change:
        take = replace(entry_of(project.takes, self.take_id), **value)
        project.takes = replaced(project.takes, self.take_id, take)
        return Change.of(Part.TAKES)

    @staticmethod
    @abstractmethod
    def _packed(value: Any, arrays: dict[str, AnyArray], name: str) -> Any:
        """The value as plain data; its arrays are put under names that begin with `name`."""

    @staticmethod
    @abstractmethod
    def _unpacked(record: Record, name: str) -> Any:
        """The value of that name, of a record that anyone may have written."""

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "take_id": self.take_id,
            _BEFORE: self._packed(self.before, arrays, _BEFORE),
            _AFTER: self._packed(self.after, arrays, _AFTER),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        take_id = record.fields.text("take_id", least=1)
        return cls(take_id, cls._unpacked(record, _BEFORE), cls._unpacked(record, _AFTER))  # type: ignore[call-arg]


@register("set_take_markers")
@dataclass(frozen=True, slots=True)
class SetTakeMarkers(_Note):
    """Set, move, name or remove the markers of a take."""

    take_id: str
    before: tuple[Marker, ...]
    after: tuple[Marker, ...]

    @classmethod
    def of(cls, project: Project, take_id: str, markers: Iterable[Marker]) -> Self:
        """Give a take other markers, in any order; they are put into that of their times.

        Raises:
            ValueError: there is no such take, or a time is not finite.
        """
        tidy = [replace(each, name=tidy_name(each.name, "Marker")) for each in markers]
        after = tuple(sorted(tidy, key=lambda each: each.time_s))
        take = entry_of(project.takes, take_id)
        replace(take, markers=after)
        return cls(take_id, take.markers, after)

    @property
    def label(self) -> str:
        more = len(self.after) - len(self.before)
        return "Add marker" if more > 0 else "Remove marker" if more < 0 else "Change marker"

    def put(self, project: Project, value: tuple[Marker, ...]) -> Change:
        return self._noted(project, markers=value)

    @staticmethod
    def _packed(value: tuple[Marker, ...], arrays: dict[str, AnyArray], name: str) -> Any:
        return pack_markers(value)

    @staticmethod
    def _unpacked(record: Record, name: str) -> tuple[Marker, ...]:
        return unpack_markers(record.fields.children(name))


@register("set_take_corrections")
@dataclass(frozen=True, slots=True)
class SetTakeCorrections(_Note):
    """Set, move or remove keys on top of a take, or bypass them all."""

    take_id: str
    before: Corrections
    after: Corrections

    @classmethod
    def of(cls, project: Project, take_id: str, corrections: Corrections) -> Self:
        """Give a take other corrections.

        Raises:
            ValueError: there is no such take.
        """
        return cls(take_id, entry_of(project.takes, take_id).corrections, corrections)

    @property
    def label(self) -> str:
        if self.after.is_bypassed != self.before.is_bypassed:
            return "Bypass corrections" if self.after.is_bypassed else "Use corrections"
        return "Correct take"

    def put(self, project: Project, value: Corrections) -> Change:
        return self._noted(project, corrections=value)

    @staticmethod
    def _packed(value: Corrections, arrays: dict[str, AnyArray], name: str) -> Any:
        return pack_corrections(value, arrays, name)

    @staticmethod
    def _unpacked(record: Record, name: str) -> Corrections:
        return unpack_corrections(record.fields.child(name), record.typed_arrays, name)


@register("set_take_timecode")
@dataclass(frozen=True, slots=True)
class SetTakeTimecode(_Note):
    """Say when on the shoot a take began, or that nobody knows."""

    take_id: str
    before: Timecode | None
    after: Timecode | None

    @classmethod
    def of(cls, project: Project, take_id: str, timecode: Timecode | None) -> Self:
        """Give a take another timecode.

        Raises:
            ValueError: there is no such take.
        """
        return cls(take_id, entry_of(project.takes, take_id).timecode, timecode)

    @property
    def label(self) -> str:
        return "Clear timecode" if self.after is None else "Set timecode"

    def put(self, project: Project, value: Timecode | None) -> Change:
        return self._noted(project, timecode=value)

    @staticmethod
    def _packed(value: Timecode | None, arrays: dict[str, AnyArray], name: str) -> Any:
        return pack_timecode(value)

    @staticmethod
    def _unpacked(record: Record, name: str) -> Timecode | None:
        return unpack_timecode(record.fields.child_or_none(name))


def _twin(name: str) -> str:
    """The name in `before` of an array in `after`."""
    return _BEFORE + name.removeprefix(_AFTER)


def _is_same(array: AnyArray, other: AnyArray | None) -> bool:
    if other is None or array.dtype != other.dtype or array.shape != other.shape:
        return False
    return array is other or np.array_equal(
        np.ascontiguousarray(array).reshape(-1).view(np.uint8),
        np.ascontiguousarray(other).reshape(-1).view(np.uint8),
    )
