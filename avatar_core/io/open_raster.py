"""Paintings as OpenRaster files (`.ora`), which Krita, GIMP and MyPaint open with their layers.

A zip of `mimetype`, `stack.xml`, a PNG of 16 bits a channel for every layer, a merged picture and
a thumbnail. Colour layers lie at the top; each other texture part has a hidden group, because its
greys are no colours. What other programs do not know is written twice: as they understand it, and
in attributes and files of our own beside it, from which `open_raster_reader` gets the same layers
back, bit for bit.

| here | for other programs | beside it |
|---|---|---|
| mask, also of groups | taken off the transparency of layers | `studio/ID.png`, `ID.mask.png` |
| fill | a picture of one colour | `kind`, `colour` |
| adjustment | an empty layer | `kind`, `adjustment` |
| order across texture parts | | `order` |

What is baked and the files that layers follow stay out.

Source:
    OpenRaster specification 0.0.6 (freedesktop.org), "File layout" and "Layer stack".
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.io.archive import ArchiveWriter
from avatar_core.io.atomic import atomic_write
from avatar_core.io.paint_pictures import png_of
from avatar_core.io.raster_pixels import masked, pixels_of_raster, straight
from avatar_core.project.paint import (
    FULL,
    TILE,
    Adjustment,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    TexturePart,
    UInt16,
)

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8

MIMETYPE: Final = "image/openraster"
NAMESPACE: Final = "urn:avatar-studio:painting"

COMPOSITE_OPS: Final = {
    Blend.NORMAL: "svg:src-over",
    Blend.MULTIPLY: "svg:multiply",
    Blend.SCREEN: "svg:screen",
    Blend.OVERLAY: "svg:overlay",
    Blend.DARKEN: "svg:darken",
    Blend.LIGHTEN: "svg:lighten",
    Blend.COLOUR_DODGE: "svg:color-dodge",
    Blend.COLOUR_BURN: "svg:color-burn",
    Blend.HARD_LIGHT: "svg:hard-light",
    Blend.SOFT_LIGHT: "svg:soft-light",
    Blend.DIFFERENCE: "svg:difference",
    Blend.EXCLUSION: "krita:exclusion",
    Blend.ADD: "svg:plus",
    Blend.SUBTRACT: "krita:subtract",
    Blend.HUE: "svg:hue",
    Blend.SATURATION: "svg:saturation",
    Blend.COLOUR: "svg:color",
    Blend.LUMINOSITY: "svg:luminosity",
}
"""Names of blend modes; the two that the specification lacks are called as Krita calls them."""

PART_TITLES: Final = {
    TexturePart.GLOSS: "Gloss",
    TexturePart.WRINKLES: "Wrinkles",
    TexturePart.SCULPT: "Sculpt",
}
"""Names of the groups at the top that hold the layers of other parts than the colour."""

_THUMBNAIL_PX = 256
_EMPTY = np.zeros((1, 1, 4), np.uint16)


def own(name: str) -> str:
    """An attribute of ours, as ElementTree writes it."""
    return f"{{{NAMESPACE}}}{name}"


def write_open_raster(path: Path, painting: Painting, merged: UInt8) -> None:
    """Write all layers.

    Args:
        path: where; see `atomic_write`.
        painting: what to write.
        merged: [S, S, 3] or [S, S, 4] straight, display RGB: the face with all of its paint, shown
            by programs that do not look at layers.

    Raises:
        AssetError: the file cannot be written; what was there before is untouched.
    """
    expect_shapes(merged=(merged, f"{painting.size} {painting.size} *"))
    with atomic_write(path) as file, ArchiveWriter(file) as archive:
        archive.add("mimetype", MIMETYPE.encode(), compressed=False)
        stack = _Stack(painting, archive)
        archive.add("stack.xml", stack.write())
        archive.add("mergedimage.png", png_of(merged), compressed=False)
        archive.add("Thumbnails/thumbnail.png", png_of(_thumbnail(merged)), compressed=False)


@dataclass(slots=True)
class _Stack:
    """Writes pictures of layers into an archive, and tells about them in `stack.xml`."""

    painting: Painting
    archive: ArchiveWriter
    written: set[str] = field(default_factory=set)

    def write(self) -> bytes:
        ET.register_namespace("studio", NAMESPACE)
        size = str(self.painting.size)
        image = ET.Element("image", {"version": "0.0.6", "w": size, "h": size})
        image.set(own("order"), " ".join(self.painting.layers))
        if self.painting.active is not None:
            image.set(own("active"), self.painting.active)
        root = ET.SubElement(image, "stack")
        for part, title in reversed(PART_TITLES.items()):
            holder = ET.Element("stack", {"name": title, "visibility": "hidden"})
            holder.set(own("part"), part.value)
            self._fill(holder, None, part, None)
            if len(holder):
                root.append(holder)
        self._fill(root, None, TexturePart.COLOUR, None)
        ET.indent(image)
        text: bytes = ET.tostring(image, "utf-8", xml_declaration=True)
        return text

    def _fill(
        self, stack: ET.Element, parent: str | None, part: TexturePart, hidden: UInt16 | None
    ) -> None:
        """Tell of a group's members that belong to a part, the highest first.

        `hidden` [S, S, 1] is what the masks of all groups around them hide.
        """
        for layer_id in reversed(self.painting.members(parent)):
            layer = self.painting.layers[layer_id]
            if part not in self._parts(layer_id):
                continue
            element = ET.SubElement(stack, "stack" if _is_group(layer) else "layer")
            self._describe(element, layer_id, layer)
            within = _hidden_by_both(hidden, layer.hidden)
            if _is_group(layer):
                element.set("isolation", "isolate")
                self._fill(element, layer_id, part, within)
            else:
                self._draw(element, layer_id, layer, within)

    def _parts(self, layer_id: str) -> set[TexturePart]:
        """The parts that a layer, or what is in a group, belongs to; empty groups are colour."""
        layer = self.painting.layers[layer_id]
        if not _is_group(layer):
            return {layer.part}
        parts = [self._parts(member) for member in self.painting.members(layer_id)]
        return set[TexturePart]().union(*parts) or {TexturePart.COLOUR}

    def _describe(self, element: ET.Element, layer_id: str, layer: PaintLayer) -> None:
        element.set("name", _readable(layer.name))
        element.set("opacity", repr(float(layer.opacity)))
        element.set("visibility", "visible" if layer.is_visible else "hidden")
        element.set("composite-op", COMPOSITE_OPS[layer.blend])
        element.set(own("id"), layer_id)
        element.set(own("part"), layer.part.value)
        if layer.hidden is not None:
            name = f"studio/{layer_id}.mask.png"
            self._add(name, pixels_of_raster(layer.hidden))
            element.set(own("mask"), name)

    def _draw(
        self, element: ET.Element, layer_id: str, layer: PaintLayer, hidden: UInt16 | None
    ) -> None:
        """Add a layer's picture as other programs show it, and as it is where that differs."""
        row, column, pixels = 0, 0, _EMPTY
        if layer.kind is LayerKind.RASTER:
            if layer.raster is None:
                element.set(own("raster"), "none")
            else:
                row, column, pixels = _used(layer.raster)
        elif layer.kind is LayerKind.FILL:
            element.set(own("kind"), layer.kind.value)
            element.set(own("colour"), _numbers(layer.colour))
            pixels = np.full((self.painting.size,) * 2 + (4,), FULL, np.uint16)
            pixels[..., :3] = np.rint(np.array(layer.colour) * FULL)
        else:
            element.set(own("kind"), layer.kind.value)
            element.set(own("adjustment"), _numbers(_adjustment_numbers(layer.adjustment)))
        element.set("x", str(column))
        element.set("y", str(row))
        element.set("src", f"data/layer{layer_id}.png")
        if hidden is not None:
            if layer.kind is LayerKind.RASTER:
                element.set(own("raw"), f"studio/{layer_id}.png")
                self._add(f"studio/{layer_id}.png", straight(pixels))
            height, width = pixels.shape[:2]
            pixels = masked(pixels, hidden[row : row + height, column : column + width])
        self._add(f"data/layer{layer_id}.png", straight(pixels))

    def _add(self, name: str, pixels: UInt16) -> None:
        """Add a picture once: a group with layers of several parts is told of several times."""
        if name not in self.written:
            self.written.add(name)
            self.archive.add(name, png_of(pixels), compressed=False)


def _is_group(layer: PaintLayer) -> bool:
    return layer.kind is LayerKind.GROUP


def _used(raster: Raster) -> tuple[int, int, UInt16]:
    """First row, first column and premultiplied pixels of the tiles that there are."""
    if not raster.tiles:
        return 0, 0, _EMPTY
    rows, columns = np.divmod(np.array(list(raster.tiles)), raster.across)
    top, left = int(rows.min()) * TILE, int(columns.min()) * TILE
    bottom, right = (int(rows.max()) + 1) * TILE, (int(columns.max()) + 1) * TILE
    return top, left, pixels_of_raster(raster)[top:bottom, left:right]


def _hidden_by_both(outer: UInt16 | None, mask: Raster | None) -> UInt16 | None:
    """[S, S, 1] what a mask hides of what another one left, or None for nothing."""
    if mask is None:
        return outer
    hidden = pixels_of_raster(mask)
    if outer is None:
        return hidden
    shown = (FULL - hidden.astype(np.uint32)) * (FULL - outer.astype(np.uint32))
    return (FULL - (shown + FULL // 2) // FULL).astype(np.uint16)


def _adjustment_numbers(adjustment: Adjustment) -> tuple[float, ...]:
    return tuple(getattr(adjustment, name) for name in Adjustment.__dataclass_fields__)


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _readable(name: str) -> str:
    """A name without the characters that XML 1.0 does not allow."""
    return "".join(letter for letter in name if _is_allowed(ord(letter)))


def _is_allowed(code: int) -> bool:
    is_control = code < 0x20 and code not in (0x9, 0xA, 0xD)
    return not (is_control or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF))


def _thumbnail(merged: UInt8) -> UInt8:
    import cv2

    side = min(_THUMBNAIL_PX, len(merged))
    return cv2.resize(merged, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
