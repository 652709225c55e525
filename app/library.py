"""What the library offers: avatars, hairstyles and portraits opened once, and their pictures."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.preferences import APPLICATION
from avatar_core.errors import AvatarError
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS
from avatar_core.io.hair_file import load_hair_label
from avatar_core.io.portrait_file import load_portrait_label
from avatar_core.project import is_bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.preferences import Preferences
    from avatar_core.geometry import UInt8
    from avatar_core.io.asset_members import AssetLabel
    from avatar_core.io.asset_references import AssetKind

_MOST_KEPT = 50
_PORTRAIT_PX = 192

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One avatar, hairstyle or portrait of the library.

    Args:
        reference: "demo:..." or a path, as a project names it.
        name, description: from the file itself.
    """

    reference: str
    name: str
    description: str = ""


class KnownAssets:
    """What was opened once, so that the library can offer it again.

    Args:
        preferences: where it is remembered.
        key: the name of the list there.
    """

    def __init__(self, preferences: Preferences, key: str) -> None:
        self._preferences = preferences
        self._key = key

    def entries(self) -> list[LibraryEntry]:
        """What is kept, in the order it came; what lost its file is left out."""
        kept = self._preferences.remembered(self._key)
        entries = [_entry(item) for item in kept] if isinstance(kept, list) else []
        return [entry for entry in entries if entry is not None and _is_there(entry.reference)]

    def add(self, entry: LibraryEntry) -> None:
        """Add something, or bring the words about what is known up to date."""
        entries = self.entries()
        known = [index for index, old in enumerate(entries) if old.reference == entry.reference]
        if known:
            entries[known[0]] = entry
        else:
            entries.append(entry)
        self._keep(entries[-_MOST_KEPT:])

    def remove(self, reference: str) -> None:
        self._keep([entry for entry in self.entries() if entry.reference != reference])

    def _keep(self, entries: list[LibraryEntry]) -> None:
        self._preferences.remember(self._key, [asdict(entry) for entry in entries])


class Portraits:
    """Small pictures of avatars, kept in the cache folder; losing them loses nothing.

    Args:
        folder: where they lie; the user's cache when left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(platformdirs.user_cache_dir(APPLICATION)) / "portraits"

    def find(self, reference: str) -> QImage | None:
        """The portrait of an avatar as its file is now, or None."""
        path = self._path(reference)
        image = QImage(str(path)) if path is not None and path.is_file() else QImage()
        return None if image.isNull() else image

    def keep(self, reference: str, picture: QImage) -> None:
        """Keep the middle of a picture as an avatar's portrait."""
        path = self._path(reference)
        if path is None or picture.isNull():
            return
        side = min(picture.width(), picture.height())
        left, top = (picture.width() - side) // 2, (picture.height() - side) // 2
        square = picture.copy(left, top, side, side).scaledToWidth(
            _PORTRAIT_PX, Qt.TransformationMode.SmoothTransformation
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _logger.info("No folder for portraits: %s", error)
            return
        square.convertToFormat(QImage.Format.Format_RGB32).save(str(path))

    def _path(self, reference: str) -> Path | None:
        try:
            file = AVATARS.path(reference)
            status = file.stat()
        except (AvatarError, OSError) as error:
            _logger.info("No portrait of %s: %s", reference, error)
            return None
        key = f"{file.absolute()} {status.st_size} {status.st_mtime_ns}"
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.png"


class AssetLabels:
    """What files say of themselves; each state of a file is read once.

    Args:
        kind: of the files.
        read: reads the label of one of them.
    """

    def __init__(self, kind: AssetKind, read: Callable[[Path], AssetLabel]) -> None:
        self._kind = kind
        self._read = read
        self._known: dict[str, tuple[tuple[int, int], AssetLabel | None]] = {}

    def find(self, reference: str) -> AssetLabel | None:
        """The label of a file as it is now; None when there is none to read."""
        try:
            path = self._kind.path(reference)
            status = path.stat()
        except (AvatarError, OSError, ValueError) as error:
            _logger.info("No %s %s: %s", self._kind.noun, reference, error)
            return None
        state = (status.st_size, status.st_mtime_ns)
        known, label = self._known.get(reference, (None, None))
        if known != state:
            label = self._label(path)
            self._known[reference] = (state, label)
        return label

    def _label(self, path: Path) -> AssetLabel | None:
        try:
            return self._read(path)
        except AvatarError as error:
            _logger.info("No label of %s: %s", path, error)
            return None


class HairLabels(AssetLabels):
    """What hair files say of themselves."""

    def __init__(self) -> None:
        super().__init__(HAIRSTYLES, load_hair_label)


class PortraitLabels(AssetLabels):
    """What portrait files say of themselves."""

    def __init__(self) -> None:
        super().__init__(PORTRAITS, load_portrait_label)


def image_of(picture: UInt8) -> QImage:
    """A picture [H, W, 3] uint8 sRGB for Qt, with pixels of its own."""
    height, width = picture.shape[:2]
    pixels = np.ascontiguousarray(picture)
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _entry(item: Any) -> LibraryEntry | None:
    try:
        return LibraryEntry(**{key: str(value) for key, value in item.items()})
    except (TypeError, AttributeError):
        return None


def _is_there(reference: str) -> bool:
    try:
        return is_bundled(reference) or Path(reference).is_file()
    except (OSError, ValueError):  # longer than any name, or with a zero in it
        return False
