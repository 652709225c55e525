"""Every action of the studio: its words, icon and default shortcut, in one table.

Menus, tool tips, the shortcut sheet and the preferences are all made from it, so that nothing can
be reached one way and not the others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from app.action_spec import ActionSpec
from app.icons import icon
from app.perform_actions import PERFORM_ACTIONS
from app.portrait_actions import PORTRAIT_ACTIONS, PORTRAIT_IMPORTS
from app.take_actions import TAKE_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BOOKMARK_KEYS = 9
"""So many bookmarks have keys of their own."""


def _camera_specs() -> list[ActionSpec]:
    rows = (
        ("frame", "&Frame avatar", "F", "Bring the whole avatar into view", "frame", "Frame"),
        ("front", "F&ront", "1", "Look from the front", "", ""),
        ("back", "&Back", "Ctrl+1", "Look from behind", "", ""),
        ("three_quarter_left", "Three-&quarter left", "2",
         "Look from between the front and the person's left", "", "¾ left"),
        ("three_quarter_right", "Three-quarter ri&ght", "Ctrl+2",
         "Look from between the front and the person's right", "", "¾ right"),
        ("left", "&Left", "3", "Look from the person's left", "", ""),
        ("right", "R&ight", "Ctrl+3", "Look from the person's right", "", ""),
        ("top", "&Top", "7", "Look from above", "", ""),
        ("bottom", "Botto&m", "Ctrl+7", "Look from below", "", ""),
        ("reset", "Reset &camera", "Home", "Back to the first view", "reset", "Reset"),
    )  # fmt: skip
    return [
        *(
            ActionSpec(f"view.{name}", text, keys, tip, icon, branch="camera", brief=brief)
            for name, text, keys, tip, icon, brief in rows
        ),
        ActionSpec("view.turntable", "T&urntable", "T",
                   "Walk round the avatar until something is dragged", "turntable",
                   checkable=True, branch="camera"),
        ActionSpec("view.camera", "Lens and &speed …", "B",
                   "Field of view, turntable, views and bookmarks", "lens", branch="camera"),
    ]  # fmt: skip


def _bookmark_specs() -> list[ActionSpec]:
    return [
        ActionSpec("view.bookmark", "&Bookmark this view", "Ctrl+B",
                   "Keep this view of the camera in the project", "bookmark", branch="bookmarks"),
        ActionSpec("view.bookmarks", "&Edit bookmarks …", "Shift+B",
                   "Rename, move and remove bookmarks", branch="bookmarks"),
        *(
            ActionSpec(f"view.bookmark_{number}", f"Bookmark &{number}", f"Shift+{number}",
                       f"Go to bookmark {number} of the project", branch="bookmarks")
            for number in range(1, BOOKMARK_KEYS + 1)
        ),
    ]  # fmt: skip


def _display_specs() -> list[ActionSpec]:
    faces = (
        ("colour", "Face: &colour", "F4", "The face as it is meant to look", "Colour"),
        ("diffuse", "Face: d&iffuse", "F5",
         "The basic texture alone, before view and expression change it", "Diffuse"),
        ("view", "Face: &view part", "F6",
         "What the view-dependent texture changes, on mid grey", "View"),
        ("dynamic", "Face: d&ynamic part", "F7", "What the expression changes, on mid grey",
         "Dynamic"),
        ("displacement", "Face: dis&placement", "F8",
         "Where the surface was moved, on mid grey", "Displacement"),
        ("uv", "Face: &UV", "U", "Places in the atlas, with a checker", "UV"),
        ("parts", "Face: p&arts", "P", "A colour for every part of the head", "Parts"),
    )  # fmt: skip
    switches = (
        ("ellipsoids", "Hair as &ellipsoids", "E", "Solid bodies, to see where the Gaussians lie",
         "", "Ellipsoids"),
        ("exact", "E&xact blending", "Shift+X",
         "Blend hair and face pixel by pixel as training does, without smooth edges", "", "Exact"),
        ("face_only", "&Face only", "Shift+F", "Hide the hair, for now", "", ""),
        ("hair_only", "&Hair only", "Shift+A", "Hide the face, for now", "", ""),
        ("wireframe", "&Wireframe", "W", "The mesh's edges over the picture", "wireframe", ""),
        ("depth", "Dep&th", "Z", "Distances instead of colours", "depth", ""),
        ("headlight", "Head&light", "Ctrl+H", "A light at the eye shapes the face",
         "headlight", ""),
    )  # fmt: skip
    return [
        ActionSpec("view.display", "&Display options …", "D",
                   "What the viewport shows of face, hair and background", "display",
                   branch="display"),
        ActionSpec("view.display_reset", "&Normal display", "Shift+D",
                   "Show the avatar as it is meant to look", branch="display"),
        *(
            ActionSpec(f"view.face_{name}", text, keys, tip, checkable=True, branch="display",
                       brief=brief)
            for name, text, keys, tip, brief in faces
        ),
        *(
            ActionSpec(f"view.{name}", text, keys, tip, icon, checkable=True, branch="display",
                       brief=brief)
            for name, text, keys, tip, icon, brief in switches
        ),
    ]  # fmt: skip


def _background_specs() -> list[ActionSpec]:
    rows = (
        ("grey", "18 % &grey", "The neutral grey of a photographer's card", "Grey"),
        ("black", "&Black", "Black behind the avatar", ""),
        ("white", "&White", "White behind the avatar", ""),
        ("green", "Green &screen", "Green to be keyed out of a film", "Green"),
    )
    return [
        *(
            ActionSpec(f"view.background_{name}", text, "", tip, checkable=True,
                       branch="background", brief=brief)
            for name, text, tip, brief in rows
        ),
        ActionSpec("view.background_other", "&Other colour …", "",
                   "Choose the colour behind the avatar", checkable=True, branch="background",
                   brief="Other …"),
        ActionSpec("view.background_picture", "&Picture …", "",
                   "Choose a picture to be seen behind the avatar", checkable=True,
                   branch="background"),
    ]  # fmt: skip


STUDIO_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("file.new", "&New project", "Ctrl+N", "Start an empty project", "new"),
    ActionSpec("file.open", "&Open …", "Ctrl+O", "Open a project", "open"),
    ActionSpec("file.earlier", "Open ear&lier version …", "",
               "Open a version that the studio has kept by itself, or steps left after a crash"),
    ActionSpec("file.save", "&Save", "Ctrl+S", "Save the project", "save"),
    ActionSpec("file.save_as", "Save &as …", "Ctrl+Shift+S", "Save the project as another file"),
    ActionSpec("file.pack", "Pac&k project …", "",
               "Write the project and all its files into one file, to hand it on"),
    ActionSpec("file.unpack", "&Unpack project …", "",
               "Give the files that travel in the project places of their own again"),
    ActionSpec("file.missing", "&Find missing files …", "",
               "Find files of the project that were moved, by what is in them"),
    ActionSpec("file.open_avatar", "Open a&vatar …", "", "Bring an .avatar file onto the stage",
               "library"),
    ActionSpec("file.open_hair", "Open &hairstyle …", "", "Put a .hair file on the avatar", "hair"),
    ActionSpec("file.import_mega", "Import &MeGA avatar …", "",
               "Make an avatar of a run of the published MeGA code and your own FLAME files",
               "import"),
    *PORTRAIT_IMPORTS,
    ActionSpec("file.import_take", "&Import take …", "Ctrl+I",
               "Import a .take file, a Live Link Face CSV or a FLAME sequence", "import"),
    ActionSpec("file.save_picture", "Save &picture …", "Ctrl+Shift+E",
               "Keep what the viewport shows as a picture, smoother than on the screen", "picture"),
    ActionSpec("file.render_take", "&Render take …", "Ctrl+Shift+R",
               "Draw a performance at full quality into a film, in the background", "clip"),
    ActionSpec("file.export", "Expor&t avatar …", "Ctrl+Alt+X",
               "Hand the avatar on: glTF, Gaussians (.ply, .spz, .splat), textures, curves,"
               " hairstyle, MeGA run", "export"),
    ActionSpec("file.quit", "&Quit", "Ctrl+Q", "Close the studio", "quit"),
    ActionSpec("edit.undo", "&Undo", "Ctrl+Z", "Take back the last step", "undo"),
    ActionSpec("edit.redo", "&Redo", "Ctrl+Shift+Z", "Do the step again", "redo"),
    ActionSpec("edit.neutral", "&Neutral expression", "N",
               "Put all expression sliders back to neutral", "neutral"),
    ActionSpec("edit.preferences", "&Preferences …", "Ctrl+,",
               "Device, folders, camera and shortcuts", "preferences"),
    *_camera_specs(),
    *_bookmark_specs(),
    *_display_specs(),
    *_background_specs(),
    ActionSpec("view.split", "&Split before and after", "S",
               "Show the avatar as it was loaded beside the edited one, once it was edited",
               "split", checkable=True),
    ActionSpec("view.before", "Only &before", "Tab",
               "Show the avatar as it was loaded; the keys work in the viewport", checkable=True),
    ActionSpec("view.grid", "Show &grid", "G", "Show the floor grid", "grid", checkable=True,
               brief="Grid"),
    ActionSpec("view.hair", "Show h&air", "A", "Show the hair", checkable=True, brief="Hair"),
    ActionSpec("view.hud", "Show r&eadings", "F3", "Show rate, times and tracking in the viewport",
               checkable=True),
    ActionSpec("view.full_screen", "F&ull screen", "F11", "Fill the whole screen", checkable=True),
    ActionSpec("view.reset_layout", "Reset la&yout", "", "Put all panels back to their places",
               "layout"),
    ActionSpec("view.perform", "&Perform workspace", "Alt+1",
               "Panels for driving the avatar and recording it", "play"),
    ActionSpec("view.train", "Train &workspace", "Alt+2",
               "Panels for training an avatar from a capture", "train"),
    ActionSpec("view.groom", "Groom wo&rkspace", "Alt+3", "Panels for grooming the avatar's hair",
               "comb"),
    ActionSpec("view.paint", "Pa&int workspace", "Alt+4", "Panels for painting the avatar's face",
               "paint"),
    *PERFORM_ACTIONS,
    *TAKE_ACTIONS,
    *PORTRAIT_ACTIONS,
    ActionSpec("train.open_capture", "&Choose capture …", "Ctrl+Shift+C",
               "Choose the folder of one person's capture", "folder"),
    ActionSpec("train.check", "Chec&k capture again", "",
               "Look for mistakes in pictures, mattes, labels, cameras and poses", "refresh"),
    ActionSpec("train.previous", "Pre&vious picture", ",", "The picture before of the series",
               "previous"),
    ActionSpec("train.next", "&Next picture", ".", "The next picture of the series", "next"),
    ActionSpec("train.matte", "Show &matte", "Shift+M", "Paint all outside of the matte red",
               "matte", checkable=True),
    ActionSpec("train.labels", "Show &labels", "Shift+L",
               "Paint hair amber, the head blue, other parts green", "labels", checkable=True),
    ActionSpec("train.outline", "Show &head outline", "Shift+H",
               "Draw where the posed head lies in the picture", "outline", checkable=True),
    ActionSpec("train.start", "&Start or resume training", "Ctrl+Return",
               "Train an avatar from the capture, or go on with its run", "train"),
    ActionSpec("train.pause", "&Pause training", "Ctrl+.",
               "Keep what is learnt and free processor and memory", "pause"),
    ActionSpec("train.cancel", "Canc&el training …", "",
               "Stop the run; asks what becomes of it", "stop"),
    ActionSpec("train.folder", "Show run's &folder", "",
               "Open the folder with checkpoint, previews and avatar", "folder"),
    ActionSpec("help.shortcuts", "&Keyboard shortcuts", "F1", "All shortcuts on one sheet",
               "keyboard"),
    ActionSpec("help.log", "Open &log", "", "Open the log file", "log"),
    ActionSpec("help.log_folder", "Show log &folder", "", "Open the folder with the log files"),
    ActionSpec("help.about", "&About Avatar Studio", "", "Version and licences", "about"),
)  # fmt: skip
"""Those that are there from the start, in the order of the menus."""


@cache
def all_actions() -> tuple[ActionSpec, ...]:
    """Those of the desks too.

    Their words are the brushes' own, which are loaded once the avatar is on the screen.
    """
    from app.groom_actions import GROOM_ACTIONS
    from app.paint_actions import PAINT_ACTIONS

    return (*STUDIO_ACTIONS, *GROOM_ACTIONS, *PAINT_ACTIONS)


MENUS: tuple[tuple[str, str], ...] = (
    ("file", "&File"),
    ("edit", "&Edit"),
    ("view", "&View"),
    ("groom", "&Groom"),
    ("paint", "P&aint"),
    ("perform", "&Perform"),
    ("take", "Ta&ke"),
    ("portrait", "P&ortrait"),
    ("train", "&Train"),
    ("help", "He&lp"),
)

BRANCHES: dict[str, str] = {
    "camera": "&Camera",
    "bookmarks": "B&ookmarks",
    "display": "&Display",
    "background": "Bac&kground",
    "groom_select": "Select &with",
    "groom_tools": "&Tools",
    "groom_selection": "Sele&ction",
    "groom_layers": "&Layers",
    "take_corrections": "&Corrections",
    "take_sound": "So&und",
    "paint_tools": "B&rushes",
    "paint_layers": "Pai&nt layers",
    "paint_files": "P&ictures",
    "paint_size": "Atlas siz&e",
}
"""Menus within a menu: name to title. One stands where its first action does."""

WORKSPACES_APART = ("groom", "paint")
"""Menus whose actions are offered in their own workspace alone, so that they may share keys."""


class Actions(QObject):
    """The actions themselves, by id, with the user's shortcuts."""

    added = Signal(object)
    """The specs of actions that there are from now on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specs: list[ActionSpec] = []
        self._actions: dict[str, QAction] = {}
        self._overrides: Mapping[str, str] = {}
        self.add(STUDIO_ACTIONS)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def add(self, specs: Sequence[ActionSpec]) -> None:
        """Offer further actions, those of a desk."""
        self._specs += specs
        self._actions |= {spec.id: self._make(spec) for spec in specs}
        self.added.emit(specs)

    def keys(self, spec: ActionSpec) -> QKeySequence:
        """Those of an action, also before it is there: the user's if any, else the default."""
        return QKeySequence(self._overrides.get(spec.id, spec.shortcut))

    def apply_shortcuts(self, overrides: Mapping[str, str]) -> None:
        """Give every action its keys, now and later."""
        self._overrides = dict(overrides)
        for spec in self._specs:
            action = self._actions[spec.id]
            action.setShortcut(self.keys(spec))
            action.setToolTip(_tip(spec.tip, action))

    def describe(self, action_id: str, *, text: str, icon_name: str, tip: str) -> None:
        """Give an action other words while its meaning is another: Pause instead of Play."""
        action = self._actions[action_id]
        if action.text() != text:
            action.setText(text)
            action.setIcon(icon(icon_name))
            action.setToolTip(_tip(tip, action))

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setIconText(spec.brief or spec.title)
        action.setCheckable(spec.checkable)
        action.setIconVisibleInMenu(not spec.checkable)  # it would take the place of the tick
        action.setShortcut(self.keys(spec))
        # Whoever enters a workspace enables what is done there, and no other has the keys then.
        action.setEnabled(spec.id.partition(".")[0] not in WORKSPACES_APART)
        action.setStatusTip(spec.tip)
        action.setToolTip(_tip(spec.tip, action))
        if spec.icon:
            action.setIcon(icon(spec.icon, spec.colour))
        return action


def conflicts(shortcuts: Mapping[str, str]) -> dict[str, list[str]]:
    """Key sequences given to more than one action: sequence to ids of actions.

    Actions that are never offered together may share keys, see `WORKSPACES_APART`.

    Args:
        shortcuts: keys by action id; actions left out have their default.
    """
    users: dict[str, list[str]] = {}
    for spec in all_actions():
        keys = normal_keys(shortcuts.get(spec.id, spec.shortcut))
        if keys:
            users.setdefault(keys, []).append(spec.id)
    return {keys: ids for keys, ids in users.items() if len(ids) > 1 and not _are_apart(ids)}


def _are_apart(ids: Sequence[str]) -> bool:
    menus = [each.partition(".")[0] for each in ids]
    return set(menus) <= set(WORKSPACES_APART) and len(set(menus)) == len(menus)


def normal_keys(keys: str) -> str:
    """One spelling per key sequence: "ctrl+z" and "Ctrl+Z" are the same keys."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)


def groups() -> list[tuple[str, list[ActionSpec]]]:
    """All actions by menu and menu within: (title, actions)."""
    sheet: dict[str, list[ActionSpec]] = {}
    for menu, title in MENUS:
        specs = [spec for spec in all_actions() if spec.id.startswith(f"{menu}.")]
        for branch, heading in (("", title), *BRANCHES.items()):
            rows = [spec for spec in specs if spec.branch == branch]
            if rows:
                sheet[heading.replace("&", "")] = rows
    return list(sheet.items())


def shortcut_sheet(actions: Actions) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """All shortcuts by group: (title, [(keys, title, tip)])."""
    native = QKeySequence.SequenceFormat.NativeText
    sheet = []
    for heading, specs in groups():
        rows = [
            (keys, spec.title, spec.tip)
            for spec in specs
            if (keys := actions.keys(spec).toString(native))
        ]
        if rows:
            sheet.append((heading, rows))
    return sheet


def _tip(tip: str, action: QAction) -> str:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{tip} ({keys})" if keys else tip
