"""What tests of portraits share: small files, a stage without OpenGL, a reader without networks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from avatar_core.errors import FaceNotFoundError
from avatar_core.io.portrait_file import save_portrait
from avatar_core.project import CropBox, Portrait

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8


def sitter(name: str, **provenance: Any) -> Portrait:
    """A grey portrait of nobody."""
    picture = np.full((48, 64, 3), 120, np.uint8)
    box = CropBox(8, 4, 40)
    return Portrait(name, "Of nobody.", picture, box, provenance=provenance)


def sitter_file(folder: Path, name: str) -> str:
    """Its file."""
    save_portrait(sitter(name), folder / f"{name}.portrait")
    return str(folder / f"{name}.portrait")


class FakePortraitView(QWidget):
    """A view that draws nothing and remembers what it was asked."""

    add_requested = Signal()
    crop_edited = Signal(str, object)
    crop_editing_changed = Signal(object)
    driver_beside_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.beside: list[bool] = []
        self.cropping: list[str | None] = []
        self.picture: UInt8 | None = None

    def set_driver_beside(self, is_beside: bool) -> None:
        self.beside.append(is_beside)

    def set_crop_editing(self, portrait_id: str | None) -> None:
        self.cropping.append(portrait_id)
        self.crop_editing_changed.emit(portrait_id)

    def still(self) -> UInt8 | None:
        return self.picture


class FakeStage(QObject):
    """A stage whose view is made when it is opened; `has_portraits` is the test's to set."""

    view_made = Signal(object)
    open_changed = Signal(bool)

    def __init__(self, view: FakePortraitView) -> None:
        super().__init__(view)
        self._view = view
        self.has_view = self.has_portraits = self.is_wanted = False
        self.renewed = 0

    def renew_engines(self) -> None:
        self.renewed += 1

    @property
    def view(self) -> FakePortraitView:
        if not self.has_view:
            self.has_view = True
            self.view_made.emit(self._view)
        return self._view

    @property
    def is_open(self) -> bool:
        return self.is_wanted or self.has_portraits

    def set_open(self, is_open: bool) -> None:
        self.is_wanted = is_open
        if is_open:
            assert self.view is not None
        self.open_changed.emit(self.is_open)


class FakeReader:
    """Finds as many faces in a picture as the number at the end of its name; notes what it did."""

    def __init__(self, notices: tuple[str, ...] = ()) -> None:
        self.notices = notices
        self.made: list[tuple[str, int]] = []

    def open(self, path: Path) -> Any:
        count = int(path.stem[-1])
        if count == 0:
            raise FaceNotFoundError(f"No face was found in {path.name}.", "Take another.")
        faces = [
            SimpleNamespace(box=np.array([8.0 * at, 4, 8 * at + 6, 10])) for at in range(count)
        ]
        pixels = np.full((48, 64, 3), 90, np.uint8)
        return SimpleNamespace(
            name=path.stem, picture=SimpleNamespace(pixels=pixels), faces=tuple(faces)
        )

    def portrait(self, source: Any, face: int = 0) -> Portrait:
        self.made.append((source.name, face))
        return sitter(source.name, notices=list(self.notices))
