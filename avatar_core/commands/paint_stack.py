"""Commands that put paint layers in the place of others: add, remove, duplicate, merge, resize."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Self

from avatar_core.commands.command import SMALL, Command, Setting, register
from avatar_core.commands.entries import entry_of, place_of
from avatar_core.commands.names import tidy_name
from avatar_core.commands.paint import expect_paint_room
from avatar_core.commands.paint_layers import unpack_order
from avatar_core.commands.records import Record
from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.project import Change, Painting, PaintLayer, Part
from avatar_core.project.paint import SIZES
from avatar_core.project.paint_values import (
    pack_paint_layer,
    pack_painting,
    paint_layer_id,
    unpack_paint_layer,
    unpack_painting,
    unpack_size,
)
from avatar_core.project.plain import damaged
from avatar_core.texture.layers import (
    added,
    duplicated,
    flattened,
    merged_down,
    removed,
    resized_painting,
    with_members,
)

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project
    from avatar_core.project.plain import Arrays, Fields, PlainData

_CHANGE = Change.of(Part.PAINT)


class _Stack(NamedTuple):
    """All layers in their order, of which those are held that the edit changes."""

    order: tuple[str, ...]
    active: str | None
    layers: dict[str, PaintLayer]

    @classmethod
    def of(cls, painting: Painting, other: Painting) -> _Stack:
        """What a painting has that another one has not."""
        layers = {
            each: layer
            for each, layer in painting.layers.items()
            if other.layers.get(each) is not layer
        }
        return cls(tuple(painting.layers), painting.active, layers)

    @property
    def nbytes(self) -> int:
        return sum(layer.nbytes for layer in self.layers.values())

    def pack(self, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
        return {
            "order": list(self.order),
            "active": self.active,
            "layers": [
                {"id": each, **pack_paint_layer(layer, arrays, f"{prefix}.layer_{each}")}
                for each, layer in self.layers.items()
            ],
        }

    @classmethod
    def unpack(cls, fields: Fields, arrays: Arrays, prefix: str, size: int) -> _Stack:
        order, layers = unpack_order(fields, "order"), {}
        for entry in fields.children("layers"):
            layer_id = paint_layer_id(entry, "id")
            if layer_id in layers or layer_id not in order:
                raise damaged("an edit holds a layer twice, or without a place")
            layers[layer_id] = unpack_paint_layer(entry, arrays, f"{prefix}.layer_{layer_id}", size)
            if sum(layer.nbytes for layer in layers.values()) > limits.PAINTING_TILES:
                raise damaged("an edit holds more paint than there can be")
        return cls(order, fields.text_or_none("active"), layers)


@register("edit_paint_layers")
@dataclass(frozen=True, slots=True, eq=False)
class EditPaintLayers(Command):
    """Add, remove or replace paint layers.

    Args:
        title: what the history panel calls it.
        size: side of the rasters.
        before: the layers as they were.
        after: the layers as they are to be.
    """

    title: str
    size: int
    before: _Stack
    after: _Stack

    @classmethod
    def between(cls, project: Project, after: Painting, label: str) -> Self:
        """The edit that leads from the project's painting to `after`.

        Raises:
            AssetError: there are too many layers.
            ValueError: the paintings differ in size or in what is baked.
        """
        before = project.painting
        if before.size != after.size or before.baked is not after.baked:
            raise ValueError("after: expected a painting of the same size and with the same bake")
        expect_paint_room(after, 0)
        return cls(
            tidy_name(label, "Edit layers"),
            before.size,
            _Stack.of(before, after),
            _Stack.of(after, before),
        )

    @classmethod
    def added(cls, project: Project, layer: PaintLayer, above: str | None = None) -> Self:
        """Add a layer, raster, fill, adjustment or group, and work on it.

        Args:
            project: the document.
            layer: numbered where its name is empty; its parent does not matter.
            above: the layer that it goes above, into the same group; None for on top of all.

        Raises:
            AssetError: there are too many layers.
            ValueError: there is no such layer.
        """
        painting = project.painting
        if above is not None:
            place_of(painting.layers, above)
        expect_paint_room(painting)
        name = tidy_name(layer.name, f"Layer {painting.new_layer_id}")
        after = added(painting, replace(layer, name=name), above)
        return cls.between(project, after, f"Add {name}")

    @classmethod
    def removed(cls, project: Project, layer_id: str) -> Self:
        """Remove a layer and all that is within it.

        Raises:
            ValueError: there is no such layer.
        """
        painting, name = _named(project, layer_id)
        return cls.between(project, removed(painting, layer_id), f"Remove {name}")

    @classmethod
    def duplicated(cls, project: Project, layer_id: str) -> Self:
        """Put a copy of a layer, and of all within it, above it.

        Raises:
            AssetError: there are too many layers.
            ValueError: there is no such layer.
        """
        painting, name = _named(project, layer_id)
        expect_paint_room(painting, len(with_members(painting, layer_id)))
        after = duplicated(painting, layer_id, tidy_name(f"{name} copy", "Copy"))
        return cls.between(project, after, f"Duplicate {name}")

    @classmethod
    def merged_down(cls, project: Project, layer_id: str) -> Self:
        """Make one layer of one and the one below it.

        Raises:
            AssetError: there is none below, or they cannot be merged.
            ValueError: there is no such layer.
        """
        painting, name = _named(project, layer_id)
        return cls.between(project, merged_down(painting, layer_id), f"Merge {name} down")

    @classmethod
    def flattened(cls, project: Project, group_id: str) -> Self:
        """Make one layer of a group.

        Raises:
            AssetError: it is no group, or its members change several texture parts.
            ValueError: there is no such layer.
        """
        painting, name = _named(project, group_id)
        return cls.between(project, flattened(painting, group_id), f"Flatten {name}")

    @property
    def label(self) -> str:
        return self.title

    @property
    def changes_nothing(self) -> bool:
        layers = self.before.layers or self.after.layers
        return not layers and self.before[:2] == self.after[:2]

    @property
    def nbytes(self) -> int:
        return SMALL + self.before.nbytes + self.after.nbytes

    def do(self, project: Project) -> Change:
        return self._put(project, self.before, self.after)

    def undo(self, project: Project) -> Change:
        return self._put(project, self.after, self.before)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "label": self.title,
            "size": self.size,
            "before": self.before.pack(arrays, "before"),
            "after": self.after.pack(arrays, "after"),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        size = unpack_size(fields, "size")
        before, after = (
            _Stack.unpack(fields.child(key), arrays, key, size) for key in ("before", "after")
        )
        return cls(fields.text("label", least=1), size, before, after)

    def _put(self, project: Project, old: _Stack, new: _Stack) -> Change:
        painting = project.painting
        if painting.size != self.size or tuple(painting.layers) != old.order:
            raise ValueError("layers: the edit was made for others")
        known = {**painting.layers, **new.layers}
        if not set(new.order) <= known.keys():
            raise ValueError("layers: the edit names one that is not there")
        layers = {each: known[each] for each in new.order}
        project.painting = replace(painting, layers=layers, active=new.active)
        return _CHANGE


@register("set_painting")
@dataclass(frozen=True, slots=True, eq=False)
class SetPainting(Setting):
    """Put a whole painting in the place of another.

    Args:
        before: the one there was; tiles that both have are held once.
        after: the one in its place.
        title: what the history panel calls it.
    """

    before: Painting
    after: Painting
    title: str

    @classmethod
    def cleared(cls, project: Project) -> Self:
        """Take all paint off the face, with what is baked."""
        return cls(project.painting, Painting(project.painting.size), "Clear painting")

    @classmethod
    def resized(cls, project: Project, size: int) -> Self:
        """Bring all layers to another size.

        Raises:
            AssetError: no painting has that size.
        """
        if size not in SIZES:
            sizes = ", ".join(map(str, SIZES))
            raise AssetError(f"A painting cannot be {size} texels wide.", f"Choose one of {sizes}.")
        after = resized_painting(project.painting, size)
        return cls(project.painting, after, f"Resize painting to {size}")

    @classmethod
    def to(cls, project: Project, after: Painting, label: str) -> Self:
        """Put in another painting, such as one that was opened.

        Raises:
            AssetError: it has too many layers.
        """
        expect_paint_room(after, 0)
        return cls(project.painting, after, tidy_name(label, "Replace painting"))

    @property
    def label(self) -> str:
        return self.title

    @property
    def changes_nothing(self) -> bool:
        one, other = self.before, self.after
        return one is other or (one.is_empty and other.is_empty and one.size == other.size)

    @property
    def nbytes(self) -> int:
        return SMALL * (2 + len(self.before.layers) + len(self.after.layers)) + (
            self.before.nbytes + self.after.nbytes
        )

    def put(self, project: Project, value: Painting) -> Change:
        project.painting = value
        return _CHANGE

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "before": pack_painting(self.before, arrays, "before"),
            "after": pack_painting(self.after, arrays, "after"),
            "label": self.title,
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        return cls(
            unpack_painting(fields.child("before"), arrays, "before", limits.PAINTING_TILES),
            unpack_painting(fields.child("after"), arrays, "after", limits.PAINTING_TILES),
            fields.text("label", least=1),
        )


def _named(project: Project, layer_id: str) -> tuple[Painting, str]:
    """The painting, and the name of one of its layers.

    Raises:
        ValueError: there is no such layer.
    """
    painting = project.painting
    return painting, entry_of(painting.layers, layer_id).name
