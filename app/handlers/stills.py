"""Pictures of the viewport, kept as files: up to 8K, with alpha, 8 or 16 bits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QProgressDialog

from app.dialogs.files import STILL, ask_save
from app.dialogs.still_options import StillOptions, StillOptionsDialog
from app.workers.tasks import TaskRunner
from avatar_core.io.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from app.viewport.pictures_apart import DrawPicture
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.render.picture_tiles import Tile
    from avatar_core.render.scene import SceneOptions

    UInt16 = NDArray[np.uint16]

_SUPERSAMPLE = 2
_REMEMBERED = "still_options"
_WRITING_S = 60.0
"""How long the window waits for a picture when it is closed."""

_LEVEL = 4
"""Of compression: 8K with 16 bits takes a processor many seconds as it is."""


class StillHandler(QObject):
    """Asks how and where, draws the view tile by tile at twice its size, and writes the means.

    Between two tiles the window lives on; what is shown stands still meanwhile.
    """

    def __init__(self, context: StudioContext, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._work: Iterator[float] | None = None
        self._progress: QProgressDialog | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        self._writers: list[TaskRunner] = []
        context.actions["file.save_picture"].triggered.connect(self.ask)

    def ask(self) -> None:
        """Ask how the picture is to be."""
        kept = StillOptions.from_record(self._context.preferences.remembered(_REMEMBERED))
        shown = self._view.camera()
        size = (shown.width_px, shown.height_px)
        dialog = StillOptionsDialog(kept, size, self._context.window)
        dialog.chosen.connect(self._ask_where)
        dialog.open()

    def save(self, path: Path, options: StillOptions | None = None) -> None:
        """Draw, with progress where that takes several tiles, then write in the background."""
        self._cancel()
        self._view.is_held = True
        self._work = self._drawn(path, options or StillOptions())
        self._show_progress()
        self._go_on()

    def shutdown(self) -> None:
        self._cancel()
        for writer in self._writers:
            writer.shutdown(_WRITING_S)

    def _ask_where(self, options: StillOptions) -> None:
        self._context.preferences.remember(_REMEMBERED, options.record())
        folder = Path(self._context.preferences.values.projects_folder)
        suggestion = folder / f"{safe_name(self._context.session.avatar.name)}.png"
        ask_save(
            self._context.window,
            "Save picture",
            suggestion,
            STILL,
            lambda path: self.save(path, options),
        )

    def _drawn(self, path: Path, options: StillOptions) -> Iterator[float]:
        """Draw tile after tile, telling how far that is; then have it written."""
        from avatar_core.render.picture_tiles import picture_tiles

        shown = self._view.camera()
        camera = shown if options.size is None else shown.resized(*options.size)
        tiles = picture_tiles(camera.width_px, camera.height_px)
        canvas = _Canvas(camera, options)
        for done, tile in enumerate(tiles):
            yield done / len(tiles)
            self._view.draw_apart(partial(canvas.draw, tile))
            if canvas.picture is None:  # nothing can be drawn, and the view has told why
                return
        picture = canvas.picture
        assert picture is not None
        self._write(picture, path, options)

    def _write(self, picture: UInt16, path: Path, options: StillOptions) -> None:
        """In the background, beside pictures that are still being written: none goes unheard."""
        for each in self._writers[:]:
            if not each.is_running and each.shutdown(0.0):
                self._writers.remove(each)
                each.deleteLater()
        writer = TaskRunner("The picture", self)
        writer.finished.connect(self._tell)
        writer.failed.connect(self._context.errors.show)
        self._writers.append(writer)
        writer.start(lambda _task: write_still(picture, path, options))

    def _go_on(self) -> None:
        try:
            share = None if self._work is None else next(self._work, None)
        except Exception:
            self._cancel()
            raise
        if share is None:
            self._cancel()
            return
        if self._progress is not None:
            self._progress.setValue(round(100 * share))  # which may hear that it is cancelled
        if self._work is not None:
            self._timer.start(0)

    def _show_progress(self) -> None:
        self._progress = QProgressDialog(
            "Drawing the picture …", "Cancel", 0, 100, self._context.window
        )
        self._progress.setWindowTitle("Save picture")
        self._progress.setWindowModality(Qt.WindowModality.WindowModal)
        self._progress.setMinimumDuration(400)
        self._progress.canceled.connect(self._cancel)

    def _cancel(self) -> None:
        self._timer.stop()
        self._view.is_held = False
        self._work, progress, self._progress = None, self._progress, None
        if progress is not None:
            progress.canceled.disconnect(self._cancel)
            progress.close()
            progress.deleteLater()

    def _tell(self, path: Path) -> None:
        self._context.toast.show_note(f"Saved {path.name}.", str(path.parent))


@dataclass
class _Canvas:
    """A picture in the making, [H, W, 3 or 4] with premultiplied colour; None before the start."""

    camera: Camera
    options: StillOptions
    picture: UInt16 | None = None

    def draw(self, tile: Tile, draw: DrawPicture, scene: SceneOptions) -> None:
        import numpy as np

        from avatar_core.render.picture_tiles import reduced_tile, tile_camera, tile_of_backdrop

        size = (self.camera.width_px, self.camera.height_px)
        if self.options.is_transparent:
            scene = replace(scene, transparent=True, show_grid=False)
        elif scene.background_image is not None:
            behind = tile_of_backdrop(scene.background_image, size, tile)
            scene = replace(scene, background_image=behind)
        part = reduced_tile(draw(tile_camera(self.camera, tile, _SUPERSAMPLE), scene), tile)
        if self.picture is None:
            self.picture = np.zeros((size[1], size[0], part.shape[2]), np.uint16)
        self.picture[tile.rows, tile.columns] = part


def write_still(picture: UInt16, path: Path, options: StillOptions) -> Path:
    """Write a picture as `.png`, tagged as sRGB, with straight alpha.

    Args:
        picture: [H, W, 3], or [H, W, 4] with premultiplied colour, sRGB, top row first. Changed.
        path: replaced whole or not at all.
        options: depth.

    Raises:
        AssetError: the folder is missing or cannot be written to, the disk is full.
    """
    from avatar_core.recording.alpha import straight
    from avatar_core.recording.colour import eight_bits

    if picture.shape[2] == 4:
        for row in range(0, len(picture), 256):  # 8K at once would take gigabytes
            picture[row : row + 256] = straight(picture[row : row + 256])
    return write_png(picture if options.is_deep else eight_bits(picture), path)


def write_png(picture: UInt8 | UInt16, path: Path) -> Path:
    """Write a picture as `.png`, tagged as sRGB.

    Args:
        picture: [H, W, 3], or [H, W, 4] with straight alpha, sRGB, top row first.
        path: replaced whole or not at all.

    Raises:
        AssetError: the folder is missing or cannot be written to, the disk is full.
    """
    from avatar_core.io.atomic import atomic_write
    from avatar_core.io.png_picture import picture_to_png

    data = picture_to_png(picture, _LEVEL)
    with atomic_write(path) as file:
        file.write(data)
    return path
