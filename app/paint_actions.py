"""What hands reach for while painting: the shelf of brushes, and the actions of the Paint menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.action_spec import ActionSpec, with_access_keys
from avatar_core.project.paint import SIZES
from avatar_core.texture.brushes import PAINT_BRUSHES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.texture.brush import PaintBrushKind

SHELF = ("Paint", "Copy", "Fill")
"""Groups of brushes, from top to bottom."""


@dataclass(frozen=True, slots=True, eq=False)
class PaintTool:
    """One brush of the shelf.

    Args:
        kind: what it does.
        group: its place, see `SHELF`.
        icon: name of an icon of the theme.
        keys: default shortcut; empty for none.
        has_tip: whether size, hardness and spacing matter.
    """

    kind: PaintBrushKind
    group: str
    icon: str
    keys: str = ""
    has_tip: bool = True

    @property
    def id(self) -> str:
        return self.kind.id

    @property
    def action_id(self) -> str:
        return f"paint.tool_{self.id}"


_ROWS: dict[str, tuple[str, str, str, bool]] = {
    "paint": ("Paint", "paint", "Q", True),
    "erase": ("Paint", "erase", "K", True),
    "smudge": ("Paint", "smudge", "O", True),
    "blur": ("Paint", "blur", "V", True),
    "clone": ("Copy", "clone", "Y", True),
    "latent_clone": ("Copy", "skin", "Shift+Y", True),
    "fill": ("Fill", "bucket", "J", False),
    "gradient": ("Fill", "gradient", "H", False),
    "pick": ("Fill", "eyedropper", "I", False),
}
"""Group, icon, keys and whether there is a tip, by the brush's id."""


def _with_rows(kinds: Iterable[PaintBrushKind]) -> tuple[PaintTool, ...]:
    """The shelf; brushes without a row stand among those that paint."""
    tools = [PaintTool(kind, *_ROWS.get(kind.id, ("Paint", "brush", "", True))) for kind in kinds]
    return tuple(sorted(tools, key=lambda tool: SHELF.index(tool.group)))


PAINT_TOOLS: tuple[PaintTool, ...] = _with_rows(PAINT_BRUSHES)
"""The shelf, group by group."""


def paint_tool(tool_id: str) -> PaintTool:
    """The tool of an id.

    Raises:
        KeyError: there is none.
    """
    return {tool.id: tool for tool in PAINT_TOOLS}[tool_id]


def _tool_specs() -> list[ActionSpec]:
    texts = with_access_keys([tool.kind.label for tool in PAINT_TOOLS])
    return [
        ActionSpec(tool.action_id, text, tool.keys, tool.kind.tip, tool.icon, checkable=True,
                   branch="paint_tools")
        for tool, text in zip(PAINT_TOOLS, texts, strict=True)
    ]  # fmt: skip


def _layer_specs() -> list[ActionSpec]:
    rows = (
        ("layer_add", "&New layer", "Ctrl+Shift+N", "Begin a layer to paint on", "add"),
        ("fill_add", "New &fill", "", "A layer of one colour, to be shown through its mask",
         "bucket"),
        ("adjustment_add", "New &adjustment", "",
         "A layer that changes hue, saturation and levels of what lies below", "sliders"),
        ("group_add", "New &group", "Ctrl+G", "A folder that layers can be drawn into", "group"),
        ("layer_copy", "&Duplicate", "Ctrl+J", "Put a copy of the layer on top of it",
         "duplicate"),
        ("layer_merge", "&Merge down", "Ctrl+E", "Make one layer of this and the one below",
         "merge"),
        ("layer_flatten", "F&latten group", "", "Make one layer of a group", "bake"),
        ("layer_raise", "Move &up", "Ctrl+]", "Put the layer above the next one", "raise"),
        ("layer_lower", "Move do&wn", "Ctrl+[", "Put the layer below the one before", "lower"),
        ("layer_remove", "&Remove", "", "Take the layer and what is on it away", "delete"),
        ("mask_add", "Add mas&k", "", "Give the layer a mask: black hides what is on it", "mask"),
        ("mask_invert", "&Invert mask", "", "Show what the mask hides and hide what it shows",
         "invert"),
        ("mask_remove", "Remo&ve mask", "", "Take the layer's mask away: all of it is seen",
         "clear"),
        ("mask_paint", "&Paint on mask", "", "Brushes work on the layer's mask", "mask"),
    )  # fmt: skip
    return [
        ActionSpec(f"paint.{name}", text, keys, tip, sign, branch="paint_layers",
                   checkable=name == "mask_paint")
        for name, text, keys, tip, sign in rows
    ]  # fmt: skip


def _file_specs() -> list[ActionSpec]:
    rows = (
        ("import_picture", "&Import picture …", "A PNG, JPEG, WebP or TIFF over the whole atlas"
         " as a layer", "import"),
        ("place_picture", "&Place picture on the face …", "A picture as a layer, thrown on the skin"
         " where you press and as large as you draw", "picture"),
        ("open_layers", "&Open layers …", "Take the layers of an OpenRaster file (.ora) in place"
         " of all there are", "open"),
        ("save_layers", "Save la&yers …", "Keep all layers as an OpenRaster file (.ora) for Krita"
         " and GIMP", "save"),
        ("export_layer", "E&xport layer …", "Keep the layer as a PNG of 16 or 8 bits", "export"),
        ("export_face", "Export painted &face …", "Keep the atlas with all of its paint as a PNG",
         "picture"),
        ("edit_outside", "&Edit in other program", "Open the layer in the program for PNG files;"
         " whenever it is saved there, it is read again", "link"),
        ("stop_following", "&Stop following the file", "Leave the layer as it is when its file"
         " changes", ""),
    )  # fmt: skip
    return [
        ActionSpec(f"paint.{name}", text, "", tip, sign, branch="paint_files")
        for name, text, tip, sign in rows
    ]


def _switch_specs() -> list[ActionSpec]:
    rows = (
        ("mirror", "&Mirror strokes", "X", "Paint the other side of the face too", "mirror",
         "Mirror"),
        ("shield", "Hair &and ears shield", "", "Paint stops at what hair and ears hide from the"
         " eye", "through", "Shield"),
        ("facing", "Fa&de at the edge", "", "Paint fades where the skin turns away from the eye",
         "", "Facing"),
        ("through", "Paint across ga&ps", "", "Paint does not stop where the surface does, at lips"
         " and eyelids", "", "Across gaps"),
        ("pressure_size", "Pressure sets si&ze", "", "The harder the pen is pressed, the wider"
         " the brush", "pressure", "Pen: size"),
        ("pressure_flow", "Pressure sets fl&ow", "", "The harder the pen is pressed, the more each"
         " stamp leaves", "pressure", "Pen: flow"),
        ("pressure_opacity", "Pressure sets opacit&y", "", "The harder the pen is pressed, the"
         " more a stroke covers", "pressure", "Pen: opacity"),
        ("follow_path", "Tip &turns with the line", "", "The tip of the brush points where the"
         " stroke goes", "", "Tip follows"),
    )  # fmt: skip
    return [
        ActionSpec(f"paint.{name}", text, keys, tip, sign, checkable=True, brief=brief)
        for name, text, keys, tip, sign, brief in rows
    ]


def _size_specs() -> list[ActionSpec]:
    return [
        ActionSpec(f"paint.size_{size}", f"&{size}", "",
                   f"Bring all layers to {size} x {size} texels", checkable=True,
                   branch="paint_size")
        for size in SIZES
    ]  # fmt: skip


PAINT_ACTIONS: tuple[ActionSpec, ...] = (
    *_tool_specs(),
    *_layer_specs(),
    *_file_specs(),
    *_size_specs(),
    *_switch_specs(),
    ActionSpec("paint.stencil", "Paint throu&gh a stencil …", "",
               "Lay a picture over the view: brushes paint on the head where it is white; Shift"
               " with the wheel or the middle button sizes and moves it; again takes it away",
               "mask", checkable=True, brief="Stencil"),
    ActionSpec("paint.bigger", "&Bigger brush", "]", "Make the brush wider"),
    ActionSpec("paint.smaller", "&Smaller brush", "[", "Make the brush narrower"),
    ActionSpec("paint.harder", "&Harder brush", "Shift+]", "Make the rim of the brush sharper"),
    ActionSpec("paint.softer", "So&fter brush", "Shift+[", "Make the rim of the brush softer"),
    ActionSpec("paint.swap_colours", "S&wap colours", "",
               "Let the two colours change places", "swap"),
    ActionSpec("paint.bake", "Ba&ke now", "Ctrl+Shift+B",
               "Make the paint part of the neural texture", "bake", brief="Bake now"),
    ActionSpec("paint.bake_auto", "Bake by itse&lf", "",
               "Bake whenever nothing was painted for some seconds", checkable=True,
               brief="By itself"),
    ActionSpec("paint.unbake", "&Unbake", "",
               "Take baked paint out of the neural texture again; the layers stay"),
    ActionSpec("paint.clear", "&Clear painting", "", "Take all paint off the face", "delete"),
)  # fmt: skip
"""In the order of the menu."""
