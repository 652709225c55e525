"""EditHair: what one stroke of a brush, or one use of a tool, did to the hair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from avatar_core.commands.added_gaussians import AddedGaussians
from avatar_core.commands.command import Command, register
from avatar_core.commands.entries import inserted, place_of, removed, replaced
from avatar_core.commands.growing_edit import GrowingEdit
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.errors import AssetError
from avatar_core.project import Change, HairChannel, HairEdits, HairLayer, Part
from avatar_core.project.hair_edits import CHANNEL_WIDTHS, MOST_GAUSSIANS
from avatar_core.project.hair_values import MOST_LAYERS, layer_id_of
from avatar_core.project.plain import damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project
    from avatar_core.project.plain import Arrays, Fields


class BaseCounts(NamedTuple):
    """Gaussians of the hairstyle; 0 before while nothing had been edited."""

    before: int
    after: int

    @classmethod
    def unpack(cls, fields: Fields) -> BaseCounts:
        return cls(*(fields.whole(key, 0, MOST_GAUSSIANS) for key in ("before", "after")))


class _ActiveLayers(NamedTuple):
    """The layer that tools work on."""

    before: str | None
    after: str | None


@register("edit_hair")
@dataclass(frozen=True, slots=True, eq=False)
class EditHair(Command):
    """Change the hair in one layer, which may be a new one.

    Args:
        title: what the history panel calls it.
        layer_id: the layer.
        new_name: its name if it is new; None if it was there.
        channels: edits of those that changed, new ones last.
        added: what was added.
        base_count: of the hairstyle, before and after.
        active: the layer that tools work on, before and after.
    """

    title: str
    layer_id: str
    new_name: str | None
    channels: dict[HairChannel, GrowingEdit]
    added: AddedGaussians
    base_count: BaseCounts
    active: _ActiveLayers

    @classmethod
    def between(cls, project: Project, after: HairEdits, label: str) -> Self:
        """The edit that leads from the project's hair edits to `after`, see `HairCanvas.result`.

        Args:
            project: the document.
            after: the same edits, with one layer changed or new, which is the active one, and with
                Gaussians of that layer added at the end.
            label: what the history panel calls it.

        Raises:
            AssetError: the project's edits are of another hairstyle.
            ValueError: the edits differ in anything else, or a number is not finite.
        """
        before = project.hair_edits
        expect_same_hairstyle(before, after.base_count)
        layer_id = after.active
        if layer_id is None:
            raise ValueError("after: expected an active layer")
        _expect_one_layer(before, after, layer_id)
        old, new = before.layers.get(layer_id), after.layers[layer_id]
        return cls(
            title=tidy_name(label, "Edit hair"),
            layer_id=layer_id,
            new_name=new.name if old is None else None,
            channels=_channel_edits({} if old is None else old.channels, new.channels),
            added=AddedGaussians.between(before, after),
            base_count=BaseCounts(before.base_count, after.base_count),
            active=_ActiveLayers(before.active, layer_id),
        )

    @property
    def label(self) -> str:
        return self.title

    @property
    def changes_nothing(self) -> bool:
        is_still = self.new_name is None and self.added.cloud is None
        return is_still and all(each.changes_nothing for each in self.channels.values())

    @property
    def nbytes(self) -> int:
        return self.added.nbytes + sum(each.nbytes for each in self.channels.values())

    def do(self, project: Project) -> Change:
        edits = project.hair_edits
        self._expect(edits, self.base_count.before)
        edits = self.added.done(replace(edits, base_count=self.base_count.after), self.layer_id)
        if self.new_name is None:
            layer = self._changed(edits.layers[self.layer_id], GrowingEdit.done)
            layers = replaced(edits.layers, self.layer_id, layer)
        else:
            layer = self._changed(HairLayer(self.new_name), GrowingEdit.done)
            layers = inserted(edits.layers, self.layer_id, layer)
        project.hair_edits = replace(edits, layers=layers, active=self.active.after)
        return Change.of(Part.HAIR)

    def undo(self, project: Project) -> Change:
        edits = project.hair_edits
        self._expect(edits, self.base_count.after)
        place_of(edits.layers, self.layer_id)
        if self.new_name is None:
            layer = self._changed(edits.layers[self.layer_id], GrowingEdit.undone)
            layers = replaced(edits.layers, self.layer_id, layer)
        else:
            layers = removed(edits.layers, self.layer_id)
        edits = replace(edits, layers=layers, active=self.active.before)
        project.hair_edits = replace(self.added.undone(edits), base_count=self.base_count.before)
        return Change.of(Part.HAIR)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "label": self.title,
            "layer": self.layer_id,
            "new_name": self.new_name,
            "channels": [
                {"channel": channel.value, **edit.pack(arrays, channel.value)}
                for channel, edit in self.channels.items()
            ],
            "added": self.added.pack(arrays),
            "base_count": self.base_count._asdict(),
            "active": self.active._asdict(),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        base_count, active = BaseCounts.unpack(fields.child("base_count")), fields.child("active")
        return cls(
            title=fields.text("label", least=1),
            layer_id=layer_id_of(fields, "layer"),
            new_name=fields.text_or_none("new_name"),
            channels=_unpack_channels(fields, arrays),
            added=AddedGaussians.unpack(fields.child("added"), arrays, base_count.after),
            base_count=base_count,
            active=_ActiveLayers(active.text_or_none("before"), active.text_or_none("after")),
        )

    def _expect(self, edits: HairEdits, base_count: int) -> None:
        if edits.base_count != base_count:
            raise ValueError(f"hair: expected {base_count} Gaussians, got {edits.base_count}")
        if self.new_name is None:
            place_of(edits.layers, self.layer_id)

    def _changed(
        self,
        layer: HairLayer,
        change: Callable[[GrowingEdit, Float32 | None, type[np.float32]], Float32 | None],
    ) -> HairLayer:
        channels: dict[HairChannel, Float32 | None] = {**layer.channels}
        for channel, edit in self.channels.items():
            channels[channel] = change(edit, channels.get(channel), np.float32)
        left = {channel: array for channel, array in channels.items() if array is not None}
        return replace(layer, channels=left)


def expect_same_hairstyle(edits: HairEdits, base_count: int) -> None:
    """Refuse to work on the edits of another hairstyle.

    Raises:
        AssetError: they are of one with another number of Gaussians.
    """
    if not edits.is_empty and edits.base_count != base_count:
        raise AssetError(
            "The hair edits of this project are of another hairstyle than the one that is shown.",
            "Bring back the avatar or hairstyle that was edited, or clear the hair edits.",
        )


def expect_room(edits: HairEdits) -> None:
    """Refuse one more layer where there are as many as a file may hold.

    Raises:
        AssetError: there are.
    """
    if len(edits.layers) >= MOST_LAYERS:
        raise AssetError(
            f"Hair cannot have more than {MOST_LAYERS} layers.", "Merge some of them, or bake all."
        )


def _expect_one_layer(before: HairEdits, after: HairEdits, layer_id: str) -> None:
    """Refuse edits that differ in more than one layer and what was added.

    Raises:
        ValueError: they do.
    """
    expected = list(before.layers)
    if layer_id not in before.layers:
        expect_room(before)
        expected = [*expected, layer_id]
    if list(after.layers) != expected:
        raise ValueError("after: expected the same layers, or one more on top")
    if any(before.layers[each] is not after.layers[each] for each in expected if each != layer_id):
        raise ValueError(f"after: expected changes in layer {layer_id} alone")
    old, new = before.layers.get(layer_id), after.layers[layer_id]
    like = HairLayer(new.name) if old is None else old
    if (new.name, new.is_visible, new.strength) != (like.name, like.is_visible, like.strength):
        raise ValueError("after: expected a layer of the same name, visibility and strength")
    is_alike = np.array_equal(before.selection, after.selection)
    if not before.is_empty and not (is_alike and np.array_equal(before.flags, after.flags)):
        raise ValueError("after: expected the same Gaussians selected, hidden and locked")


def _channel_edits(
    before: dict[HairChannel, Float32], after: dict[HairChannel, Float32]
) -> dict[HairChannel, GrowingEdit]:
    if list(after)[: len(before)] != list(before):
        raise ValueError("after: expected the channels of before, and new ones after these")
    edits = {
        channel: GrowingEdit.between(before.get(channel), array)
        for channel, array in after.items()
        if before.get(channel) is not array
    }
    return {channel: edit for channel, edit in edits.items() if not edit.changes_nothing}


def _unpack_channels(fields: Fields, arrays: Arrays) -> dict[HairChannel, GrowingEdit]:
    edits = {}
    for entry in fields.children("channels"):
        channel = entry.choice("channel", HairChannel)
        if channel in edits:
            raise damaged("an edit changes something twice")
        pattern = f"* {CHANNEL_WIDTHS[channel]}"
        edits[channel] = GrowingEdit.unpack(
            entry, arrays, channel.value, np.float32, pattern, MOST_GAUSSIANS
        )
    return edits
