"""Make-up: put on as ordinary layers, one step of the history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from app.panels.paint_presets import PresetCard
from app.workers.face_atlas import PATIENCE_S
from app.workers.preset_pictures import preset_pictures
from app.workers.tasks import TaskRunner
from avatar_core.commands import EditPaintLayers
from avatar_core.heads import neutral_parameters
from avatar_core.project.paint import LayerKind, PaintLayer, TexturePart
from avatar_core.texture.layers import added
from avatar_core.texture.presets import PRESETS, made_up

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from app.panels.paint_presets import PaintPresetsPanel
    from app.widgets.colour_field import Rgb
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError
    from avatar_core.geometry import UInt8
    from avatar_core.project import Painting


class PresetHandler(QObject):
    """Offers make-up with pictures on the avatar's own face, and puts it on.

    Args:
        context: the document.
        face: the face on the stage.
        panel: the cards.
    """

    def __init__(self, context: StudioContext, face: PaintFace, panel: PaintPresetsPanel) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._panel = panel
        self._pictured: UInt8 | None = None
        self._maker = TaskRunner("make-up", self)
        self._maker.finished.connect(self._put_on)
        self._maker.failed.connect(self._tell)
        self._painter = TaskRunner("make-up pictures", self)
        self._painter.finished.connect(self._show_pictures)
        self._painter.failed.connect(self._tell)
        panel.preset_wanted.connect(self.put_on)
        panel.show_presets(
            [
                PresetCard(each.id, each.label, each.tip, each.colours, each.strength)
                for each in PRESETS
            ]
        )
        face.atlas_ready.connect(self._look)

    def put_on(self, preset_id: str, colour: Rgb, strength: float) -> None:
        """Draw make-up in the background, and add it as layers."""
        preset = next(each for each in PRESETS if each.id == preset_id)
        asset, size = self._face.asset, self._face.painting.size
        if asset is None:
            return
        head = asset.head

        def draw(_task: TaskContext) -> tuple[PaintLayer, ...]:
            rest = head.pose(neutral_parameters(head))
            layers = made_up(preset, head.topology, size, colour, vertices=rest)
            return group_of(preset.label, layers, strength)

        self._maker.start(draw)

    def shutdown(self) -> None:
        self._maker.shutdown(PATIENCE_S)
        self._painter.shutdown(PATIENCE_S)

    def _put_on(self, layers: tuple[PaintLayer, ...]) -> None:
        project = self._context.project
        label = layers[-1].name
        self._context.errors.attempt(
            lambda: self._context.session.push(
                EditPaintLayers.between(project, with_layers(project.painting, layers), label)
            )
        )

    def _look(self) -> None:
        """Show how each look would look, once for each face."""
        atlas = self._face.atlas
        if atlas is not None and self._pictured is not atlas.asset.face.texture:
            self._pictured, asset = atlas.asset.face.texture, atlas.asset
            self._painter.start(lambda task: preset_pictures(asset, task))

    def _show_pictures(self, pictures: dict[str, UInt8]) -> None:
        for preset_id, pixels in pictures.items():
            height, width = pixels.shape[:2]
            kind = QImage.Format.Format_RGB888
            picture = QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, kind)
            self._panel.show_picture(preset_id, picture.copy())

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)


def group_of(name: str, layers: tuple[PaintLayer, ...], strength: float) -> tuple[PaintLayer, ...]:
    """Layers of one look, the lowest first; a group last where there are several."""
    weighed = tuple(
        replace(each, opacity=strength) if each.part is TexturePart.COLOUR else each
        for each in layers
    )
    if len(weighed) == 1:
        return weighed
    return (*weighed, PaintLayer(name, LayerKind.GROUP))


def with_layers(painting: Painting, layers: tuple[PaintLayer, ...]) -> Painting:
    """A painting with a look on top of all, as `group_of` gives it."""
    if len(layers) == 1:
        return added(painting, layers[0])
    first = int(painting.new_layer_id)
    group = str(first + len(layers) - 1)
    ids = [str(first + at) for at in range(len(layers))]
    new = {
        each: layer if each == group else replace(layer, parent=group)
        for each, layer in zip(ids, layers, strict=True)
    }
    return replace(painting, layers={**painting.layers, **new}, active=group)
