"""What drives the avatar: the engine is kept in step with drivers, mixer and sliders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.dialogs.files import DRIVER, ask_open
from app.handlers.calibrating import CalibrationHandler
from app.handlers.drivers import DriverListHandler
from app.handlers.mixer_presets import MOUTH, use_preset
from avatar_core.commands import MixerOption, SetMixerOption
from avatar_core.project import SLIDERS, Change, Part

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.panels.driving import DrivingPanel
    from app.workers.performance import PerformanceEngine
    from app.workers.status import PerformanceStatus


class DrivingHandler(QObject):
    """Keeps engine and panel in step with the project's drivers and mixer.

    Args:
        context: the document.
        engine: performs.
        panel: shows drivers and calibration.
    """

    def __init__(
        self, context: StudioContext, engine: PerformanceEngine, panel: DrivingPanel
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._engine = engine
        self.list = DriverListHandler(context, engine, panel)
        self.calibration = CalibrationHandler(context, engine, panel.calibration, self.list.title)
        self._source: str | None = None
        self.list.chosen_changed.connect(self.calibration.show_driver)
        self.list.listed.connect(self.calibration.refresh)
        self.list.asked_again.connect(self._use_source)
        self._connect_actions()
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Bring engine and panel to the project as it is now."""
        self._use_mixer()
        self._use_sliders()
        self._use_source(is_paused=True)
        self.list.refresh()
        self.calibration.refresh()

    def show_status(self, status: PerformanceStatus) -> None:
        """What the drivers do right now."""
        self.list.show_status(status)
        self.calibration.show_status(status)

    def drive_from(self, path: Path) -> None:
        """Drive from a video or picture."""
        self.list.drive_from(path)

    def hear_from(self, path: Path) -> None:
        """Drive from the voice in a sound file, beside the main driver if there is one."""
        self.list.add(f"sound:{path.absolute()}")

    def shutdown(self) -> None:
        self.list.shutdown()
        self.calibration.shutdown()

    def _connect_actions(self) -> None:
        actions = self._context.actions
        actions["perform.mirror"].triggered.connect(self._mirror)
        actions["perform.mouth"].triggered.connect(lambda: use_preset(self._context, MOUTH))
        actions["perform.open_driver"].triggered.connect(self._ask_file)
        actions["perform.sliders"].triggered.connect(lambda: self.list.replace_main(SLIDERS))

    def _mirror(self, is_on: bool) -> None:
        self._context.push(SetMixerOption.of(self._context.project, MixerOption.MIRROR, is_on))

    def _ask_file(self) -> None:
        folder = self._context.preferences.values.recordings_folder
        ask_open(
            self._context.window, "Drive from video or picture", folder, DRIVER, self.drive_from
        )

    # refreshing

    def _changed(self, change: Change) -> None:
        if Part.MIXER in change.parts:
            self._use_mixer()
        if Part.EXPRESSION in change.parts:
            self._use_sliders()
        if Part.DRIVING in change.parts and self._context.project.source != self._source:
            self._use_source()
        elif change.parts & {Part.DRIVING, Part.TAKES}:
            self._use_drivers()

    def _use_mixer(self) -> None:
        mixer = self._context.project.mixer
        self._engine.set_mixer(mixer)
        self._context.actions["perform.mirror"].setChecked(mixer.mirror)

    def _use_sliders(self) -> None:
        self._engine.set_sliders(self._context.project.expression)

    def _use_source(self, *, is_paused: bool = False) -> None:
        project = self._context.project
        self._source, take = project.source, project.source_take
        if take is not None:
            self._engine.set_source(SLIDERS)
            self._engine.play_take(take, is_paused=is_paused)
        else:
            self._engine.set_source(project.source)
        self._use_drivers()

    def _use_drivers(self) -> None:
        project = self._context.project
        self._engine.set_drivers(project.drivers, project.takes)
