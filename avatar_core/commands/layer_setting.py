"""What commands on the layers of hair and of paint have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from avatar_core.commands.command import Setting
from avatar_core.commands.entries import entry_of, place_of, replaced
from avatar_core.commands.names import tidy_name
from avatar_core.commands.plain_setting import TEXT_OR_NONE, PlainSetting
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from enum import StrEnum

    from avatar_core.project import Project


class LayerSetting(Setting):
    """Sets one thing of a layer.

    Subclasses are dataclasses with `layer_id`, `option`, `name`, `before` and `after`, in that
    order; the values of `options` are names in the layer, "name" and "is_visible" among them.
    """

    __slots__ = ()

    layer_id: str
    option: Any
    name: str
    stack: ClassVar[str]
    """Name in `Project` of the value that has the layers."""
    part: ClassVar[Part]
    options: ClassVar[type[StrEnum]]

    @classmethod
    def renamed(cls, project: Project, layer_id: str, name: str) -> Self:
        """Rename a layer; a name without letters leaves the old one."""
        before = entry_of(getattr(project, cls.stack).layers, layer_id).name
        return cls._of(project, layer_id, cls.options("name"), tidy_name(name, before))

    @classmethod
    def shown(cls, project: Project, layer_id: str, is_visible: bool) -> Self:
        """Show or hide a layer."""
        return cls._of(project, layer_id, cls.options("is_visible"), is_visible)

    @property
    def target(self) -> object:
        return self.layer_id, self.option

    def put(self, project: Project, value: Any) -> Change:
        stack = getattr(project, self.stack)
        values: dict[str, Any] = {self.option.value: value}
        layer = replace(entry_of(stack.layers, self.layer_id), **values)
        layers = replaced(stack.layers, self.layer_id, layer)
        setattr(project, self.stack, replace(stack, layers=layers))
        return Change.of(self.part)

    @classmethod
    def _of(cls, project: Project, layer_id: str, option: StrEnum, after: Any) -> Self:
        layer = entry_of(getattr(project, cls.stack).layers, layer_id)
        before = getattr(layer, option.value)
        return cls(layer_id, option, layer.name, before, after)  # type: ignore[call-arg]


class ActiveLayer(PlainSetting):
    """Chooses the layer that tools work on; None makes them start a new one.

    Subclasses are dataclasses with `before` and `after`.
    """

    __slots__ = ()

    before: str | None
    after: str | None
    stack: ClassVar[str]
    """Name in `Project` of the value that has the layers."""
    part: ClassVar[Part]
    form: ClassVar = TEXT_OR_NONE

    @classmethod
    def of(cls, project: Project, layer_id: str | None) -> Self:
        """Choose a layer.

        Raises:
            ValueError: there is no such layer.
        """
        stack = getattr(project, cls.stack)
        if layer_id is not None:
            place_of(stack.layers, layer_id)
        return cls(stack.active, layer_id)  # type: ignore[call-arg]

    def put(self, project: Project, layer_id: str | None) -> Change:
        stack = replace(getattr(project, self.stack), active=layer_id)
        setattr(project, self.stack, stack)
        return Change.of(self.part)
