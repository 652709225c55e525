"""What is behind the avatar: a colour or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from app.dialogs.files import BACKDROP, ask_open
from app.icons import swatch
from app.workers.tasks import TaskRunner
from avatar_core.commands import SetBackground, SetBackgroundImage
from avatar_core.io.backdrop import read_backdrop
from avatar_core.project import Change, Part, Scene

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView
    from avatar_core.commands.scene import Colour
    from avatar_core.errors import AvatarError

BACKGROUNDS: dict[str, Colour] = {
    "grey": Scene().background,
    "black": (0.0, 0.0, 0.0),
    "white": (1.0, 1.0, 1.0),
    "green": (0.0, 177 / 255, 64 / 255),
}


class BackgroundHandler(QObject):
    """Puts colours and pictures behind the avatar, each as one step.

    A picture that cannot be read leaves the colour to be seen; the project goes on naming it.
    """

    def __init__(self, context: StudioContext, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._shown = ""
        self._loader = TaskRunner("background", self)
        self._loader.finished.connect(view.set_backdrop)
        self._loader.failed.connect(self._tell)
        actions = context.actions
        for name, colour in BACKGROUNDS.items():
            action = actions[f"view.background_{name}"]
            action.setIcon(swatch(QColor.fromRgbF(*colour).name()))
            action.triggered.connect(lambda _on=False, colour=colour: self._paint(colour))
        actions["view.background_other"].triggered.connect(self._ask_colour)
        actions["view.background_picture"].triggered.connect(self._ask_picture)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Show the project's background, and tick what it is."""
        scene = self._context.project.scene
        self._show_picture(scene.background_image)
        has_picture = scene.background_image != ""
        actions = self._context.actions
        for name, preset in BACKGROUNDS.items():
            is_it = not has_picture and scene.background == preset
            actions[f"view.background_{name}"].setChecked(is_it)
        is_preset = scene.background in BACKGROUNDS.values()
        actions["view.background_other"].setChecked(not (has_picture or is_preset))
        actions["view.background_other"].setIcon(swatch(_colour_of(scene).name()))
        actions["view.background_picture"].setChecked(has_picture)

    def shutdown(self) -> None:
        self._loader.shutdown()

    def _changed(self, change: Change) -> None:
        if Part.SCENE in change.parts:
            self.refresh()

    # colours

    def _paint(self, colour: Colour) -> None:
        with self._context.session.gesture("Set background"):
            self._push_colour(colour)

    def _push_colour(self, colour: Colour) -> None:
        project = self._context.project
        self._context.push(SetBackgroundImage.of(project, ""))
        self._context.push(SetBackground.of(project, colour))

    def _ask_colour(self) -> None:
        """Choose a colour while it is to be seen; one step, and none when taken back."""
        session = self._context.session
        dialog = QColorDialog(_colour_of(session.project.scene), self._context.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setWindowTitle("Background")
        session.begin_gesture("Set background")
        dialog.currentColorChanged.connect(lambda colour: self._push_colour(_numbers(colour)))
        dialog.accepted.connect(session.end_gesture)
        dialog.rejected.connect(session.cancel_gesture)
        dialog.finished.connect(self.refresh)
        dialog.open()

    # pictures

    def _ask_picture(self) -> None:
        self.refresh()  # the click alone ticks nothing
        folder = self._context.preferences.values.projects_folder
        ask_open(self._context.window, "Background picture", folder, BACKDROP, self.use_picture)

    def use_picture(self, path: Path) -> None:
        """Put a picture file behind the avatar."""
        self._context.push(SetBackgroundImage.of(self._context.project, str(path.absolute())))

    def _show_picture(self, path: str) -> None:
        if path == self._shown:
            return
        self._shown = path
        self._loader.stop()
        self._view.set_backdrop(None)
        if path:
            self._loader.start(lambda _task: read_backdrop(Path(path)))

    def _tell(self, error: AvatarError) -> None:
        self._context.toast.show_error(error.message, error.hint)


def _colour_of(scene: Scene) -> QColor:
    return QColor.fromRgbF(*scene.background)


def _numbers(colour: QColor) -> Colour:
    return colour.redF(), colour.greenF(), colour.blueF()
