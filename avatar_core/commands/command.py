"""Command: the one way a project changes, and the registry of all kinds of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from avatar_core.project import digest
from avatar_core.project.plain import damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.commands.records import Record
    from avatar_core.project import Change, Project

SMALL = 512
"""Bytes that a command without arrays is counted as."""


class Command(ABC):
    """A frozen value that can be done and undone.

    It names things by id and keeps what it needs both ways, so neither way depends on anything but
    the state it finds: `do` on the state it was made for, `undo` on the state that `do` left. It
    is usually made by its `of(project, ...)`, which reads what was there before and brings numbers
    into their range; what a project file could not hold is refused when the command is made.

    `do` and `undo` replace the project's values, and never write into an array that the project
    held: other threads may be reading it.
    """

    __slots__ = ()

    kind: ClassVar[str]
    """The registered name; it stands in journals, so it never changes."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What the history panel calls it, in the imperative."""

    @abstractmethod
    def do(self, project: Project) -> Change:
        """Change the project and say which parts were touched."""

    @abstractmethod
    def undo(self, project: Project) -> Change:
        """Take back what `do` did, bit for bit."""

    @abstractmethod
    def to_record(self) -> Record:
        """The command as plain data and arrays."""

    @classmethod
    @abstractmethod
    def from_record(cls, record: Record) -> Self:
        """The command of a record that anyone may have written.

        Raises:
            ProjectFormatError: the record does not describe such a command.
        """

    def merged_with(self, later: Command) -> Command | None:
        """One command in place of this and the next one of the same gesture, or None."""
        return None

    @property
    def changes_nothing(self) -> bool:
        """Whether before and after are the same; such a command makes no step."""
        return False

    @property
    def nbytes(self) -> int:
        """Memory it holds, roughly."""
        return SMALL


class Setting(Command):
    """A command that puts `after` in the place of `before`.

    Subclasses are dataclasses with those two fields.
    """

    __slots__ = ()

    before: Any
    after: Any

    @property
    def target(self) -> object:
        """What is set, where one class sets several things; drags merge when it is equal."""
        return None

    @abstractmethod
    def put(self, project: Project, value: Any) -> Change:
        """Make `value` the current one."""

    def do(self, project: Project) -> Change:
        return self.put(project, self.after)

    def undo(self, project: Project) -> Change:
        return self.put(project, self.before)

    def merged_with(self, later: Command) -> Command | None:
        if type(later) is type(self) and later.target == self.target:
            merged: Command = replace(self, after=later.after)  # type: ignore[type-var]
            return merged
        return None

    @property
    def changes_nothing(self) -> bool:
        # By bits, not by value: undo is exact to the sign of a zero.
        return digest(self.before) == digest(self.after)


_Kind = TypeVar("_Kind", bound=type[Command])
_registry: dict[str, type[Command]] = {}


def register(kind: str) -> Callable[[_Kind], _Kind]:
    """Class decorator: give a command its kind and make it known to `command_from_record`.

    Raises:
        ValueError: the kind is taken.
    """

    def decorate(command: _Kind) -> _Kind:
        if kind in _registry:
            raise ValueError(f"kind {kind!r} is taken by {_registry[kind].__name__}")
        command.kind = kind
        _registry[kind] = command
        return command

    return decorate


def registered() -> Mapping[str, type[Command]]:
    """All kinds of commands whose modules were imported."""
    return dict(_registry)


def command_from_record(record: Record) -> Command:
    """The command that a record describes.

    Raises:
        ProjectFormatError: no such kind, or data that this kind cannot have.
    """
    if record.kind not in _registry:
        raise damaged(f"it holds a kind of edit that is not known here, {record.kind!r:.60}")
    try:
        return _registry[record.kind].from_record(record)
    except ValueError as reason:
        raise damaged(f"an edit makes no sense ({record.kind}: {reason})") from reason
