"""Paint as plain data and arrays, and back: one form for files and for records.

See `project.values`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import (
    MOST_LAYERS,
    SIZES,
    Adjustment,
    BakedPaint,
    Blend,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    TexturePart,
)
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged
from avatar_core.project.tile_bytes import pack_raster, unpack_raster

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray

LARGEST_ID = 2**31 - 1

_MOST_TEXELS = 8192**2
"""Of one avatar's neural texture."""

_MOST_CHANNELS = 64
_LARGEST_DELTA = 1e6
_DIGEST_LETTERS = 64


def pack_painting(painting: Painting, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    """The plain data of a painting; what is long goes into the arrays."""
    return {
        "size": painting.size,
        "active": painting.active,
        "baked": pack_baked(painting.baked, arrays, f"{prefix}.baked"),
        "cloned": pack_baked(painting.cloned, arrays, f"{prefix}.cloned"),
        "layers": [
            {"id": layer_id, **pack_paint_layer(layer, arrays, f"{prefix}.layer_{layer_id}")}
            for layer_id, layer in painting.layers.items()
        ],
    }


def unpack_painting(fields: Fields, arrays: Arrays, prefix: str, most_bytes: int) -> Painting:
    """The painting of such data, whose tiles take at most so many bytes."""
    size = unpack_size(fields, "size")
    layers: dict[str, PaintLayer] = {}
    entries = fields.children("layers")
    if len(entries) > MOST_LAYERS:
        raise damaged(f"its painting has {len(entries)} layers")
    for entry in entries:
        layer_id = paint_layer_id(entry, "id")
        if layer_id in layers:
            raise damaged("its painting has a layer twice")
        layer = unpack_paint_layer(entry, arrays, f"{prefix}.layer_{layer_id}", size)
        most_bytes -= layer.nbytes
        if most_bytes < 0:
            raise damaged("its painting is larger than one can be")
        layers[layer_id] = layer
    baked, cloned = (
        unpack_baked(
            fields.child_or_none(key) if key in fields.names() else None, arrays, f"{prefix}.{key}"
        )
        for key in ("baked", "cloned")
    )
    try:
        return Painting(size, layers, fields.text_or_none("active"), baked, cloned)
    except ValueError as reason:
        raise damaged(f"its painting makes no sense ({reason})") from reason


def pack_paint_layer(layer: PaintLayer, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    """The plain data of one layer; its rasters go into the arrays."""
    for name in ("raster", "hidden"):
        pack_raster_or_none(getattr(layer, name), arrays, f"{prefix}.{name}")
    return {
        "name": layer.name,
        "kind": layer.kind.value,
        "part": layer.part.value,
        "parent": layer.parent,
        "is_visible": layer.is_visible,
        "opacity": layer.opacity,
        "blend": layer.blend.value,
        "raster": layer.raster is not None,
        "hidden": layer.hidden is not None,
        "colour": list(layer.colour),
        "adjustment": pack_adjustment(layer.adjustment),
        "source": layer.source,
    }


def unpack_paint_layer(fields: Fields, arrays: Arrays, prefix: str, size: int) -> PaintLayer:
    """A layer of a painting of that size."""
    raster, hidden = (
        unpack_raster(arrays, f"{prefix}.{name}", size, channels) if fields.flag(name) else None
        for name, channels in (("raster", 4), ("hidden", 1))
    )
    try:
        return PaintLayer(
            name=fields.text("name"),
            kind=fields.choice("kind", LayerKind),
            part=fields.choice("part", TexturePart),
            parent=None if fields.is_none("parent") else paint_layer_id(fields, "parent"),
            is_visible=fields.flag("is_visible"),
            opacity=fields.number("opacity", 0.0, 1.0),
            blend=fields.choice("blend", Blend),
            raster=raster,
            hidden=hidden,
            colour=unpack_paint_colour(fields, "colour"),
            adjustment=unpack_adjustment(fields.child("adjustment")),
            source=fields.text("source"),
        )
    except ValueError as reason:
        raise damaged(f"a paint layer makes no sense ({reason})") from reason


def pack_raster_or_none(raster: Raster | None, arrays: dict[str, AnyArray], prefix: str) -> bool:
    """Whether there is one; it goes into the arrays."""
    if raster is None:
        return False
    pack_raster(raster, arrays, prefix)
    return True


def pack_adjustment(adjustment: Adjustment) -> PlainData:
    return {name: getattr(adjustment, name) for name in Adjustment.__dataclass_fields__}


def unpack_adjustment(fields: Fields) -> Adjustment:
    try:
        return Adjustment(**{name: fields.number(name) for name in Adjustment.__dataclass_fields__})
    except ValueError as reason:
        raise damaged(f"an adjustment makes no sense ({reason})") from reason


def unpack_paint_colour(fields: Fields, key: str) -> tuple[float, float, float]:
    """Display RGB 0..1."""
    red, green, blue = fields.numbers(key, 3, 0.0, 1.0)
    return red, green, blue


def unpack_size(fields: Fields, key: str) -> int:
    """One of the sides that a painting may have."""
    size = fields.whole(key, SIZES[0], SIZES[-1])
    if size not in SIZES:
        raise damaged(f"its painting has an impossible size ({size})")
    return size


def paint_layer_id(fields: Fields, key: str) -> str:
    """A layer's id: a whole number from 1 on, as text."""
    text = fields.text(key, least=1)
    if not (re.fullmatch(r"[1-9][0-9]{0,9}", text) and int(text) <= LARGEST_ID):
        raise damaged(f"{text!r:.40} is no layer")
    return text


def pack_baked(
    baked: BakedPaint | None, arrays: dict[str, AnyArray], prefix: str
) -> PlainData | None:
    """The plain data of baked paint; its arrays go into the arrays."""
    if baked is None:
        return None
    for name in ("texels", "deltas", "kept"):
        arrays[f"{prefix}.{name}"] = getattr(baked, name)
    return {"source": baked.source}


def unpack_baked(fields: Fields | None, arrays: Arrays, prefix: str) -> BakedPaint | None:
    if fields is None:
        return None
    texels = arrays.get(f"{prefix}.texels", np.int32, "*", 0, _MOST_TEXELS - 1)
    if not (texels[1:] > texels[:-1]).all():
        raise damaged("baked paint holds its texels in no order")
    pattern = f"{len(texels)} *"
    deltas = arrays.get(f"{prefix}.deltas", np.float32, pattern, -_LARGEST_DELTA, _LARGEST_DELTA)
    if deltas.shape[1] > _MOST_CHANNELS:
        raise damaged("baked paint has too many channels")
    source = fields.text("source")
    if len(source) > _DIGEST_LETTERS:
        raise damaged("baked paint has an impossible source")
    kept = arrays.get(f"{prefix}.kept", np.float32, str(len(texels)), 0.0, 1.0)
    return BakedPaint(texels, deltas, kept, source)
