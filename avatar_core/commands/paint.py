"""EditPaint: what one stroke of a brush, or one use of a tool, painted on a layer or its mask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import SMALL, Command, register
from avatar_core.commands.entries import entry_of, inserted, place_of, removed, replaced
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.commands.tile_edit import TileEdit
from avatar_core.errors import AssetError
from avatar_core.project import Change, Painting, PaintLayer, Part
from avatar_core.project.paint import MOST_LAYERS, Raster
from avatar_core.project.paint_values import (
    pack_paint_layer,
    paint_layer_id,
    unpack_paint_layer,
)
from avatar_core.project.plain import Arrays, damaged
from avatar_core.texture.canvas import PaintTarget
from avatar_core.texture.layers import inverted

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


@register("edit_paint")
@dataclass(frozen=True, slots=True, eq=False)
class EditPaint(Command):
    """Change the picture or the mask of one layer, which may be a new one.

    Args:
        title: what the history panel calls it.
        layer_id: the layer.
        target: what of it.
        new: the layer without a picture and mask, if it is new; None if it was there.
        place: where a new one goes.
        edit: what changed.
        active_before: the layer that brushes worked on.
        active_after: the one they work on.
    """

    title: str
    layer_id: str
    target: PaintTarget
    new: PaintLayer | None
    place: int
    edit: TileEdit
    active_before: str | None
    active_after: str | None

    @classmethod
    def between(cls, project: Project, after: Painting, label: str) -> Self:
        """The edit that leads from the project's painting to `after`, see `PaintCanvas.result`.

        Args:
            project: the document.
            after: the same painting, with one layer's picture or mask changed, which may be a new
                layer, and is the active one.
            label: what the history panel calls it.

        Raises:
            AssetError: there are too many layers.
            ValueError: the paintings differ in anything else.
        """
        before, layer_id = project.painting, after.active
        if layer_id is None:
            raise ValueError("after: expected an active layer")
        layer = after.layers[layer_id]
        is_new = layer_id not in before.layers
        if is_new:
            expect_paint_room(before)
        blank = replace(layer, raster=None, hidden=None)
        old = blank if is_new else before.layers[layer_id]
        target = PaintTarget.MASK if layer.hidden is not old.hidden else PaintTarget.RASTER
        _expect_one_layer(before, after, layer_id, target)
        pictures = _picture(old, target), _picture(layer, target)
        return cls(
            title=tidy_name(label, "Paint"),
            layer_id=layer_id,
            target=target,
            new=blank if is_new else None,
            place=place_of(after.layers, layer_id),
            edit=TileEdit.between(*pictures, after.size, _CHANNELS[target]),
            active_before=before.active,
            active_after=layer_id,
        )

    @classmethod
    def masked(cls, project: Project, layer_id: str, hides: bool = False) -> Self:
        """Give a layer a mask, which hides nothing or all; in place of the one that it has.

        Raises:
            ValueError: there is no such layer.
        """
        layer, size = entry_of(project.painting.layers, layer_id), project.painting.size
        mask = Raster(size, 1)
        return cls._with_mask(
            project, layer_id, inverted(mask) if hides else mask, f"Mask {layer.name}"
        )

    @classmethod
    def unmasked(cls, project: Project, layer_id: str) -> Self:
        """Take the mask off a layer, which shows all of it.

        Raises:
            ValueError: there is no such layer.
        """
        name = entry_of(project.painting.layers, layer_id).name
        return cls._with_mask(project, layer_id, None, f"Remove mask of {name}")

    @classmethod
    def mask_inverted(cls, project: Project, layer_id: str) -> Self:
        """Show what the mask of a layer hid and hide what it showed; no mask becomes a full one.

        Raises:
            ValueError: there is no such layer.
        """
        layer, size = entry_of(project.painting.layers, layer_id), project.painting.size
        mask = inverted(layer.hidden or Raster(size, 1))
        return cls._with_mask(project, layer_id, mask, f"Invert mask of {layer.name}")

    @property
    def label(self) -> str:
        return self.title

    @property
    def changes_nothing(self) -> bool:
        return self.new is None and self.edit.changes_nothing

    @property
    def nbytes(self) -> int:
        return SMALL + self.edit.nbytes

    def do(self, project: Project) -> Change:
        painting = project.painting
        if self.new is None:
            layer = entry_of(painting.layers, self.layer_id)
            layer = _with_picture(layer, self.target, self.edit.done(_picture(layer, self.target)))
            layers = replaced(painting.layers, self.layer_id, layer)
        else:
            layer = _with_picture(self.new, self.target, self.edit.done(None))
            layers = inserted(painting.layers, self.layer_id, layer, self.place)
        project.painting = replace(painting, layers=layers, active=self.active_after)
        return Change.of(Part.PAINT)

    def undo(self, project: Project) -> Change:
        painting = project.painting
        layer = entry_of(painting.layers, self.layer_id)
        picture = self.edit.undone(_picture(layer, self.target))
        if self.new is None:
            layer = _with_picture(layer, self.target, picture)
            layers = replaced(painting.layers, self.layer_id, layer)
        else:
            layers = removed(painting.layers, self.layer_id)
        project.painting = replace(painting, layers=layers, active=self.active_before)
        return Change.of(Part.PAINT)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "label": self.title,
            "layer": self.layer_id,
            "target": self.target.value,
            "new": None if self.new is None else pack_paint_layer(self.new, {}, "new"),
            "place": self.place,
            "edit": self.edit.pack(arrays),
            "active_before": self.active_before,
            "active_after": self.active_after,
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        target = fields.choice("target", PaintTarget)
        edit = TileEdit.unpack(fields.child("edit"), record.typed_arrays, _CHANNELS[target])
        new = fields.child_or_none("new")
        none = Arrays({}, "edit")
        layer = None if new is None else unpack_paint_layer(new, none, "new", edit.size)
        if layer is not None and edit.is_there[0]:
            raise damaged("an edit begins with a picture of a layer that is new")
        return cls(
            title=fields.text("label", least=1),
            layer_id=paint_layer_id(fields, "layer"),
            target=target,
            new=layer,
            place=fields.whole("place", 0, MOST_LAYERS),
            edit=edit,
            active_before=fields.text_or_none("active_before"),
            active_after=fields.text_or_none("active_after"),
        )

    @classmethod
    def _with_mask(cls, project: Project, layer_id: str, mask: Raster | None, label: str) -> Self:
        painting = project.painting
        layer = replace(painting.layers[layer_id], hidden=mask)
        after = replace(painting.with_layer(layer_id, layer), active=layer_id)
        return cls.between(project, after, label)


_CHANNELS = {PaintTarget.RASTER: 4, PaintTarget.MASK: 1}


def expect_paint_room(painting: Painting, more: int = 1) -> None:
    """Refuse more layers than a file may hold.

    Raises:
        AssetError: there would be.
    """
    if len(painting.layers) + more > MOST_LAYERS:
        raise AssetError(
            f"A painting cannot have more than {MOST_LAYERS} layers.",
            "Merge some of them, or flatten a group.",
        )


def _picture(layer: PaintLayer, target: PaintTarget) -> Raster | None:
    return layer.hidden if target is PaintTarget.MASK else layer.raster


def _with_picture(layer: PaintLayer, target: PaintTarget, picture: Raster | None) -> PaintLayer:
    if target is PaintTarget.MASK:
        return replace(layer, hidden=picture)
    return replace(layer, raster=picture)


def _expect_one_layer(
    before: Painting, after: Painting, layer_id: str, target: PaintTarget
) -> None:
    """Refuse paintings that differ in more than one picture.

    Raises:
        ValueError: they do.
    """
    if before.size != after.size or before.baked is not after.baked:
        raise ValueError("after: expected a painting of the same size and with the same bake")
    others = [each for each in after.layers if each != layer_id]
    if others != [each for each in before.layers if each != layer_id]:
        raise ValueError("after: expected the same layers, or one more")
    if any(before.layers[each] is not after.layers[each] for each in others):
        raise ValueError(f"after: expected changes in layer {layer_id} alone")
    layer = after.layers[layer_id]
    old = before.layers.get(layer_id, replace(layer, raster=None, hidden=None))
    if layer_id in before.layers and list(before.layers) != list(after.layers):
        raise ValueError("after: expected the same order of layers")
    like = _with_picture(old, target, _picture(layer, target))
    names = PaintLayer.__dataclass_fields__
    if any(getattr(like, name) != getattr(layer, name) for name in names):
        raise ValueError(f"after: expected layer {layer_id} to differ in its {target} alone")
