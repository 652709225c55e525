"""Commands on the settings, the order and the choice of paint layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from avatar_core.commands.command import Setting, register
from avatar_core.commands.entries import entry_of
from avatar_core.commands.layer_setting import ActiveLayer, LayerSetting
from avatar_core.commands.records import Record
from avatar_core.project import Adjustment, Blend, Change, Part, TexturePart
from avatar_core.project.paint import MOST_LAYERS
from avatar_core.project.paint_values import (
    pack_adjustment,
    paint_layer_id,
    unpack_adjustment,
    unpack_paint_colour,
)
from avatar_core.project.plain import damaged
from avatar_core.texture.layers import moved

if TYPE_CHECKING:
    from avatar_core.project import Painting, Project
    from avatar_core.project.plain import Fields, PlainData

_CHANGE = Change.of(Part.PAINT)


class PaintLayerOption(StrEnum):
    """What `SetPaintLayer` sets; the values are the names in `PaintLayer`."""

    NAME = "name"
    VISIBLE = "is_visible"
    OPACITY = "opacity"
    BLEND = "blend"
    PART = "part"
    COLOUR = "colour"
    ADJUSTMENT = "adjustment"
    SOURCE = "source"


@register("set_paint_layer")
@dataclass(frozen=True, slots=True)
class SetPaintLayer(LayerSetting):
    """Set one thing of a layer; see the makers below."""

    layer_id: str
    option: PaintLayerOption
    name: str
    before: Any
    after: Any
    stack: ClassVar[str] = "painting"
    part: ClassVar[Part] = Part.PAINT
    options: ClassVar[type[StrEnum]] = PaintLayerOption

    @classmethod
    def faded(cls, project: Project, layer_id: str, opacity: float) -> Self:
        """Set the opacity of a layer; it is brought into 0..1."""
        opacity = min(max(float(opacity), 0.0), 1.0)
        return cls._of(project, layer_id, PaintLayerOption.OPACITY, opacity)

    @classmethod
    def blended(cls, project: Project, layer_id: str, blend: Blend) -> Self:
        """Choose how a layer meets what is below it."""
        return cls._of(project, layer_id, PaintLayerOption.BLEND, blend)

    @classmethod
    def assigned(cls, project: Project, layer_id: str, part: TexturePart) -> Self:
        """Choose which texture part a layer changes."""
        return cls._of(project, layer_id, PaintLayerOption.PART, part)

    @classmethod
    def filled(cls, project: Project, layer_id: str, colour: tuple[float, float, float]) -> Self:
        """Choose the colour of a fill; it is brought into 0..1."""
        red, green, blue = (min(max(float(value), 0.0), 1.0) for value in colour)
        return cls._of(project, layer_id, PaintLayerOption.COLOUR, (red, green, blue))

    @classmethod
    def adjusted(cls, project: Project, layer_id: str, adjustment: Adjustment) -> Self:
        """Set what an adjustment does."""
        return cls._of(project, layer_id, PaintLayerOption.ADJUSTMENT, adjustment)

    @classmethod
    def following(cls, project: Project, layer_id: str, source: str) -> Self:
        """Let a layer follow a file, or none when empty."""
        return cls._of(project, layer_id, PaintLayerOption.SOURCE, source)

    @property
    def label(self) -> str:
        match self.option:
            case PaintLayerOption.NAME:
                return f"Rename to {self.after}"
            case PaintLayerOption.VISIBLE:
                return f"{'Show' if self.after else 'Hide'} {self.name}"
            case PaintLayerOption.BLEND:
                return f"Blend {self.name} by {self.after.value}"
            case PaintLayerOption.PART:
                return f"Use {self.name} for {self.after.value}"
            case PaintLayerOption.ADJUSTMENT:
                return f"Adjust {self.name}"
            case PaintLayerOption.SOURCE:
                return f"{'Link' if self.after else 'Unlink'} {self.name}"
        return f"Set {self.option.value} of {self.name}"

    def to_record(self) -> Record:
        data = {
            "layer": self.layer_id,
            "option": self.option.value,
            "name": self.name,
            "values": {
                "before": _plain(self.option, self.before),
                "after": _plain(self.option, self.after),
            },
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        option, values = fields.choice("option", PaintLayerOption), fields.child("values")
        before, after = (_value(option, values, key) for key in ("before", "after"))
        return cls(paint_layer_id(fields, "layer"), option, fields.text("name"), before, after)


class PaintPlace(NamedTuple):
    """Where a layer is: its group, and all layers in their order, from the lowest up."""

    parent: str | None
    order: tuple[str, ...]

    @classmethod
    def of(cls, painting: Painting, layer_id: str) -> PaintPlace:
        return cls(painting.layers[layer_id].parent, tuple(painting.layers))


@register("move_paint_layer")
@dataclass(frozen=True, slots=True)
class MovePaintLayer(Setting):
    """Put a layer, and all within it, in another place."""

    layer_id: str
    name: str
    before: PaintPlace
    after: PaintPlace

    @classmethod
    def of(cls, project: Project, layer_id: str, parent: str | None, place: int) -> Self:
        """Move a layer.

        Args:
            project: the document.
            layer_id: the layer.
            parent: the group to put it into, or None.
            place: among the members of that group, 0 is the lowest; a place that is none becomes
                the nearest that is.

        Raises:
            AssetError: a group would be within itself.
            ValueError: there is no such layer, or no such group.
        """
        layer, painting = entry_of(project.painting.layers, layer_id), project.painting
        after = moved(painting, layer_id, parent, place)
        return cls(
            layer_id, layer.name, PaintPlace.of(painting, layer_id), PaintPlace.of(after, layer_id)
        )

    @property
    def label(self) -> str:
        if self.before.parent != self.after.parent:
            return f"Move {self.name} {'into a group' if self.after.parent else 'out of its group'}"
        before, after = (each.order.index(self.layer_id) for each in (self.before, self.after))
        return f"Move {self.name} {'up' if after > before else 'down'}"

    @property
    def target(self) -> object:
        return self.layer_id

    def put(self, project: Project, place: PaintPlace) -> Change:
        painting = project.painting
        if sorted(painting.layers) != sorted(place.order):
            raise ValueError("order: the move was made for other layers")
        layers = {each: painting.layers[each] for each in place.order}
        layer = entry_of(layers, self.layer_id)
        layers[self.layer_id] = replace(layer, parent=place.parent)
        project.painting = replace(painting, layers=layers)
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "layer": self.layer_id,
            "name": self.name,
            "before": {"parent": self.before.parent, "order": list(self.before.order)},
            "after": {"parent": self.after.parent, "order": list(self.after.order)},
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, layer_id = record.fields, paint_layer_id(record.fields, "layer")
        before, after = (
            PaintPlace(child.text_or_none("parent"), unpack_order(child, "order"))
            for child in (fields.child("before"), fields.child("after"))
        )
        if layer_id not in before.order or layer_id not in after.order:
            raise damaged("a layer that is moved has no place")
        return cls(layer_id, fields.text("name"), before, after)


@register("set_active_paint_layer")
@dataclass(frozen=True, slots=True)
class SetActivePaintLayer(ActiveLayer):
    """Choose the layer that brushes work on; None makes them start a new one."""

    before: str | None
    after: str | None
    stack: ClassVar[str] = "painting"
    part: ClassVar[Part] = Part.PAINT

    @property
    def label(self) -> str:
        return "Choose paint layer"


def unpack_order(fields: Fields, key: str) -> tuple[str, ...]:
    """Ids of layers, each once."""
    order = fields.items(key)
    if len(order) > MOST_LAYERS or not all(isinstance(each, str) for each in order):
        raise damaged("an order of layers is none")
    if len(set(order)) != len(order):
        raise damaged("an order of layers holds one twice")
    return tuple(order)


def _plain(option: PaintLayerOption, value: Any) -> PlainData | list[float] | str | bool | float:
    match option:
        case PaintLayerOption.ADJUSTMENT:
            return pack_adjustment(value)
        case PaintLayerOption.COLOUR:
            return list(value)
        case PaintLayerOption.BLEND | PaintLayerOption.PART:
            return str(value.value)
    plain: str | bool | float = value
    return plain


def _value(option: PaintLayerOption, fields: Fields, key: str) -> object:
    match option:
        case PaintLayerOption.VISIBLE:
            return fields.flag(key)
        case PaintLayerOption.OPACITY:
            return fields.number(key, 0.0, 1.0)
        case PaintLayerOption.BLEND:
            return fields.choice(key, Blend)
        case PaintLayerOption.PART:
            return fields.choice(key, TexturePart)
        case PaintLayerOption.COLOUR:
            return unpack_paint_colour(fields, key)
        case PaintLayerOption.ADJUSTMENT:
            return unpack_adjustment(fields.child(key))
    return fields.text(key)
