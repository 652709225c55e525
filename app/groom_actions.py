"""What hands reach for while grooming: the shelf of tools, and the actions of the Groom menu."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.action_spec import ActionSpec, with_access_keys
from avatar_core.hair.brush import BrushOption, BrushSettings, Falloff
from avatar_core.hair.brushes import BRUSHES
from avatar_core.hair.cut import TAPER_M

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.hair.brush import BrushKind

SHELF = ("Select", "Groom", "Length", "Density", "Colour", "Shape")
"""Groups of tools, from top to bottom."""


@dataclass(frozen=True, slots=True, eq=False)
class Tool:
    """One tool of the shelf.

    Args:
        id: stable name; a brush's own where it is one.
        group: its place, see `SHELF`.
        icon: name of an icon of the theme.
        keys: default shortcut; empty for none.
        label, tip: words for it.
        brush: what it paints with, or None for a tool of another kind.
        start: the settings of what has a size but is no such brush.
        options: numbers of a tool that is no brush.
    """

    id: str
    group: str
    icon: str
    keys: str
    label: str = ""
    tip: str = ""
    brush: BrushKind | None = None
    start: BrushSettings | None = None
    options: tuple[BrushOption, ...] = ()

    @property
    def has_size(self) -> bool:
        """Whether it works within a radius, with a strength that falls off."""
        return self.brush is not None or self.start is not None

    @property
    def numbers(self) -> tuple[BrushOption, ...]:
        """Its further numbers."""
        return self.options if self.brush is None else self.brush.options

    @property
    def first_settings(self) -> BrushSettings:
        """Those that it starts with."""
        start = self.start or BrushSettings()
        if self.brush is not None:
            start = BrushSettings(self.brush.radius_m, self.brush.strength)
        return replace(start, options={each.id: each.default for each in self.numbers})

    @property
    def action_id(self) -> str:
        return f"groom.tool_{self.id}"


_TAPER = BrushOption("taper", "Tapered tips",
                     "Length over which the new tips get thinner and fainter",
                     0, 0.03, TAPER_M, 1, 1000, " mm")  # fmt: skip

_ROWS = (
    Tool("select", "Select", "select_brush", "Q", "Select brush",
         "Paint a selection; Shift adds, Ctrl takes away, both keep the overlap",
         start=BrushSettings(0.02, 1.0, Falloff.CONSTANT)),
    Tool("rectangle", "Select", "box", "Shift+Q", "Rectangle",
         "Select what lies in a rectangle; Shift adds, Ctrl takes away, both keep the overlap"),
    Tool("lasso", "Select", "lasso", "", "Lasso", "Select what lies within a line drawn by hand"),
    Tool("polygon", "Select", "polygon", "", "Polygon",
         "Select between corners; a double-click or Enter closes the polygon"),
    Tool("sphere", "Select", "sphere", "", "Sphere",
         "Select a ball of hair: press in its middle, drag to its rim"),
    Tool("lock", "Select", "strand_lock", "Y", "This lock",
         "Select the lock under the cursor by colour, direction and distance",
         options=(BrushOption("tolerance", "Tolerance",
                              "How unlike hair may be and still belong to the lock", 0, 1, 0.5),)),
    Tool("comb", "Groom", "comb", "J"),
    Tool("hook", "Groom", "hook", ""),
    Tool("smooth", "Groom", "smooth", "O"),
    Tool("puff", "Groom", "puff", "V"),
    Tool("pinch", "Groom", "pinch", ""),
    Tool("twist", "Groom", "twist", ""),
    Tool("cut", "Length", "cut", "K"),
    Tool("cut_line", "Length", "cut_line", "Shift+K", "Cut by line",
         "Cut all hair along a line across the picture; Ctrl keeps the other side",
         options=(_TAPER,)),
    Tool("cut_lasso", "Length", "cut_lasso", "", "Cut by lasso",
         "Cut what a line drawn by hand encloses, and all that hangs on it", options=(_TAPER,)),
    Tool("grow", "Length", "grow", ""),
    Tool("density", "Density", "density", ""),
    Tool("clone", "Density", "clone", ""),
    Tool("repair", "Density", "repair", ""),
    Tool("delete", "Density", "erase", ""),
    Tool("dye", "Colour", "dye", "I"),
    Tool("highlight", "Colour", "highlights", ""),
    Tool("gizmo", "Shape", "gizmo", "", "Move, turn, scale",
         "Move, turn and scale the selected hair by handles"),
    Tool("parting", "Shape", "parting", "", "Parting",
         "Draw a line over the head: hair falls to either side of it",
         options=(BrushOption("width", "Width", "Of the bare line",
                              0.001, 0.012, 0.004, 1, 1000, " mm"),)),
)  # fmt: skip
"""In the order of the shelf. Words of brushes are their own."""


def _with_brushes(rows: Iterable[Tool], brushes: Iterable[BrushKind]) -> tuple[Tool, ...]:
    """The rows there are tools for; brushes without a row stand among those that groom."""
    kinds = {kind.id: kind for kind in brushes}
    known = [_of_kind(row, kinds.pop(row.id, None)) for row in rows]
    others = [_of_kind(Tool(kind.id, "Groom", "brush", ""), kind) for kind in kinds.values()]
    tools = [tool for tool in (*known, *others) if tool.label]
    return tuple(sorted(tools, key=lambda tool: SHELF.index(tool.group)))


def _of_kind(row: Tool, kind: BrushKind | None) -> Tool:
    if kind is None:
        return row
    return Tool(row.id, row.group, row.icon, row.keys, kind.label, kind.tip, kind)


TOOLS: tuple[Tool, ...] = _with_brushes(_ROWS, BRUSHES)
"""The shelf, group by group."""


def tool_of(tool_id: str) -> Tool:
    """The tool of an id.

    Raises:
        KeyError: there is none.
    """
    return {tool.id: tool for tool in TOOLS}[tool_id]


def _tool_specs() -> list[ActionSpec]:
    branches = dict.fromkeys(TOOLS, "groom_tools")
    branches |= {tool: "groom_select" for tool in TOOLS if tool.group == SHELF[0]}
    texts: dict[Tool, str] = {}
    for branch in ("groom_select", "groom_tools"):
        tools = [tool for tool in TOOLS if branches[tool] == branch]
        texts |= zip(tools, with_access_keys([tool.label for tool in tools]), strict=True)
    return [
        ActionSpec(tool.action_id, texts[tool], tool.keys, tool.tip, tool.icon, checkable=True,
                   branch=branches[tool])
        for tool in TOOLS
    ]  # fmt: skip


def _selection_specs() -> list[ActionSpec]:
    rows = (
        ("all", "Select &all", "Ctrl+A", "Select all hair that is not locked", "", "All"),
        ("none", "Select &nothing", "Ctrl+Shift+A",
         "Select nothing: tools then work on all hair", "", "None"),
        ("invert", "&Invert selection", "Ctrl+Shift+I",
         "Select what is not selected, and the other way round", "invert", "Invert"),
        ("expand", "&Grow selection", "Ctrl+=", "Select the neighbours too", "", "Grow"),
        ("shrink", "Shrin&k selection", "Ctrl+-", "Leave out the rim of the selection", "",
         "Shrink"),
        ("soften", "So&ften selection", "Ctrl+/", "Let the selection fade out at its rim", "",
         "Soften"),
        ("hide", "&Hide selected", "H", "Hide the selected hair, for now; tools leave it alone",
         "hidden", "Hide"),
        ("show_all", "&Show all", "Alt+H", "Show all hidden hair", "shown", "Show all"),
        ("isolate", "Is&olate selected", "/", "Hide all but the selected hair; again shows all",
         "target", "Isolate"),
        ("lock", "&Lock selected", "Ctrl+L", "Keep the selected hair from being changed",
         "locked", "Lock"),
        ("unlock", "&Unlock all", "Ctrl+Shift+L", "Let all hair be changed again", "", "Unlock"),
        ("erase", "&Delete selected", "Del",
         "Take the selected hair away; the keys work in the viewport", "erase", "Delete"),
    )  # fmt: skip
    return [
        ActionSpec(f"groom.{name}", text, keys, tip, icon, branch="groom_selection", brief=brief)
        for name, text, keys, tip, icon, brief in rows
    ]


def _layer_specs() -> list[ActionSpec]:
    rows = (
        ("layer_add", "&New layer", "Ctrl+Shift+N", "Begin a layer on top of all", "add"),
        ("layer_copy", "&Duplicate layer", "Ctrl+J", "Put a copy of the layer on top of it",
         "duplicate"),
        ("layer_merge", "&Merge down", "Ctrl+E", "Make one layer of this and the one below",
         "merge"),
        ("layer_raise", "Move &up", "", "Put the layer above the next one", "raise"),
        ("layer_lower", "Move do&wn", "", "Put the layer below the one before", "lower"),
        ("layer_bake", "&Bake all", "", "Make one layer of all that are visible", "bake"),
        ("layer_remove", "&Remove layer", "", "Take the layer and what it did away", "delete"),
    )  # fmt: skip
    return [
        ActionSpec(f"groom.{name}", text, keys, tip, icon, branch="groom_layers")
        for name, text, keys, tip, icon in rows
    ]


GROOM_ACTIONS: tuple[ActionSpec, ...] = (
    *_tool_specs(),
    *_selection_specs(),
    *_layer_specs(),
    ActionSpec("groom.mirror", "&Mirror strokes", "X",
               "Do every stroke on the other side of the head too", "mirror", checkable=True,
               brief="Mirror"),
    ActionSpec("groom.visible_only", "&Visible hair only", "Alt+Z",
               "Select what is to be seen, not what lies behind it", "visible", checkable=True,
               brief="Visible only"),
    ActionSpec("groom.pressure_size", "Pressure sets si&ze", "",
               "The harder the pen is pressed, the wider the brush", "pressure", checkable=True,
               brief="Pen: size"),
    ActionSpec("groom.pressure_strength", "Pressure sets stren&gth", "",
               "The harder the pen is pressed, the stronger the brush", "pressure",
               checkable=True, brief="Pen: strength"),
    ActionSpec("groom.bigger", "&Bigger brush", "]", "Make the brush wider"),
    ActionSpec("groom.smaller", "&Smaller brush", "[", "Make the brush narrower"),
    ActionSpec("groom.stronger", "St&ronger brush", "Shift+]", "Make the brush stronger"),
    ActionSpec("groom.weaker", "Weaker br&ush", "Shift+[", "Make the brush weaker"),
    ActionSpec("groom.dye_selected", "&Dye selected", "Shift+I",
               "Give the selected hair the colour of the Dye section", "dye"),
    ActionSpec("groom.dye_from_picture", "Take colour from &picture …", "",
               "Take the dye from the hair in a picture", "eyedropper"),
    ActionSpec("groom.copy_left", "Copy person's l&eft to right", "",
               "Make the right side of the hair the mirror image of the left", "mirror",
               brief="Left → right"),
    ActionSpec("groom.copy_right", "Copy person's r&ight to left", "",
               "Make the left side of the hair the mirror image of the right", "mirror",
               brief="Right → left"),
    ActionSpec("groom.swap_hair", "Swap &hair with …", "",
               "Put the hair of an .avatar, .hair, .ply, .spz or .splat file on this head",
               "swap"),
    ActionSpec("groom.save_hair", "Save as hairst&yle …", "",
               "Keep the hair as edited as a .hair file, to be put on other heads", "save"),
    ActionSpec("groom.export_rest", "E&xport hair at rest …", "",
               "Write the hair as edited as 3D Gaussians (.ply, .spz, .splat), around the neutral"
               " head",
               "export"),
    ActionSpec("groom.export_posed", "Export hair &as posed …", "",
               "Write the hair as edited as 3D Gaussians (.ply, .spz, .splat), as it lies now",
               "export"),
)  # fmt: skip
"""In the order of the menu."""
