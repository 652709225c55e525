"""Commands on the sliders: single units, the head pose, whole expressions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from avatar_core.commands.array_edit import ArrayEdit
from avatar_core.commands.command import Command, Setting, register
from avatar_core.commands.records import Record
from avatar_core.motion import UNIT_INDEX
from avatar_core.project import Change, Expression, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


@register("set_blendshape")
@dataclass(frozen=True, slots=True)
class SetBlendshape(Setting):
    """Move one slider.

    Args:
        name: ARKit unit.
        before: 0..1, exactly as the project held it.
        after: 0..1.

    Raises:
        ValueError: no such unit, or a value outside 0..1.
    """

    name: str
    before: float
    after: float

    def __post_init__(self) -> None:
        if self.name not in UNIT_INDEX:
            raise ValueError(f"name: no ARKit unit is called {self.name!r:.60}")
        if not (0.0 <= self.before <= 1.0 and 0.0 <= self.after <= 1.0):
            raise ValueError(f"{self.name}: expected 0..1, got {self.before} and {self.after}")

    @classmethod
    def of(cls, project: Project, name: str, value: float) -> Self:
        """Move a slider to `value`, brought into 0..1."""
        after = float(np.float32(min(max(value, 0.0), 1.0))) + 0.0
        return cls(name, project.expression.weight(name), after)

    @property
    def label(self) -> str:
        return f"Set {self.name}"

    @property
    def target(self) -> object:
        return self.name

    def to_record(self) -> Record:
        return Record(self.kind, {"name": self.name, "before": self.before, "after": self.after})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(fields.text("name"), fields.number("before"), fields.number("after"))

    def put(self, project: Project, value: float) -> Change:
        project.expression = project.expression.with_weight(self.name, value)
        return Change.of(Part.EXPRESSION)


class PosePart(StrEnum):
    """What `SetHeadPose` sets; the values are the names in `Expression`."""

    ROTATION = "head_rotation"
    """[3] axis-angle, radians."""
    TRANSLATION = "head_translation"
    """[3] metres."""
    GAZE = "gaze"
    """[2] (yaw, pitch) radians."""

    @property
    def size(self) -> int:
        return 2 if self is PosePart.GAZE else 3


_POSE_LABELS = {
    PosePart.ROTATION: "Turn head",
    PosePart.TRANSLATION: "Move head",
    PosePart.GAZE: "Turn eyes",
}


@register("set_head_pose")
@dataclass(frozen=True, slots=True)
class SetHeadPose(Setting):
    """Turn or move the head, or turn the eyes.

    Args:
        part: which of the three.
        before: its numbers, exactly as the project held them.
        after: its new numbers.

    Raises:
        ValueError: the wrong count of numbers, or one that is not finite.
    """

    part: PosePart
    before: tuple[float, ...]
    after: tuple[float, ...]

    def __post_init__(self) -> None:
        for values in (self.before, self.after):
            if len(values) != self.part.size or not np.isfinite(_float32(values)).all():
                raise ValueError(f"{self.part}: expected {self.part.size} numbers, got {values}")

    @classmethod
    def of(cls, project: Project, part: PosePart, values: Sequence[float] | AnyArray) -> Self:
        """Set one part of the pose to new numbers."""
        before = getattr(project.expression, part.value)
        return cls(part, tuple(before.tolist()), tuple(_float32(values).tolist()))

    @property
    def label(self) -> str:
        return _POSE_LABELS[self.part]

    @property
    def target(self) -> object:
        return self.part

    def to_record(self) -> Record:
        data = {"part": self.part.value, "before": list(self.before), "after": list(self.after)}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        part = fields.choice("part", PosePart)
        return cls(part, fields.numbers("before", part.size), fields.numbers("after", part.size))

    def put(self, project: Project, values: tuple[float, ...]) -> Change:
        arrays: dict[str, Any] = {self.part.value: _float32(values)}
        project.expression = replace(project.expression, **arrays)
        return Change.of(Part.EXPRESSION)


@dataclass(frozen=True, slots=True, eq=False)
class _ExpressionEdit(Command):
    """What `SetExpression` and `ResetExpression` share: an edit of each array of the pose."""

    weights: ArrayEdit
    head_rotation: ArrayEdit
    head_translation: ArrayEdit
    gaze: ArrayEdit

    @property
    def changes_nothing(self) -> bool:
        return all(edit.changes_nothing for edit in self._edits().values())

    @property
    def nbytes(self) -> int:
        return sum(edit.nbytes for edit in self._edits().values())

    def do(self, project: Project) -> Change:
        project.expression = Expression(
            **{
                name: edit.applied(getattr(project.expression, name))
                for name, edit in self._edits().items()
            }
        )
        return Change.of(Part.EXPRESSION)

    def undo(self, project: Project) -> Change:
        return self.do(project)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        for name, edit in self._edits().items():
            edit.pack(arrays, name)
        return Record(self.kind, {}, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(**_unpack_edits(record))

    def _edits(self) -> dict[str, ArrayEdit]:
        return {name: getattr(self, name) for name in _POSE_ARRAYS}


_POSE_ARRAYS = ("weights", "head_rotation", "head_translation", "gaze")


@register("set_expression")
@dataclass(frozen=True, slots=True, eq=False)
class SetExpression(_ExpressionEdit):
    """Take over a whole pose, such as one of the library.

    Args:
        title: what the history panel calls it.
    """

    title: str = field(default="Set expression", kw_only=True)

    @classmethod
    def of(cls, project: Project, expression: Expression, title: str = "Set expression") -> Self:
        return cls(**_edits_between(project.expression, expression), title=title)

    @property
    def label(self) -> str:
        return self.title

    def merged_with(self, later: Command) -> Command | None:
        if not isinstance(later, SetExpression):
            return None
        edits = later._edits()
        both = {name: edit.then(edits[name]) for name, edit in self._edits().items()}
        return SetExpression(**both, title=later.title)

    def to_record(self) -> Record:
        # `super()` without arguments does not work in classes that `slots` made anew.
        return replace(_ExpressionEdit.to_record(self), data={"title": self.title})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(**_unpack_edits(record), title=record.fields.text("title"))


@register("reset_expression")
@dataclass(frozen=True, slots=True, eq=False)
class ResetExpression(_ExpressionEdit):
    """Bring all sliders, the head and the eyes to rest."""

    @classmethod
    def of(cls, project: Project) -> Self:
        return cls(**_edits_between(project.expression, Expression()))

    @property
    def label(self) -> str:
        return "Reset expression"


def _float32(values: Sequence[float] | AnyArray) -> Float32:
    with np.errstate(over="ignore"):  # infinity is refused where it matters
        return np.array(values, np.float32)


def _edits_between(before: Expression, after: Expression) -> dict[str, ArrayEdit]:
    return {
        name: ArrayEdit.between(getattr(before, name), getattr(after, name))
        for name in _POSE_ARRAYS
    }


def _unpack_edits(record: Record) -> dict[str, ArrayEdit]:
    return {
        name: ArrayEdit.unpack(record.typed_arrays, name, np.float32, "*") for name in _POSE_ARRAYS
    }
