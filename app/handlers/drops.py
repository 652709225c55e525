"""Files dropped anywhere on the window, or given at the start, go where they belong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from app.dialogs.files import (
    AVATAR,
    DRIVER,
    HAIR,
    PICTURE,
    PORTRAIT,
    PROJECT,
    RECORDED,
    SOUND,
)
from avatar_core.io.official_run import is_official_run
from avatar_core.training.capture_index import is_capture_folder
from avatar_core.training.run_record import read_record

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class FileDrops(QObject):
    """Sorts paths by kind; one signal per kind."""

    project_dropped = Signal(Path)
    avatar_dropped = Signal(Path)
    hair_dropped = Signal(Path)
    portrait_dropped = Signal(Path)
    take_dropped = Signal(Path)
    driver_dropped = Signal(Path)
    """A video or picture to drive from."""
    sound_dropped = Signal(Path)
    """A voice to drive from."""
    pictures_dropped = Signal(list, QPoint)
    """Paths of pictures that came by the pointer, and where on the screen they were dropped."""
    run_dropped = Signal(Path)
    """A folder that the published MeGA code has written."""
    capture_dropped = Signal(Path)
    """A folder with a capture to train from."""
    training_dropped = Signal(Path)
    """The folder of a training run of the studio."""
    unknown_dropped = Signal(Path)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def take_in(self, path: Path) -> None:
        """Do with a file what its kind asks for."""
        for kind, signal in (
            (PROJECT, self.project_dropped),
            (AVATAR, self.avatar_dropped),
            (HAIR, self.hair_dropped),
            (PORTRAIT, self.portrait_dropped),
            (RECORDED, self.take_dropped),
            (DRIVER, self.driver_dropped),
            (SOUND, self.sound_dropped),
        ):
            if kind.matches(path):
                signal.emit(path)
                return
        if is_official_run(path):
            self.run_dropped.emit(path)
            return
        if is_capture_folder(path):
            self.capture_dropped.emit(path)
            return
        if read_record(path) is not None:
            self.training_dropped.emit(path)
            return
        self.unknown_dropped.emit(path)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QDragEnterEvent) and _files(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._take_dropped(_files(event), event.position().toPoint())
            event.acceptProposedAction()
            return True
        return False

    def _take_dropped(self, paths: list[Path], place: QPoint) -> None:
        pictures = [path for path in paths if _is_picture(path)]
        for path in paths:
            if path not in pictures:
                self.take_in(path)
        if pictures:
            self.pictures_dropped.emit(pictures, self._window.mapToGlobal(place))


def _is_picture(path: Path) -> bool:
    return PICTURE.matches(path) or path.suffix.lower() == ".gif"


def _files(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
