"""Paint from files and into files: pictures, OpenRaster, and layers that follow a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from app.dialogs.files import LAYERS, PAINT_PICTURE, PNG_8, STILL, ask_open, ask_save
from app.workers.face_atlas import PATIENCE_S
from app.workers.tasks import TaskRunner
from avatar_core.commands import EditPaint, EditPaintLayers, SetPainting, SetPaintLayer
from avatar_core.io.watched_file import WatchedFile
from avatar_core.project.paint import LayerKind, PaintLayer

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8
    from avatar_core.io.open_raster_reader import OpenRaster
    from avatar_core.io.paint_pictures import PaintPicture
    from avatar_core.project import Painting

_LOOK_MS = 700


class PaintFiles(QObject):
    """Reads and writes in the background; what cannot be read or written changes nothing.

    Args:
        context: the document.
        face: the face on the stage.
    """

    def __init__(self, context: StudioContext, face: PaintFace) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._runner = TaskRunner("paint files", self)
        self._runner.finished.connect(self._finish)
        self._runner.failed.connect(self._tell)
        self._then: Callable[[Any], object] = lambda _result: None
        self._watched: dict[str, tuple[str, WatchedFile]] = {}
        self._looks = QTimer(self)
        self._looks.setInterval(_LOOK_MS)
        self._looks.timeout.connect(self._look)
        for name, ask in self._asks().items():
            context.actions[f"paint.{name}"].triggered.connect(lambda _on=False, ask=ask: ask())
        face.edited.connect(self.refresh)
        self._is_open = False

    def set_open(self, is_open: bool) -> None:
        """Whether the actions may be offered at all: in the Paint workspace."""
        self._is_open = is_open
        self.refresh()

    def refresh(self) -> None:
        """Offer what can be done with the chosen layer, and watch the files that are followed."""
        painting = self._painting
        layer = painting.layers.get(painting.active or "")
        is_raster = layer is not None and layer.kind is LayerKind.RASTER
        possible = {
            "import_picture": True,
            "open_layers": True,
            "save_layers": bool(painting.layers),
            "export_layer": is_raster,
            "export_face": self._face.atlas is not None,
            "edit_outside": is_raster,
            "stop_following": layer is not None and bool(layer.source),
        }
        for name, is_possible in possible.items():
            self._context.actions[f"paint.{name}"].setEnabled(self._is_open and is_possible)
        self._watch()

    def shutdown(self) -> None:
        self._looks.stop()
        self._runner.shutdown(PATIENCE_S)

    # what others ask

    def import_picture(self, path: Path) -> None:
        """Put a picture over the whole atlas, as a layer."""
        from avatar_core.io.paint_pictures import read_paint_picture

        size = self._painting.size

        def land(picture: PaintPicture) -> None:
            layer = PaintLayer(path.stem, raster=picture.raster)
            self._push(
                lambda: EditPaintLayers.added(self._context.project, layer, self._painting.active)
            )
            self._note(picture.notices)

        self._start(lambda: read_paint_picture(path, size), land)

    def open_layers(self, path: Path) -> None:
        """Take the layers of an OpenRaster file."""
        from avatar_core.io.open_raster_reader import read_open_raster

        size = self._painting.size

        def land(opened: OpenRaster) -> None:
            self._push(
                lambda: SetPainting.to(self._context.project, opened.painting, f"Open {path.name}")
            )
            self._note(opened.notices)

        self._start(lambda: read_open_raster(path, size), land)

    def save_layers(self, path: Path) -> None:
        """Keep all layers as an OpenRaster file."""
        from avatar_core.io.open_raster import write_open_raster

        painting, merged = self._painting, self._painted_face()
        if merged is not None:
            self._start(
                lambda: write_open_raster(path, painting, merged),
                lambda _done: self._context.toast.show_note(f"The layers are in {path.name}."),
            )

    def export_layer(self, path: Path, *, deep: bool) -> None:
        """Keep the chosen layer as a PNG of 16 bits a channel, or of 8."""
        from avatar_core.io.paint_pictures import save_raster
        from avatar_core.project.paint import Raster

        layer = self._painting.layers[self._active]
        raster = layer.raster or Raster(self._painting.size, 4)
        self._start(
            lambda: save_raster(path, raster, deep),
            lambda _done: self._context.toast.show_note(f"{layer.name} is in {path.name}."),
        )

    def export_face(self, path: Path) -> None:
        """Keep the atlas with all of its paint as a PNG."""
        from avatar_core.io.paint_pictures import save_pixels

        merged = self._painted_face()
        if merged is not None:
            self._start(
                lambda: save_pixels(path, merged),
                lambda _done: self._context.toast.show_note(f"The face is in {path.name}."),
            )

    def edit_outside(self) -> None:
        """Let another program work on the chosen layer."""
        layer, layer_id = self._painting.layers[self._active], self._active
        if layer.source and Path(layer.source).is_file():
            self._open_outside(Path(layer.source))
            return
        folder = Path(self._context.preferences.values.projects_folder)
        suggestion = folder / f"{layer.name}.png"
        ask_save(
            self._context.window, "Where the other program finds the layer", suggestion, STILL,
            lambda path: self._begin_following(layer_id, path),
        )  # fmt: skip

    # how

    @property
    def _painting(self) -> Painting:
        return self._context.project.painting

    @property
    def _active(self) -> str:
        active = self._painting.active
        assert active is not None  # else the action is not offered
        return active

    def _asks(self) -> dict[str, Callable[[], object]]:
        window = self._context.window

        def folder() -> Path:
            return Path(self._context.preferences.values.projects_folder)

        def name() -> str:
            return self._painting.layers[self._active].name

        def export_layer() -> object:
            dialog = ask_save(
                window, "Export layer", folder() / f"{name()}.png", STILL,
                lambda path: self.export_layer(path, deep=dialog.selectedNameFilter() != shallow),
            )  # fmt: skip
            shallow = PNG_8.filter
            dialog.setNameFilters(["PNG, 16 bits a channel (*.png)", shallow])
            return dialog

        return {
            "import_picture": lambda: ask_open(
                window, "Import picture", folder(), PAINT_PICTURE, self.import_picture
            ),
            "open_layers": lambda: ask_open(
                window, "Open layers", folder(), LAYERS, self.open_layers
            ),
            "save_layers": lambda: ask_save(
                window, "Save layers", folder() / "Painting.ora", LAYERS, self.save_layers
            ),
            "export_layer": export_layer,
            "export_face": lambda: ask_save(
                window, "Export painted face", folder() / "Face.png", STILL, self.export_face
            ),
            "edit_outside": self.edit_outside,
            "stop_following": lambda: self._push(
                lambda: SetPaintLayer.following(self._context.project, self._active, "")
            ),
        }

    def _painted_face(self) -> UInt8 | None:
        """[S, S, 3] the atlas with all of its paint, baked or not."""
        atlas = self._face.atlas
        if atlas is None:
            self._context.toast.show_error(
                "The atlas of the face is not laid out yet.", "Wait a moment."
            )
            return None
        from app.workers.face_atlas import painted_face

        return painted_face(atlas, self._painting)

    def _begin_following(self, layer_id: str, path: Path) -> None:
        from avatar_core.io.paint_pictures import save_raster
        from avatar_core.project.paint import Raster

        layer = self._painting.layers[layer_id]
        raster = layer.raster or Raster(self._painting.size, 4)

        def land(_done: object) -> None:
            self._push(lambda: SetPaintLayer.following(self._context.project, layer_id, str(path)))
            self._open_outside(path)

        self._start(lambda: save_raster(path, raster), land)

    def _open_outside(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._context.toast.show_note(
                f"Open {path.name} in a program of your choice.",
                "Whenever it is saved there, the layer is read again.",
            )

    def _watch(self) -> None:
        followed = {
            layer_id: layer.source
            for layer_id, layer in self._painting.layers.items()
            if layer.source
        }
        self._watched = {
            layer_id: kept
            for layer_id, kept in self._watched.items()
            if followed.get(layer_id) == kept[0]
        }
        for layer_id, source in followed.items():
            if layer_id not in self._watched:
                self._watched[layer_id] = source, self._watcher(layer_id, Path(source))
        if bool(self._watched) != self._looks.isActive():
            self._looks.start() if self._watched else self._looks.stop()

    def _watcher(self, layer_id: str, path: Path) -> WatchedFile:
        return WatchedFile(path, lambda saved: self._read_again(layer_id, saved), self._tell)

    def _look(self) -> None:
        for _, watched in list(self._watched.values()):
            watched.look()

    def _read_again(self, layer_id: str, path: Path) -> None:
        """Another program has saved the file that a layer follows.

        Raises:
            AssetError: it cannot be read.
        """
        from avatar_core.io.paint_pictures import read_paint_picture

        painting = self._painting
        picture = read_paint_picture(path, painting.size)
        layer = replace(painting.layers[layer_id], raster=picture.raster)
        after = replace(painting.with_layer(layer_id, layer), active=layer_id)
        self._push(
            lambda: EditPaint.between(self._context.project, after, f"Take over {path.name}")
        )
        self._note(picture.notices)

    def _start(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        self._then = then
        self._runner.start(lambda _task: work())

    def _finish(self, result: object) -> None:
        self._then(result)

    def _push(self, make: Callable[[], Any]) -> None:
        self._context.errors.attempt(lambda: self._context.session.push(make()))

    def _note(self, notices: tuple[str, ...]) -> None:
        if notices:
            self._context.toast.show_note(notices[0], " ".join(notices[1:]))

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)
