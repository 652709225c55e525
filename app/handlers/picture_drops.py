"""Pictures that are dropped: as a portrait, behind the avatar, or as the driver."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.dialogs.files import BACKDROP, DRIVER
from app.icons import icon

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.handlers.portrait_stage import PortraitStage

_KEY = "picture_drop"


class PictureUse(StrEnum):
    """What becomes of a dropped picture."""

    PORTRAIT = "portrait"
    BACKGROUND = "background"
    DRIVER = "driver"


_WORDS = {
    PictureUse.PORTRAIT: ("&Portrait", "outline"),
    PictureUse.BACKGROUND: ("&Background", "picture"),
    PictureUse.DRIVER: ("&Driver", "video"),
}


class PictureDrops(QObject):
    """Asks in a menu at the pointer; over the portraits' view there is nothing to ask.

    What was chosen last comes first under Return.

    Args:
        context: remembers the choice.
        stage: has the portraits' view.
    """

    portraits_wanted = Signal(list)
    """Paths of pictures."""
    background_wanted = Signal(object)
    """Path of the first picture."""
    driver_wanted = Signal(object)
    """Path of the first picture."""

    def __init__(self, context: StudioContext, stage: PortraitStage) -> None:
        super().__init__(context.window)
        self._context = context
        self._stage = stage
        self.menu: QMenu | None = None

    def take(self, paths: Sequence[Path], place: QPoint) -> None:
        """Do with pictures what the user wants.

        Args:
            paths: at least one.
            place: where they were dropped, on the screen.
        """
        if self._is_over_portraits(place):
            self.portraits_wanted.emit(list(paths))
            return
        menu = self.menu = QMenu(self._context.window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName("Use the picture as")
        menu.addAction("Use the picture as").setEnabled(False)
        menu.addSeparator()
        usual = self._usual
        for use, (words, symbol) in _WORDS.items():
            action = QAction(icon(symbol), words, menu)
            action.triggered.connect(lambda _on=False, use=use: self._choose(use, list(paths)))
            menu.addAction(action)
            action.setEnabled(_can_be(use, paths[0]))
            if use is usual and action.isEnabled():
                menu.setDefaultAction(action)
        menu.popup(place)
        if menu.defaultAction() is not None:
            menu.setActiveAction(menu.defaultAction())

    @property
    def _usual(self) -> PictureUse:
        kept = self._context.preferences.remembered(_KEY)
        return PictureUse(kept) if kept in list(PictureUse) else PictureUse.PORTRAIT

    def _is_over_portraits(self, place: QPoint) -> bool:
        if not self._stage.has_view or self._stage.view.isHidden():
            return False
        view = self._stage.view
        return view.rect().contains(view.mapFromGlobal(place))

    def _choose(self, use: PictureUse, paths: list[Path]) -> None:
        self._context.preferences.remember(_KEY, use.value)
        if use is PictureUse.PORTRAIT:
            self.portraits_wanted.emit(paths)
        elif use is PictureUse.BACKGROUND:
            self.background_wanted.emit(paths[0])
        else:
            self.driver_wanted.emit(paths[0])


def _can_be(use: PictureUse, path: Path) -> bool:
    kinds = {PictureUse.BACKGROUND: BACKDROP, PictureUse.DRIVER: DRIVER}
    return use not in kinds or kinds[use].matches(path)
