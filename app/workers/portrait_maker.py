"""PortraitMaker: from a picture file to a `.portrait` among the user's own, for the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from app.preferences import APPLICATION
from app.workers.mega_import import free_path
from avatar_core.errors import Cancelled
from avatar_core.io.portrait_file import save_portrait

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.workers.tasks import TaskContext
    from avatar_core.exchange.portrait_source import PortraitReader, PortraitSource
    from avatar_core.geometry import UInt8


@dataclass(frozen=True, slots=True, eq=False)
class FoundFaces:
    """A picture that was read, and the faces in it.

    Args:
        source: what a portrait is made from.
        picture: [H, W, 3] uint8 sRGB, upright.
        boxes: left, top, right and bottom of each face, pixels of the picture, largest first.
    """

    source: PortraitSource
    picture: UInt8
    boxes: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class MadePortrait:
    """A portrait among the user's own.

    Args:
        path: its file.
        name: what it is called.
        notices: sentences on what is not as the picture has it, or not as good as it could be.
    """

    path: Path
    name: str
    notices: tuple[str, ...]


def portraits_folder() -> Path:
    """Where the user's own portraits lie."""
    return Path(platformdirs.user_data_dir(APPLICATION)) / "portraits"


def open_reader() -> PortraitReader:
    """The reader with the studio's own networks."""
    from avatar_core.exchange.portrait_source import PortraitReader

    return PortraitReader()


class PortraitMaker:
    """Reads pictures and saves portraits; one job at a time, on whichever thread asks.

    Args:
        folder: where portraits are saved; made when it is not there.
        open_reader: makes the reader, once, on a thread of the background: it loads networks.
    """

    def __init__(
        self, folder: Path, open_reader: Callable[[], PortraitReader] = open_reader
    ) -> None:
        self._folder = folder
        self._open_reader = open_reader
        self._reader: PortraitReader | None = None
        self._lock = threading.Lock()  # a job that was stopped may not have ended yet

    def look(self, path: Path, task: TaskContext) -> FoundFaces:
        """Read a picture and find the faces in it.

        Raises:
            AvatarError: what `PortraitReader.open` raises.
            Cancelled: the task was stopped.
        """
        with self._lock:
            task.step(0.0, "Loading the face tracker")
            self._reader = self._reader or self._open_reader()
            task.step(0.3, "Looking for faces")
            source = self._reader.open(path)
            task.step(0.6, "Looking for faces")
        boxes = []
        for face in source.faces:
            left, top, right, bottom = (float(edge) for edge in face.box)
            boxes.append((left, top, right, bottom))
        return FoundFaces(source, source.picture.pixels, tuple(boxes))

    def make(self, found: FoundFaces, face: int, task: TaskContext) -> MadePortrait:
        """Save the portrait of one face as a new file; no file that exists is written over.

        Raises:
            AvatarError: what `PortraitReader.portrait` and `save_portrait` raise.
            Cancelled: the task was stopped; nothing was saved.
        """
        with self._lock:
            task.step(0.6, "Telling the person from the background")
            self._reader = self._reader or self._open_reader()
            portrait = self._reader.portrait(found.source, face)
            task.step(0.9, "Saving")
            path = free_path(self._folder, portrait.name, ".portrait")
            save_portrait(replace(portrait, name=path.stem), path)
        try:
            task.step(1.0, "Saved")
        except Cancelled:
            path.unlink(missing_ok=True)
            raise
        notices = portrait.provenance.get("notices", ())
        return MadePortrait(path, path.stem, tuple(map(str, notices)))
