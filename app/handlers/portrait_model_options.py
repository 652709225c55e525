"""How portrait models run on this computer, as the user prefers it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.preferences import PORTRAIT_DETAIL

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.portrait_stage import PortraitStage
    from app.panels.portrait_model_options import ModelOptions


class ModelOptionsHandler(QObject):
    """Keeps what the boxes say among the preferences, and has models opened anew with it.

    Args:
        context: has the preferences.
        options: the boxes.
        stage: lets portraits perform.
    """

    def __init__(self, context: StudioContext, options: ModelOptions, stage: PortraitStage) -> None:
        super().__init__(context.window)
        self._preferences = context.preferences
        self._options = options
        self._stage = stage
        options.detail_wanted.connect(self._set_detail)
        options.compiling_wanted.connect(self._set_compiling)
        self.refresh()

    def refresh(self) -> None:
        """Show what is preferred."""
        values = self._preferences.values
        self._options.show_wishes(
            detail=PORTRAIT_DETAIL[values.portrait_detail], compiling=values.portrait_compiles
        )

    def _set_detail(self, is_wanted: bool) -> None:
        self._prefer(portrait_detail="on" if is_wanted else "off")

    def _set_compiling(self, is_wanted: bool) -> None:
        self._prefer(portrait_compiles=is_wanted)

    def _prefer(self, **wanted: str | bool) -> None:
        values = replace(self._preferences.values, **wanted)  # type: ignore[arg-type]
        self._preferences.apply(values)
        self.refresh()
        self._stage.renew_engines()
