"""Sliders and single actions on the hair: dye, grade, length, volume, mirror, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.files import BACKDROP, ask_open
from app.dialogs.picture_colour import PictureColourDialog
from app.workers.tasks import TaskRunner
from avatar_core.hair import shape
from avatar_core.hair.density import thin
from avatar_core.hair.dye import dye, gradient
from avatar_core.hair.grade import Grade, grade
from avatar_core.hair.growth import scale_length
from avatar_core.hair.repair import delete_selected
from avatar_core.io.backdrop import read_backdrop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_settings import ToolSettings
    from app.panels.hair import HairPanel
    from app.panels.hair_adjusting import AdjustSliders
    from app.widgets.colour_field import Rgb
    from avatar_core.geometry import UInt8
    from avatar_core.hair.canvas import HairCanvas


class AdjustHandler(QObject):
    """Does things to the hair as a whole, or to what is selected of it; each is one step.

    Args:
        context: the document.
        hair: the hair on the stage.
        panel: where the sliders are.
        settings: of the tools, which share the dye.
    """

    def __init__(
        self,
        context: StudioContext,
        hair: GroomHair,
        panel: HairPanel,
        settings: ToolSettings,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._hair = hair
        self._panel = panel
        self._settings = settings
        self._canvas: HairCanvas | None = None
        self._reader = TaskRunner("dye", self)
        self._reader.finished.connect(self._show_picture)
        self._reader.failed.connect(context.errors.show)
        self._follow(panel.dye.grades, {
            name: lambda canvas, value, name=name: grade(  # type: ignore[misc]
                canvas, Grade(**{name: value}), canvas.colours.copy()
            )
            for name in panel.dye.grades.fields
        })  # fmt: skip
        self._follow(panel.shape.sliders, _SHAPING)
        panel.dye.colour_edited.connect(settings.set_colour)
        panel.dye.gradient_wanted.connect(self._gradient)
        settings.changed.connect(lambda now: panel.dye.show_colour(now.colour))
        actions = context.actions
        actions["groom.dye_selected"].triggered.connect(self._dye)
        actions["groom.dye_from_picture"].triggered.connect(self._ask_picture)
        actions["groom.erase"].triggered.connect(self._erase)
        for side in ("left", "right"):
            actions[f"groom.copy_{side}"].triggered.connect(
                lambda _on=False, side=side: self._copy_side(side)
            )
        panel.dye.show_colour(settings.colour)

    def shutdown(self) -> None:
        self._reader.shutdown()

    def once(self, label: str, work: Callable[[HairCanvas], object]) -> None:
        """Do something to the hair as one step; an error is told and changes nothing."""

        def do() -> None:
            canvas = self._hair.canvas()
            work(canvas)
            self._hair.land(canvas, label)

        self._hair.attempt(do)

    def use_picture(self, path: Path) -> None:
        """Show a picture to take the dye from."""
        self._reader.start(lambda _task: read_backdrop(path))

    # sliders

    def _follow(
        self,
        sliders: AdjustSliders,
        works: dict[str, Callable[[HairCanvas, float], object]],
    ) -> None:
        sliders.moved.connect(lambda name, value: self._try(works[name], value))
        sliders.landed.connect(lambda name: self._land(sliders.fields[name].accessibleName()))
        sliders.dropped.connect(lambda _name: self._drop())

    def _try(self, work: Callable[[HairCanvas, float], object], value: float) -> None:
        """Show the hair of the document with a slider at some value."""

        def do() -> None:
            canvas = self._hair.canvas()
            work(canvas, value)
            self._canvas = canvas
            self._hair.show(canvas)

        self._hair.attempt(do)

    def _land(self, label: str) -> None:
        canvas, self._canvas = self._canvas, None
        if canvas is not None:
            self._hair.land(canvas, label)

    def _drop(self) -> None:
        self._canvas = None
        self._hair.show_document()

    # single actions

    def _dye(self) -> None:
        body = self._panel.dye
        keep = 1.0 if body.keeps_lightness else 0.0
        self.once("Dye", lambda canvas: dye(canvas, body.colour, body.amount, keep))

    def _gradient(self, root: Rgb, tip: Rgb) -> None:
        body = self._panel.dye
        keep = 1.0 if body.keeps_lightness else 0.0
        self.once(
            "Dye root to tip",
            lambda canvas: gradient(canvas, root, tip, amount=body.amount, keep_lightness=keep),
        )

    def _erase(self) -> None:
        if not self._context.project.hair_edits.selection.any():
            self._context.toast.show_note(
                "Nothing is selected.", "Select hair first; Delete then takes it away."
            )
            return
        self.once("Delete hair", delete_selected)

    def _copy_side(self, side: str) -> None:
        self.once(
            f"Mirror {side} side", lambda canvas: shape.mirror(canvas, from_left=side == "left")
        )

    # colour of a picture

    def _ask_picture(self) -> None:
        folder = self._context.preferences.values.projects_folder
        ask_open(self._context.window, "Take colour from picture", folder, BACKDROP,
                 self.use_picture)  # fmt: skip

    def _show_picture(self, picture: UInt8) -> None:
        dialog = PictureColourDialog(picture, self._context.window)
        dialog.colour_chosen.connect(self._settings.set_colour)
        dialog.open()


def _length(canvas: HairCanvas, factor: float) -> None:
    scale_length(canvas, factor, weights=canvas.mask)


def _volume(canvas: HairCanvas, factor: float) -> None:
    shape.scale_volume(canvas, factor)


def _thin(canvas: HairCanvas, share: float) -> None:
    thin(canvas, share)


_SHAPING: dict[str, Callable[[HairCanvas, float], object]] = {
    "length": _length,
    "volume": _volume,
    "thin": _thin,
}
