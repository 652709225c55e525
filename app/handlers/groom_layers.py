"""The layers of the hair: the list, and what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.panels.hair_layers import LayerRow
from avatar_core.commands import (
    AddHairLayer,
    MoveHairLayer,
    RemoveHairLayer,
    SetActiveHairLayer,
    SetHairEdits,
    SetHairLayer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from app.panels.hair_layers import HairLayersPanel
    from avatar_core.commands import Command
    from avatar_core.project import HairEdits


class LayerHandler(QObject):
    """Turns what the Layers panel asks into commands, and shows what came of them.

    Args:
        context: the document.
        hair: the hair on the stage.
        panel: the list.
    """

    def __init__(self, context: StudioContext, hair: GroomHair, panel: HairLayersPanel) -> None:
        super().__init__(context.window)
        self._context = context
        self._hair = hair
        self._panel = panel
        self._is_open = False
        session = context.session
        panel.gesture_started.connect(session.begin_gesture)
        panel.gesture_ended.connect(session.end_gesture)
        panel.gesture_cancelled.connect(session.cancel_gesture)
        panel.layer_chosen.connect(
            lambda layer: self._push(lambda: SetActiveHairLayer.of(context.project, layer))
        )
        panel.visible_edited.connect(
            lambda layer, on: self._push(lambda: SetHairLayer.shown(context.project, layer, on))
        )
        panel.strength_edited.connect(
            lambda layer, share: self._push(
                lambda: SetHairLayer.weighted(context.project, layer, share)
            )
        )
        panel.renamed.connect(
            lambda layer, name: self._push(
                lambda: SetHairLayer.renamed(context.project, layer, name)
            )
        )
        for name, make in self._makers().items():
            context.actions[f"groom.{name}"].triggered.connect(
                lambda _on=False, make=make: self._push(make)
            )
        hair.edited.connect(self.refresh)

    def set_open(self, is_open: bool) -> None:
        """Whether the actions may be offered at all: in the Groom workspace."""
        self._is_open = is_open
        self.refresh()

    def refresh(self) -> None:
        """Show the layers, the topmost first, and offer what can be done with the chosen one."""
        edits = self._edits
        ids = list(edits.layers)
        self._panel.show_layers(
            [
                LayerRow(each, layer.name, layer.is_visible, layer.strength)
                for each, layer in reversed(edits.layers.items())
            ],
            edits.active,
        )
        place = ids.index(edits.active) if edits.active in ids else None
        possible = {
            "layer_add": True,
            "layer_copy": place is not None,
            "layer_merge": place is not None and place > 0,
            "layer_raise": place is not None and place < len(ids) - 1,
            "layer_lower": place is not None and place > 0,
            "layer_bake": len(ids) > 1,
            "layer_remove": place is not None,
        }
        for name, is_possible in possible.items():
            self._context.actions[f"groom.{name}"].setEnabled(self._is_open and is_possible)

    @property
    def _edits(self) -> HairEdits:
        return self._context.project.hair_edits

    @property
    def _active(self) -> str:
        assert self._edits.active is not None  # else the action is not offered
        return self._edits.active

    def _makers(self) -> dict[str, Callable[[], Command]]:
        context = self._context

        def moved(by: int) -> Command:
            place = list(self._edits.layers).index(self._active)
            return MoveHairLayer.of(context.project, self._active, place + by)

        return {
            "layer_add": lambda: AddHairLayer.of(context.project, len(self._hair.base)),
            "layer_copy": lambda: SetHairEdits.duplicated(context.project, self._active),
            "layer_merge": lambda: SetHairEdits.merged_down(context.project, self._active),
            "layer_raise": lambda: moved(1),
            "layer_lower": lambda: moved(-1),
            "layer_bake": lambda: SetHairEdits.baked(context.project),
            "layer_remove": lambda: RemoveHairLayer.of(context.project, self._active),
        }

    def _push(self, make: Callable[[], Command]) -> None:
        self._context.errors.attempt(lambda: self._context.session.push(make()))
        self.refresh()
