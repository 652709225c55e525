"""OpenRaster files (`.ora`) as layers: ours bit for bit, those of other programs as they meant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader
from avatar_core.io.layer_pictures import LayerPictures
from avatar_core.io.layer_stack import (
    STACK_BYTES,
    choice_of,
    number_of,
    numbers_of,
    place_of,
    read_layer_stack,
)
from avatar_core.io.open_raster import COMPOSITE_OPS, MIMETYPE, PART_TITLES, own
from avatar_core.io.picture_files import expect_possible_size
from avatar_core.project.paint import (
    MOST_LAYERS,
    SIZES,
    Adjustment,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    TexturePart,
)
from avatar_core.project.paint_values import LARGEST_ID

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from pathlib import Path

_HINT = "Save it again in the program that made it."
_MERGE_HINT = "Merge some of its layers in the program that made it."
_MOST_MEMBERS = 10 * MOST_LAYERS
_ID = re.compile(r"[1-9][0-9]{0,9}")
_NAME_LETTERS = 80

_BLENDS: Final = {op: blend for blend, op in COMPOSITE_OPS.items()} | {
    "svg:exclusion": Blend.EXCLUSION,
    "krita:add": Blend.ADD,
    "krita:linear_dodge": Blend.ADD,
}
_PARTS: Final = {title: part for part, title in PART_TITLES.items()}


@dataclass(frozen=True, slots=True, eq=False)
class OpenRaster:
    """What was read.

    Args:
        painting: its layers; the uppermost is the active one, unless the file names another.
        notices: a sentence for everything that is not as in the file.
    """

    painting: Painting
    notices: tuple[str, ...]


def read_open_raster(path: Path, size: int | None = None) -> OpenRaster:
    """Read all layers of a file that anyone may have made.

    Args:
        path: the file.
        size: side that the painting is to have, one of `paint.SIZES`; None for the file's own, or
            the next that a painting may have.

    Raises:
        AssetError: missing, no OpenRaster file, damaged, hostile, or with too many layers.
    """
    name = f"'{path.name}'"
    with ArchiveReader(path, name, AssetError, _HINT, _MOST_MEMBERS, limits.MEMBER_BYTES) as files:
        is_said = "mimetype" in files.names
        if not is_said or files.read("mimetype", 64).strip() != MIMETYPE.encode():
            raise AssetError(f"{name} is no OpenRaster picture.", "Choose an .ora file.")
        image = read_layer_stack(files.read("stack.xml", STACK_BYTES), name)
        width, height = (round(number_of(image, key, 0)) for key in ("w", "h"))
        expect_possible_size((width, height), name)
        longest = max(width, height)
        side = size or next((each for each in SIZES if each >= longest), SIZES[-1])
        tree = _Tree(LayerPictures(files, (width, height), side, name), name)
        tree.read(image)
        painting = Painting(side, tree.layers, tree.active)
        notices = dict.fromkeys((*tree.pictures.notices, *tree.notices))
        return OpenRaster(painting, tuple(notices))


@dataclass(slots=True, eq=False)
class _Tree:
    """The layers of one file while they are read."""

    pictures: LayerPictures
    name: str
    layers: dict[str, PaintLayer] = field(default_factory=dict)
    active: str | None = None
    notices: list[str] = field(default_factory=list)
    _keeps_ids: bool = False
    _nbytes: int = 0

    def read(self, image: ET.Element) -> None:
        root = image.find("stack")
        if root is None:
            raise AssetError(f"{self.name} has a list of layers that holds no picture.", _HINT)
        order = image.get(own("order"), "").split()
        self._keeps_ids = _restores(order, root)
        self._read_members(root, None, TexturePart.COLOUR, place_of(root))
        if self._keeps_ids:
            self.layers = {layer_id: self.layers[layer_id] for layer_id in order}
            self.active = image.get(own("active"))
        if self.active not in self.layers:
            self.active = next(reversed(self.layers), None)

    def _read_members(
        self, stack: ET.Element, parent: str | None, part: TexturePart, place: tuple[int, int]
    ) -> None:
        """Members of a stack, the lowest first, a group right above its own."""
        for element in reversed(stack):
            row, column = place_of(element)
            here = (place[0] + row, place[1] + column)
            if _holds_part(element, parent is None):
                self._read_members(element, None, _PARTS[element.get("name", "")], here)
            elif element.tag == "stack":
                self._read_group(element, parent, part, here)
            elif element.tag == "layer":
                self._add(self._id_of(element), self._layer(element, parent, part, here))
            else:
                self.notices.append(f"Something of the file is left out: {element.tag[:40]!r}.")

    def _read_group(
        self, element: ET.Element, parent: str | None, part: TexturePart, place: tuple[int, int]
    ) -> None:
        group_id = self._id_of(element)
        # A group with layers of several parts is told of several times.
        if group_id not in self.layers:
            part_of_group = choice_of(element, own("part"), TexturePart) or TexturePart.COLOUR
            group = replace(
                self._blank(element, parent, part_of_group, "Group"), kind=LayerKind.GROUP
            )
            self._add(group_id, replace(group, hidden=self.pictures.mask(element)))
            if _lets_blend_through(element):
                self.notices.append(f"The group '{group.name}' is blended as a whole here.")
        self._read_members(element, group_id, part, place)
        self.layers[group_id] = self.layers.pop(group_id)

    def _layer(
        self, element: ET.Element, parent: str | None, part: TexturePart, place: tuple[int, int]
    ) -> PaintLayer:
        layer = self._blank(element, parent, part, "Layer")
        kind = choice_of(element, own("kind"), LayerKind)
        if kind is LayerKind.FILL:
            red, green, blue = numbers_of(element, own("colour"), 3, 0.0, 1.0, self.name)
            layer = replace(layer, kind=kind, colour=(red, green, blue))
        elif kind is LayerKind.ADJUSTMENT:
            layer = replace(layer, kind=kind, adjustment=self._adjustment(element))
        elif element.get(own("raster")) != "none":
            layer = replace(layer, raster=self.pictures.raster(element, place))
        return replace(layer, hidden=self.pictures.mask(element))

    def _blank(
        self, element: ET.Element, parent: str | None, part: TexturePart, noun: str
    ) -> PaintLayer:
        """What layers of all kinds have."""
        name = element.get("name", "").strip()[:_NAME_LETTERS] or noun
        return PaintLayer(
            name=name,
            part=part,
            parent=parent,
            is_visible=element.get("visibility") != "hidden",
            opacity=min(max(number_of(element, "opacity", 1.0), 0.0), 1.0),
            blend=self._blend(element, name),
        )

    def _blend(self, element: ET.Element, name: str) -> Blend:
        op = element.get("composite-op", COMPOSITE_OPS[Blend.NORMAL])
        if op not in _BLENDS:
            self.notices.append(
                f"The layer '{name}' is blended as normal: its way, {op[:40]!r}, is not known here."
            )
        return _BLENDS.get(op, Blend.NORMAL)

    def _adjustment(self, element: ET.Element) -> Adjustment:
        names = Adjustment.__dataclass_fields__
        numbers = numbers_of(element, own("adjustment"), len(names), -10.0, 10.0, self.name)
        try:
            return Adjustment(*numbers)
        except ValueError as reason:
            raise AssetError(f"{self.name} has an adjustment that makes no sense.") from reason

    def _id_of(self, element: ET.Element) -> str:
        return element.attrib[own("id")] if self._keeps_ids else str(len(self.layers) + 1)

    def _add(self, layer_id: str, layer: PaintLayer) -> None:
        self._nbytes += layer.nbytes
        if len(self.layers) >= MOST_LAYERS:
            raise AssetError(f"{self.name} has more than {MOST_LAYERS} layers.", _MERGE_HINT)
        if self._nbytes > limits.PAINTING_TILES:
            raise AssetError(f"{self.name} holds more than a painting can.", _MERGE_HINT)
        self.layers[layer_id] = layer


def _holds_part(element: ET.Element, is_at_top: bool) -> bool:
    """Whether it is no group of the artist but holds the layers of a texture part."""
    is_plain_stack = element.tag == "stack" and own("id") not in element.attrib
    return is_at_top and is_plain_stack and element.get("name", "") in _PARTS


def _lets_blend_through(element: ET.Element) -> bool:
    """Whether what is below a group meets its members one by one, and that makes a difference."""
    normal = COMPOSITE_OPS[Blend.NORMAL]
    is_through = element.get("isolation", "auto") != "isolate"
    is_plain = (
        number_of(element, "opacity", 1) == 1 and element.get("composite-op", normal) == normal
    )
    return is_through and is_plain and any(m.get("composite-op", normal) != normal for m in element)


def _restores(order: list[str], root: ET.Element) -> bool:
    """Whether our ids are there, each layer's once, so that all is put back as it was."""
    holders = {id(root), *(id(each) for each in root if _holds_part(each, is_at_top=True))}
    groups = {each.get(own("id")) for each in root.iter("stack") if id(each) not in holders}
    ids = [*groups, *(each.get(own("id")) for each in root.iter("layer"))]
    return (
        all(_ID.fullmatch(each) and int(each) <= LARGEST_ID for each in order)
        and len(set(order)) == len(order) == len(ids)
        and set(ids) == set(order)
    )
