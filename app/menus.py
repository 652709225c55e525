"""The menu bar, made from the table of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.actions import BRANCHES, MENUS, STUDIO_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QMenu, QMenuBar

    from app.action_spec import ActionSpec
    from app.actions import Actions

_SEPARATED = {
    "file.pack", "file.open_avatar", "file.import_mega", "file.save_picture", "file.quit",
    "edit.neutral", "edit.preferences", "view.front",
    "view.reset", "view.turntable", "view.bookmark_1", "view.face_colour", "view.ellipsoids",
    "view.face_only", "view.wireframe", "view.background_other", "view.split", "view.grid",
    "view.full_screen", "view.perform", "groom.tool_comb", "groom.tool_cut",
    "groom.tool_density", "groom.tool_dye", "groom.tool_gizmo", "groom.expand", "groom.hide",
    "groom.erase", "groom.layer_raise", "groom.layer_remove", "groom.mirror", "groom.bigger",
    "groom.dye_selected", "groom.copy_left", "groom.swap_hair", "perform.record_take",
    "perform.calibrate", "perform.mouth", "perform.open_driver", "perform.take_of_sound",
    "perform.latency", "take.set_in", "take.step_back", "take.trim", "take.bake", "take.bypass",
    "take.timecode", "portrait.crop", "train.previous", "train.matte", "train.start",
    "train.folder", "help.log", "help.about",
}  # fmt: skip
"""Actions with a line above them."""

_FOLLOWED = {"file.open_hair": "portrait.add"}
"""Actions below which one of another menu stands, too."""


def fill_menu_bar(bar: QMenuBar, actions: Actions, guests: Mapping[str, QMenu]) -> dict[str, QMenu]:
    """Fill a menu bar with the actions that are there from the start.

    Args:
        bar: an empty one.
        actions: what it offers.
        guests: menus that stand below an action, by its id.

    Returns:
        The menus by name, those within others too.
    """
    menus = {name: _told(bar.addMenu(title)) for name, title in MENUS}
    fill_menus(menus, actions, STUDIO_ACTIONS, guests)
    return menus


def fill_menus(
    menus: dict[str, QMenu],
    actions: Actions,
    specs: Sequence[ActionSpec],
    guests: Mapping[str, QMenu] | None = None,
) -> None:
    """Put actions at the ends of their menus.

    Args:
        menus: by name; those within others are added where their first action stands.
        actions: has them.
        specs: which ones.
        guests: menus that stand below an action, by its id.
    """
    guests = guests or {}
    for spec in specs:
        home = menus[spec.id.partition(".")[0]]
        if spec.branch and spec.branch not in menus:
            menus[spec.branch] = _told(home.addMenu(BRANCHES[spec.branch]))
        menu = menus[spec.branch] if spec.branch else home
        if spec.id in _SEPARATED:
            menu.addSeparator()
        menu.addAction(actions[spec.id])
        if spec.id in _FOLLOWED:
            menu.addAction(actions[_FOLLOWED[spec.id]])
        if spec.id in guests:
            menu.addMenu(guests[spec.id])


def fill_menu(menu: QMenu, actions: Actions, specs: Sequence[ActionSpec]) -> None:
    """Offer actions in a menu of their own, with those within menus as in the menu bar."""
    branches: dict[str, QMenu] = {}
    _told(menu)
    for spec in specs:
        if spec.branch and spec.branch not in branches:
            branches[spec.branch] = _told(menu.addMenu(BRANCHES[spec.branch]))
        home = branches.get(spec.branch, menu)
        if spec.id in _SEPARATED and not spec.branch:
            home.addSeparator()
        home.addAction(actions[spec.id])


def _told(menu: QMenu) -> QMenu:
    menu.setToolTipsVisible(True)
    return menu
