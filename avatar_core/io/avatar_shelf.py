"""AvatarShelf, HairShelf and PortraitShelf: from the reference in a project to the thing itself."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS, AssetKind
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.hair_file import load_hair
from avatar_core.io.portrait_file import load_portrait
from avatar_core.project import AvatarAsset, HairAsset, Portrait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MOST_KEPT = 3
_MOST_PORTRAITS = 8

Asset = TypeVar("Asset")


class AssetShelf(Generic[Asset]):
    """Loads files by reference and keeps the latest few, so that undo does not read them again.

    Safe for any number of threads: a worker can load what the GUI thread asks for next.

    Args:
        kind: of the files.
        read: reads one of them.
        most_kept: so many stay in memory.
    """

    def __init__(
        self, kind: AssetKind, read: Callable[[Path], Asset], most_kept: int = _MOST_KEPT
    ) -> None:
        self._kind = kind
        self._most_kept = most_kept
        self._read = read
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int, int], Asset] = OrderedDict()

    def load(self, reference: str) -> Asset:
        """What a reference leads to: `demo:NAME` or a path.

        Raises:
            AssetError: there is no such file, or it cannot be read.
            ProjectFormatError: it is of another kind, or from a newer release.
        """
        path = self._kind.path(reference)
        with self._lock:
            status = self._kind.status(path)
            key = (path, status.st_size, status.st_mtime_ns)
            if key not in self._kept:
                self._kept[key] = self._read(path)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)
            return self._kept[key]


class AvatarShelf(AssetShelf[AvatarAsset]):
    """Avatars by reference.

    Args:
        read: reads one avatar file.
    """

    def __init__(self, read: Callable[[Path], AvatarAsset] = load_avatar) -> None:
        super().__init__(AVATARS, read)


class HairShelf(AssetShelf[HairAsset]):
    """Hairstyles by reference.

    Args:
        read: reads one hair file.
    """

    def __init__(self, read: Callable[[Path], HairAsset] = load_hair) -> None:
        super().__init__(HAIRSTYLES, read)


class PortraitShelf(AssetShelf[Portrait]):
    """Portraits by reference; several perform at once.

    Args:
        read: reads one portrait file.
    """

    def __init__(self, read: Callable[[Path], Portrait] = load_portrait) -> None:
        super().__init__(PORTRAITS, read, _MOST_PORTRAITS)
