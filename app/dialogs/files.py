"""Asking for files without stopping the window: the answer comes to a function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file a dialog offers.

    Args:
        title: of the kind, for the filter.
        suffixes: without dots; the first one is given to new files.
    """

    title: str
    suffixes: tuple[str, ...]

    @property
    def filter(self) -> str:
        return f"{self.title} ({' '.join(f'*.{suffix}' for suffix in self.suffixes)})"

    def matches(self, path: Path) -> bool:
        return path.suffix.lower().removeprefix(".") in self.suffixes


PROJECT = FileKind("Avatar Studio project", ("studio",))
AVATAR = FileKind("Avatar", ("avatar",))
HAIR = FileKind("Hairstyle", ("hair",))
OTHER_HAIR = FileKind("Avatar, hairstyle or Gaussians", ("avatar", "hair", "ply", "spz", "splat"))
TAKE = FileKind("Take", ("take",))
LIVE_LINK = FileKind("Live Link Face CSV", ("csv",))
FLAME = FileKind("FLAME sequence", ("npz",))
VIDEO = FileKind("Video", ("mp4", "mov", "mkv", "webm", "avi", "m4v", "mpg", "mpeg", "wmv", "ts"))
PICTURE = FileKind("Picture", ("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff"))
BACKDROP = FileKind("Picture", ("png", "jpg", "jpeg", "webp"))
PORTRAIT = FileKind("Portrait", ("portrait",))
PORTRAIT_SOURCE = FileKind("Picture or portrait", (*PICTURE.suffixes, "gif", *PORTRAIT.suffixes))
SOUND = FileKind(
    "Sound or video", ("wav", "mp3", "flac", "m4a", "ogg", "opus", "aac", *VIDEO.suffixes)
)
DRIVER = FileKind("Video or picture", (*VIDEO.suffixes, *PICTURE.suffixes))
RECORDED = FileKind(
    "Take, Live Link Face CSV or FLAME sequence",
    (*TAKE.suffixes, *LIVE_LINK.suffixes, *FLAME.suffixes),
)
WAV = FileKind("WAV sound", ("wav",))
CLIP = FileKind("Film", ("mp4",))
STILL = FileKind("Picture", ("png",))
PNG_8 = FileKind("PNG, 8 bits a channel", ("png",))
PAINT_PICTURE = FileKind("Picture", ("png", "jpg", "jpeg", "webp", "tif", "tiff"))
REPORT = FileKind("JSON", ("json",))
LAYERS = FileKind("OpenRaster picture", ("ora",))


def ask_open(
    parent: QWidget, title: str, folder: Path | str, kind: FileKind, then: Callable[[Path], object]
) -> QFileDialog:
    """Ask for a file that exists; `then` gets it, unless the user changed their mind."""
    dialog = _dialog(parent, title, folder, kind, then)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()
    return dialog


def ask_save(
    parent: QWidget, title: str, suggestion: Path, kind: FileKind, then: Callable[[Path], object]
) -> QFileDialog:
    """Ask where to write; asks back before a file is replaced; adds the suffix."""
    dialog = _dialog(parent, title, suggestion.parent, kind, then)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind.suffixes[0])
    dialog.selectFile(suggestion.name)
    dialog.open()
    return dialog


def ask_folder(
    parent: QWidget, title: str, folder: Path | str, then: Callable[[Path], object]
) -> QFileDialog:
    """Ask for a folder, which may be made in the dialog; `then` gets it."""
    start = Path(folder)
    while not start.is_dir() and start != start.parent:
        start = start.parent
    dialog = QFileDialog(parent, title, str(start))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    dialog.open()
    return dialog


def _dialog(
    parent: QWidget, title: str, folder: Path | str, kind: FileKind, then: Callable[[Path], object]
) -> QFileDialog:
    start = Path(folder)
    existing = start if start.is_dir() else Path.home()
    dialog = QFileDialog(parent, title, str(existing), f"{kind.filter};;All files (*)")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    return dialog
