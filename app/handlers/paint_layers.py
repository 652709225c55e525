"""The layers of paint: the list, and what is done with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.handlers.paint_thumbnails import Thumbnails
from app.panels.paint_layers import PaintLayerRow
from avatar_core.commands import (
    EditPaint,
    EditPaintLayers,
    MovePaintLayer,
    SetActivePaintLayer,
    SetPainting,
    SetPaintLayer,
)
from avatar_core.project.paint import SIZES, LayerKind, PaintLayer
from avatar_core.texture.canvas import PaintTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from app.handlers.paint_settings import PaintToolSettings
    from app.panels.paint_layers import PaintLayersPanel
    from avatar_core.commands import Command
    from avatar_core.project import Painting


class PaintLayerHandler(QObject):
    """Turns what the Paint layers panel asks into commands, and shows what came of them.

    Args:
        context: the document.
        face: the face on the stage.
        settings: know the colour of new fills.
        panel: the list.
    """

    def __init__(
        self,
        context: StudioContext,
        face: PaintFace,
        settings: PaintToolSettings,
        panel: PaintLayersPanel,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._colour = settings
        self._panel = panel
        self._pictures = Thumbnails()
        self._is_open = False
        self._connect_panel()
        for name, make in self._makers().items():
            context.actions[f"paint.{name}"].triggered.connect(
                lambda _on=False, make=make: self._push(make)
            )
        for size in SIZES:
            context.actions[f"paint.size_{size}"].triggered.connect(
                lambda _on=False, size=size: self._push(
                    lambda: SetPainting.resized(context.project, size)
                )
            )
        context.actions["paint.mask_paint"].triggered.connect(self._aim)
        face.edited.connect(self.refresh)

    def set_open(self, is_open: bool) -> None:
        """Whether the actions may be offered at all: in the Paint workspace."""
        self._is_open = is_open
        self.refresh()

    def refresh(self) -> None:
        """Show the layers, the topmost first, and offer what can be done with the chosen one."""
        if not self._is_open:
            return self._offer({})
        painting = self._painting
        rows = list(self._rows(None))
        self._pictures.keep_only(
            {f"{row.id} {each}" for row in rows for each in ("picture", "mask")}
        )
        on_mask = self._face.target is PaintTarget.MASK
        self._panel.show_layers(rows, painting.active, on_mask=on_mask)
        self._context.actions["paint.mask_paint"].setChecked(on_mask)
        for size in SIZES:
            self._context.actions[f"paint.size_{size}"].setChecked(size == painting.size)
        return self._offer(self._possible())

    @property
    def _painting(self) -> Painting:
        return self._context.project.painting

    @property
    def _active(self) -> str:
        active = self._painting.active
        assert active is not None  # else the action is not offered
        return active

    def _rows(self, parent: str | None) -> Iterator[PaintLayerRow]:
        painting = self._painting
        for layer_id in reversed(painting.members(parent)):
            layer = painting.layers[layer_id]
            yield PaintLayerRow(
                id=layer_id,
                name=layer.name,
                kind=layer.kind,
                part=layer.part,
                parent=layer.parent,
                is_visible=layer.is_visible,
                opacity=layer.opacity,
                blend=layer.blend,
                colour=layer.colour,
                adjustment=layer.adjustment,
                picture=self._pictures.of(f"{layer_id} picture", layer.raster),
                mask=self._pictures.of(f"{layer_id} mask", layer.hidden),
                follows=Path(layer.source).name if layer.source else "",
            )
            yield from self._rows(layer_id)

    def _possible(self) -> dict[str, bool]:
        painting = self._painting
        layer = painting.layers.get(painting.active or "")
        siblings: tuple[str, ...] = () if layer is None else painting.members(layer.parent)
        place = siblings.index(self._active) if layer is not None else 0
        has_mask = layer is not None and layer.hidden is not None
        is_group = layer is not None and layer.kind is LayerKind.GROUP
        return {
            "layer_add": True,
            "fill_add": True,
            "adjustment_add": True,
            "group_add": True,
            "layer_copy": layer is not None,
            "layer_merge": place > 0,
            "layer_flatten": is_group,
            "layer_raise": layer is not None and place < len(siblings) - 1,
            "layer_lower": place > 0,
            "layer_remove": layer is not None,
            "mask_add": layer is not None and not has_mask,
            "mask_invert": has_mask,
            "mask_remove": has_mask,
            "mask_paint": has_mask,
            "clear": bool(painting.layers) or painting.baked is not None,
            **{f"size_{size}": True for size in SIZES},
        }

    def _offer(self, possible: dict[str, bool]) -> None:
        for name in self._possible():
            self._context.actions[f"paint.{name}"].setEnabled(possible.get(name, False))

    def _connect_panel(self) -> None:
        context, panel, session = self._context, self._panel, self._context.session
        settings = panel.settings
        settings.gesture_started.connect(session.begin_gesture)
        settings.gesture_ended.connect(session.end_gesture)
        settings.gesture_cancelled.connect(session.cancel_gesture)
        panel.layer_chosen.connect(
            lambda layer: self._push(lambda: SetActivePaintLayer.of(context.project, layer))
        )
        panel.mask_chosen.connect(self._choose_target)
        panel.tree.layer_dropped.connect(
            lambda layer, parent, place: self._push(
                lambda: MovePaintLayer.of(context.project, layer, parent, place)
            )
        )
        for signal, make in (
            (panel.visible_edited, SetPaintLayer.shown),
            (panel.renamed, SetPaintLayer.renamed),
            (settings.opacity_edited, SetPaintLayer.faded),
            (settings.blend_edited, SetPaintLayer.blended),
            (settings.part_edited, SetPaintLayer.assigned),
            (settings.colour_edited, SetPaintLayer.filled),
            (settings.adjustment_edited, SetPaintLayer.adjusted),
        ):
            signal.connect(
                lambda layer, value, make=make: self._push(
                    lambda: make(context.project, layer, value)
                )
            )

    def _makers(self) -> dict[str, Callable[[], Command]]:
        context = self._context

        def added(layer: PaintLayer) -> Command:
            return EditPaintLayers.added(context.project, layer, self._painting.active)

        def of_part(name: str, kind: LayerKind) -> PaintLayer:
            active = self._painting.layers.get(self._painting.active or "")
            if active is None or active.kind is LayerKind.GROUP:
                return PaintLayer(name, kind, colour=self._colour.current.colour)
            return PaintLayer(name, kind, active.part, colour=self._colour.current.colour)

        def stepped(by: int) -> Command:
            parent = self._painting.layers[self._active].parent
            place = self._painting.members(parent).index(self._active)
            return MovePaintLayer.of(context.project, self._active, parent, place + by)

        return {
            "layer_add": lambda: added(of_part("", LayerKind.RASTER)),
            "fill_add": lambda: added(of_part("Fill", LayerKind.FILL)),
            "adjustment_add": lambda: added(of_part("Adjustment", LayerKind.ADJUSTMENT)),
            "group_add": lambda: added(PaintLayer("Group", LayerKind.GROUP)),
            "layer_copy": lambda: EditPaintLayers.duplicated(context.project, self._active),
            "layer_merge": lambda: EditPaintLayers.merged_down(context.project, self._active),
            "layer_flatten": lambda: EditPaintLayers.flattened(context.project, self._active),
            "layer_raise": lambda: stepped(1),
            "layer_lower": lambda: stepped(-1),
            "layer_remove": lambda: EditPaintLayers.removed(context.project, self._active),
            "mask_add": lambda: EditPaint.masked(context.project, self._active),
            "mask_invert": lambda: EditPaint.mask_inverted(context.project, self._active),
            "mask_remove": lambda: EditPaint.unmasked(context.project, self._active),
            "clear": lambda: SetPainting.cleared(context.project),
        }

    def _choose_target(self, layer: str, on_mask: bool) -> None:
        """A click on the small picture of a layer, or of its mask."""
        self._face.paints_mask = on_mask
        if layer != self._painting.active:
            self._push(lambda: SetActivePaintLayer.of(self._context.project, layer))
        self.refresh()

    def _aim(self, on_mask: bool) -> None:
        self._face.paints_mask = on_mask
        self.refresh()

    def _push(self, make: Callable[[], Command]) -> None:
        self._context.errors.attempt(lambda: self._context.session.push(make()))
        self.refresh()
