"""PlainSetting: a setting whose record is its two values and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from avatar_core.commands.command import Setting
from avatar_core.commands.records import Record
from avatar_core.project.plain import Fields

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Form(Generic[Value]):
    """How a value is written down.

    Args:
        pack: makes plain data of it.
        unpack: reads it from the fields of a record, under a name; raises ProjectFormatError.
    """

    pack: Callable[[Value], Any]
    unpack: Callable[[Fields, str], Value]


TEXT: Form[str] = Form(str, Fields.text)
TEXT_OR_NONE: Form[str | None] = Form(lambda text: text, Fields.text_or_none)


class PlainSetting(Setting):
    """A setting that is written down as `before` and `after`.

    Subclasses are dataclasses with those two fields, in that order.
    """

    __slots__ = ()

    form: ClassVar[Form[Any]]

    def to_record(self) -> Record:
        data = {"before": self.form.pack(self.before), "after": self.form.pack(self.after)}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        before, after = (cls.form.unpack(record.fields, key) for key in ("before", "after"))
        return cls(before, after)  # type: ignore[call-arg]
