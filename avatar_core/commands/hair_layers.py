"""Commands on layers of hair edits, and on all of them at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from avatar_core.commands.command import SMALL, Command, Setting, register
from avatar_core.commands.entries import (
    MOST_ENTRIES,
    entry_of,
    inserted,
    place_of,
    removed,
)
from avatar_core.commands.hair import BaseCounts, expect_room, expect_same_hairstyle
from avatar_core.commands.layer_setting import ActiveLayer, LayerSetting
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.project import Change, HairLayer, Part
from avatar_core.project.hair_edits import MOST_GAUSSIANS
from avatar_core.project.hair_values import (
    layer_id_of,
    pack_layer,
    unpack_layer,
)

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project
    from avatar_core.project.plain import Fields

_CHANGE = Change.of(Part.HAIR)


@register("add_hair_layer")
@dataclass(frozen=True, slots=True)
class AddHairLayer(Command):
    """Put an empty layer on top, to be worked on.

    Args:
        layer_id: its id.
        name: what the artist calls it.
        base_count: Gaussians of the hairstyle, before and after.
        active: the layer that tools worked on before.
    """

    layer_id: str
    name: str
    base_count: BaseCounts
    active: str | None

    @classmethod
    def of(cls, project: Project, base_count: int, name: str = "") -> Self:
        """Add a layer.

        Args:
            project: the document.
            base_count: Gaussians of the hairstyle that the avatar wears.
            name: numbered when empty.

        Raises:
            AssetError: the project's edits are of another hairstyle, or there are too many layers.
        """
        edits = project.hair_edits
        expect_same_hairstyle(edits, base_count)
        expect_room(edits)
        layer_id = edits.new_layer_id
        name = tidy_name(name, f"Layer {layer_id}")
        return cls(layer_id, name, BaseCounts(edits.base_count, base_count), edits.active)

    @property
    def label(self) -> str:
        return f"Add {self.name}"

    def do(self, project: Project) -> Change:
        edits = project.hair_edits
        layers = inserted(edits.layers, self.layer_id, HairLayer(self.name))
        project.hair_edits = replace(
            edits, base_count=self.base_count.after, layers=layers, active=self.layer_id
        )
        return _CHANGE

    def undo(self, project: Project) -> Change:
        edits = project.hair_edits
        layers = removed(edits.layers, self.layer_id)
        project.hair_edits = replace(
            edits, base_count=self.base_count.before, layers=layers, active=self.active
        )
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "layer": self.layer_id,
            "name": self.name,
            "base_count": self.base_count._asdict(),
            "active": self.active,
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(
            layer_id=layer_id_of(fields, "layer"),
            name=fields.text("name"),
            base_count=BaseCounts.unpack(fields.child("base_count")),
            active=fields.text_or_none("active"),
        )


@register("remove_hair_layer")
@dataclass(frozen=True, slots=True, eq=False)
class RemoveHairLayer(Command):
    """Take a layer away. What it added stays in its rows, unseen: rows are never renumbered.

    Args:
        layer_id: its id.
        layer: the layer, kept for undo.
        place: where it stands.
        active_after: the layer to work on then, if this was the one.
        was_active: whether it was.
    """

    layer_id: str
    layer: HairLayer
    place: int
    was_active: bool
    active_after: str | None

    @classmethod
    def of(cls, project: Project, layer_id: str) -> Self:
        """Remove a layer by id; if it was the active one, the one below becomes that.

        Raises:
            ValueError: there is no such layer.
        """
        edits = project.hair_edits
        place = place_of(edits.layers, layer_id)
        left = [each for each in edits.layers if each != layer_id]
        return cls(
            layer_id=layer_id,
            layer=edits.layers[layer_id],
            place=place,
            was_active=edits.active == layer_id,
            active_after=left[max(place - 1, 0)] if left else None,
        )

    @property
    def label(self) -> str:
        return f"Remove {self.layer.name}"

    @property
    def nbytes(self) -> int:
        # A row that is kept in a record has its number beside it.
        return SMALL + 2 * self.layer.nbytes

    def do(self, project: Project) -> Change:
        edits = project.hair_edits
        active = self.active_after if self.was_active else edits.active
        layers = removed(edits.layers, self.layer_id)
        project.hair_edits = replace(edits, layers=layers, active=active)
        return _CHANGE

    def undo(self, project: Project) -> Change:
        edits = project.hair_edits
        active = self.layer_id if self.was_active else edits.active
        layers = inserted(edits.layers, self.layer_id, self.layer, self.place)
        project.hair_edits = replace(edits, layers=layers, active=active)
        return _CHANGE

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "id": self.layer_id,
            "layer": pack_layer(self.layer, arrays, "layer"),
            "place": self.place,
            "was_active": self.was_active,
            "active_after": self.active_after,
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        layer = unpack_layer(fields.child("layer"), record.typed_arrays, "layer", MOST_GAUSSIANS)
        return cls(
            layer_id=layer_id_of(fields, "id"),
            layer=layer,
            place=fields.whole("place", 0, MOST_ENTRIES),
            was_active=fields.flag("was_active"),
            active_after=fields.text_or_none("active_after"),
        )


class HairLayerOption(StrEnum):
    """What `SetHairLayer` sets; the values are the names in `HairLayer`."""

    NAME = "name"
    VISIBLE = "is_visible"
    STRENGTH = "strength"


@register("set_hair_layer")
@dataclass(frozen=True, slots=True)
class SetHairLayer(LayerSetting):
    """Rename a layer, show or hide it, or set how much of it counts."""

    layer_id: str
    option: HairLayerOption
    name: str
    before: Any
    after: Any
    stack: ClassVar[str] = "hair_edits"
    part: ClassVar[Part] = Part.HAIR
    options: ClassVar[type[StrEnum]] = HairLayerOption

    @classmethod
    def weighted(cls, project: Project, layer_id: str, strength: float) -> Self:
        """Set the strength of a layer; it is brought into 0..1."""
        strength = min(max(float(strength), 0.0), 1.0)
        return cls._of(project, layer_id, HairLayerOption.STRENGTH, strength)

    @property
    def label(self) -> str:
        match self.option:
            case HairLayerOption.NAME:
                return f"Rename to {self.after}"
            case HairLayerOption.VISIBLE:
                return f"{'Show' if self.after else 'Hide'} {self.name}"
        return f"Set strength of {self.name}"

    def to_record(self) -> Record:
        data = {
            "layer": self.layer_id,
            "option": self.option.value,
            "name": self.name,
            "before": self.before,
            "after": self.after,
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        option = fields.choice("option", HairLayerOption)
        before, after = (_option_value(fields, key, option) for key in ("before", "after"))
        return cls(layer_id_of(fields, "layer"), option, fields.text("name"), before, after)


@register("move_hair_layer")
@dataclass(frozen=True, slots=True)
class MoveHairLayer(Setting):
    """Put a layer in another place; 0 is the lowest."""

    layer_id: str
    name: str
    before: int
    after: int

    @classmethod
    def of(cls, project: Project, layer_id: str, place: int) -> Self:
        """Move a layer; a place that is none becomes the nearest that is.

        Raises:
            ValueError: there is no such layer.
        """
        layers = project.hair_edits.layers
        before = place_of(layers, layer_id)
        after = min(max(place, 0), len(layers) - 1)
        return cls(layer_id, layers[layer_id].name, before, after)

    @property
    def label(self) -> str:
        return f"Move {self.name} {'up' if self.after > self.before else 'down'}"

    @property
    def target(self) -> object:
        return self.layer_id

    def put(self, project: Project, place: int) -> Change:
        edits, layer = project.hair_edits, entry_of(project.hair_edits.layers, self.layer_id)
        layers = inserted(removed(edits.layers, self.layer_id), self.layer_id, layer, place)
        project.hair_edits = replace(edits, layers=layers)
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "layer": self.layer_id,
            "name": self.name,
            "before": self.before,
            "after": self.after,
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        before, after = (fields.whole(key, 0, MOST_ENTRIES) for key in ("before", "after"))
        return cls(layer_id_of(fields, "layer"), fields.text("name"), before, after)


@register("set_active_hair_layer")
@dataclass(frozen=True, slots=True)
class SetActiveHairLayer(ActiveLayer):
    """Choose the layer that tools work on; None makes them start a new one."""

    before: str | None
    after: str | None
    stack: ClassVar[str] = "hair_edits"
    part: ClassVar[Part] = Part.HAIR

    @property
    def label(self) -> str:
        return "Choose hair layer"


def _option_value(fields: Fields, key: str, option: HairLayerOption) -> str | bool | float:
    match option:
        case HairLayerOption.NAME:
            return fields.text(key)
        case HairLayerOption.VISIBLE:
            return fields.flag(key)
    return fields.number(key, 0.0, 1.0)
