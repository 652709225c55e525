"""What clips show: the avatar, the portraits, both side by side, or each in a file of its own.

And, in the same menu, what kind of film they become.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.handlers.clip_format import ClipFormatHandler
from app.handlers.virtual_camera import VirtualCameraHandler

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.handlers.portrait_stage import PortraitStage
    from app.viewport.avatar_view import AvatarView
    from app.viewport.ports import ClipTap
    from app.workers.performance import PerformanceEngine
    from avatar_core.recording.clip import VideoSettings

    ClipFile = tuple[Path, VideoSettings]


class ClipContent(StrEnum):
    """Who is to be seen in a clip."""

    AVATAR = "avatar"
    PORTRAITS = "portraits"
    SIDE_BY_SIDE = "side_by_side"
    """The avatar in the left half, the portraits in the right one."""
    TWO_FILES = "two_files"


_WORDS = {
    ClipContent.AVATAR: "Show the &avatar",
    ClipContent.PORTRAITS: "Show the &portraits",
    ClipContent.SIDE_BY_SIDE: "Show both &side by side",
    ClipContent.TWO_FILES: "Show both, in &two files",
}


class ClipContentHandler(QObject):
    """Lets the user choose, remembers it, and joins clips with the views that draw for them.

    Args:
        context: the document.
        engine: records.
        view: the avatar's.
        stage: has the portraits' view.
    """

    def __init__(
        self,
        context: StudioContext,
        engine: PerformanceEngine,
        view: AvatarView,
        stage: PortraitStage,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._stage = stage
        self._filmed = ClipContent.AVATAR
        self.menu = QMenu("Clip &options", context.window)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._offer)
        group = QActionGroup(self)
        self._choices = {content: self._choice(content, group) for content in ClipContent}
        self.film = ClipFormatHandler(context, self.menu)
        self.camera = VirtualCameraHandler(context)
        self._tap: ClipTap | None = None
        self.camera.tap_changed.connect(self._show_to_camera)
        view.rig.moved.connect(self._move_camera)
        kept = context.preferences.remembered("clip_content")
        is_known = kept in list(ClipContent)
        self._choices[ClipContent(kept) if is_known else ClipContent.AVATAR].setChecked(True)
        engine.clip_tap_changed.connect(self._film)
        engine.second_tap_changed.connect(self._film_portraits)

    @property
    def content(self) -> ClipContent:
        """What the next clip shows: the avatar alone while there are no portraits."""
        if not self._stage.has_portraits:
            return ClipContent.AVATAR
        return next(content for content, choice in self._choices.items() if choice.isChecked())

    def shutdown(self) -> None:
        self.camera.shutdown()

    def files(self, path: Path, settings: VideoSettings) -> list[ClipFile]:
        """The files of a clip that begins now, and how each is encoded.

        The avatar and both together fill the size asked for. Portraits by themselves get its
        height, and the width that they take up then, no wider than asked for.
        """
        self._filmed = self.content
        path, settings = self.film.file(path, settings)
        if self._filmed is ClipContent.PORTRAITS:
            return [(path, self._portrait_settings(settings))]
        if self._filmed is ClipContent.TWO_FILES:
            ending = settings.format.suffix
            second = path.with_name(f"{path.name.removesuffix(ending)} portraits{ending}")
            return [(path, settings), (second, self._portrait_settings(settings))]
        return [(path, settings)]

    def _portrait_settings(self, settings: VideoSettings) -> VideoSettings:
        width, height = self._stage.view.clip_size(settings.height, settings.width)
        return replace(settings, width=width, height=height)

    def _film(self, tap: ClipTap | None) -> None:
        """Give the first file's tap to whoever draws for it."""
        if self._filmed is ClipContent.PORTRAITS:
            self._film_portraits(tap)
            return
        if tap is not None and self._filmed is ClipContent.SIDE_BY_SIDE:
            from app.viewport.clip_beside import SideBySideTap

            portraits = self._stage.view
            portraits.moved.connect(self._view.film_again)
            tap = SideBySideTap(tap, portraits.picture)
        elif tap is None and self._filmed is ClipContent.SIDE_BY_SIDE:
            self._stage.view.moved.disconnect(self._view.film_again)
        self._tap = tap
        self._view.set_clip_tap(self.camera.joined(tap))

    def _show_to_camera(self) -> None:
        self._view.set_clip_tap(self.camera.joined(self._tap))

    def _move_camera(self) -> None:
        """What the virtual camera shows goes along with the view; a clip keeps its own."""
        if self.camera.is_on and self._tap is None:
            self._show_to_camera()

    def _film_portraits(self, tap: ClipTap | None) -> None:
        if tap is not None or self._filmed in (ClipContent.PORTRAITS, ClipContent.TWO_FILES):
            self._stage.view.set_clip_tap(tap)

    def _choice(self, content: ClipContent, group: QActionGroup) -> QAction:
        choice = QAction(_WORDS[content], self)
        choice.setCheckable(True)
        choice.triggered.connect(
            lambda: self._context.preferences.remember("clip_content", content.value)
        )
        group.addAction(choice)
        self.menu.addAction(choice)
        return choice

    def _offer(self) -> None:
        """Without portraits there is nothing to choose."""
        for content, choice in self._choices.items():
            choice.setEnabled(self._stage.has_portraits or content is ClipContent.AVATAR)
