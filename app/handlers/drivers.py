"""The list of drivers: adding, removing, setting up, and which one is the main one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import DRIVER, SOUND, ask_folder, ask_open
from app.handlers.mixer_presets import give_mouth
from app.panels.driver_kinds import DriverKind, driver_title
from app.panels.driver_line import DriverEntry
from app.workers.device_list import Devices, list_devices, local_addresses
from app.workers.status import DriverState
from app.workers.tasks import TaskRunner
from avatar_core.commands import (
    AddDriver,
    RemoveDriver,
    SetActiveTake,
    SetMixerGroup,
    SetSource,
)
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.project import SLIDERS, Change, Part, take_source
from avatar_core.project.mixer_values import MOST_DRIVERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.panels.driving import DrivingPanel
    from app.workers.performance import PerformanceEngine
    from app.workers.status import PerformanceStatus

_SLOWLY = 3
"""Rates and ages are written every so many readings; the level moves with each."""


class DriverListHandler(QObject):
    """Joins the list of drivers with the document and with what the engine says of them.

    Args:
        context: the document.
        engine: tries a driver again.
        panel: shows them.
    """

    chosen_changed = Signal(str)
    """URI of the driver whose settings and calibration are shown; empty for none."""
    listed = Signal()
    """There are other drivers than before, or they are called otherwise."""
    asked_again = Signal()
    """The main driver is wanted that there is already: it may have failed, or a take have ended."""

    def __init__(
        self, context: StudioContext, engine: PerformanceEngine, panel: DrivingPanel
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._engine = engine
        self._panel = panel
        self._chosen = ""
        self._told: tuple[object, ...] = ()
        self._told_chosen: str | None = None
        self._count = 0
        self._devices = Devices()
        self._lister = TaskRunner("device list", self)
        self._lister.finished.connect(self._show_devices)
        self._lister.failed.connect(
            lambda error: context.toast.show_error(error.message, error.hint)
        )
        self._connect_panel()
        context.events.changed.connect(self._changed)

    @property
    def chosen(self) -> str:
        """URI of the driver whose settings are shown; empty for none."""
        return self._chosen

    @property
    def uris(self) -> tuple[str, ...]:
        """All drivers of the project, the main one first; `sliders` is none."""
        project = self._context.project
        return tuple(
            dict.fromkeys(each for each in (project.source, *project.drivers) if each != SLIDERS)
        )

    @property
    def names(self) -> Mapping[str, str]:
        """What cameras, microphones and takes are called, by URI."""
        takes = self._context.project.takes
        return {
            **dict(self._devices.cameras),
            **dict(self._devices.microphones or ()),
            **{take_source(take_id): take.name for take_id, take in takes.items()},
        }

    def title(self, uri: str) -> str:
        """What the window calls a driver, by the name of its device where that is known."""
        return driver_title(uri, self.names)

    def renew_speech(self) -> None:
        """Have those that hear take the speech model that is chosen by now."""
        for uri in self.uris:
            if DriverKind.of(uri).is_speech:
                self._engine.retry(uri)

    def refresh(self) -> None:
        """Show the project's drivers as they are now."""
        uris = self.uris
        if self._chosen not in uris:
            self._chosen = uris[0] if uris else ""
        project, names = self._context.project, self.names
        used = {share.driver for group in project.mixer.groups.values() for share in group.drivers}
        entries = [
            DriverEntry(
                uri,
                driver_title(uri, names),
                uri == project.source,
                is_used=uri == project.source or uri in used,
            )
            for uri in uris
        ]
        self._panel.show_drivers(entries, self._chosen)
        self._panel.add_menu.show_takes(
            [(take_source(take_id), take.name) for take_id, take in project.takes.items()]
        )
        self._show_settings()
        told = (project.source, uris, names)
        if told != self._told:
            self._told = told
            self.listed.emit()
        if self._chosen != self._told_chosen:
            self._told_chosen = self._chosen
            self.chosen_changed.emit(self._chosen)

    def show_status(self, status: PerformanceStatus) -> None:
        """What the drivers do right now; nobody reads a panel that is hidden."""
        if not self._panel.isVisible():
            return
        readings = {each.uri: each for each in status.drivers}
        self._panel.show_level(readings)
        self._count += 1
        if self._count % _SLOWLY == 0:
            source = self._context.project.source
            if status.take_id is not None and source not in readings:
                readings[source] = _beside_take(source, status)
            self._panel.show_readings(readings)

    def list_devices(self) -> None:
        """Look for cameras and microphones in the background."""
        self._lister.start(lambda _task: list_devices())

    def shutdown(self) -> None:
        self._lister.shutdown()

    # what the user wants

    def choose(self, uri: str) -> None:
        """Show settings and calibration of a driver."""
        self._panel.settings.finish()
        if uri != self._chosen:
            self._chosen = uri
            self.refresh()

    def add(self, uri: str) -> None:
        """Let a driver listen: as the main one if there is none, else beside it.

        A device that is in the list already is only chosen.
        """
        project = self._context.project
        device = DriverAddress.parse(uri).device
        known = [each for each in self.uris if DriverAddress.parse(each).device == device]
        if known:
            self.choose(known[0])
            if known[0] == project.source:
                self.asked_again.emit()
            else:
                self._engine.retry(known[0])
            return
        if len(project.drivers) >= MOST_DRIVERS:
            self._context.toast.show_error(
                f"The list holds {MOST_DRIVERS} drivers beside the main one already.",
                "Remove one that is not needed.",
            )
            return
        self._chosen = uri
        if project.source == SLIDERS:
            self.set_main(uri)
        else:
            self._context.push(AddDriver.of(project, uri))

    def set_main(self, uri: str) -> None:
        """Make a driver the main one.

        One that is in the list changes places with the main one before; any other takes its place.
        """
        project, session = self._context.project, self._context.session
        before = project.source
        if uri == before:
            self.asked_again.emit()
            return
        take_id = next((each for each in project.takes if take_source(each) == uri), None)
        with session.gesture(f"Drive with {self.title(uri)}"):
            # In this order, so that no driver is missing in between: cameras take long to open.
            if uri in project.drivers and before != SLIDERS:
                self._context.push(AddDriver(before, project.drivers.index(uri)))
            self._context.push(SetSource.of(project, uri))
            if uri in project.drivers:
                self._context.push(RemoveDriver.of(project, uri))
            if take_id is not None:
                self._context.push(SetActiveTake.of(project, take_id))

    def remove(self, uri: str) -> None:
        """Take a driver out; without the main one, the next becomes it."""
        project, session = self._context.project, self._context.session
        if uri in project.drivers:
            self._context.push(RemoveDriver.of(project, uri))
            return
        if uri != project.source:
            return
        with session.gesture(f"Remove {self.title(uri)}"):
            heir = next(iter(project.drivers), SLIDERS)
            self._context.push(SetSource.of(project, heir))
            if heir != SLIDERS:
                self._context.push(RemoveDriver.of(project, heir))

    def drive_from(self, path: Path) -> None:
        """Drive from a video or picture instead of what is the main driver now."""
        self.replace_main(f"file:{path.absolute()}")

    def replace_main(self, uri: str) -> None:
        """Put a driver in the place of the main one; one that is in the list moves up."""
        project = self._context.project
        if uri != project.source and uri not in project.drivers:
            self._chosen = uri
        self.set_main(uri)

    # requests of the panel

    def _connect_panel(self) -> None:
        panel = self._panel
        panel.chosen.connect(self.choose)
        panel.main_requested.connect(self.set_main)
        panel.remove_requested.connect(self.remove)
        panel.add_menu.driver_wanted.connect(self.add)
        panel.add_menu.file_wanted.connect(self._ask_file)
        panel.add_menu.devices_wanted.connect(self.list_devices)
        panel.settings.address_edited.connect(self._set_up)
        panel.settings.mouth_wanted.connect(lambda uri: give_mouth(self._context, uri))

    def _ask_file(self, kind: DriverKind) -> None:
        window, folder = self._context.window, self._context.preferences.values.recordings_folder
        if kind is DriverKind.SEQUENCE:
            ask_folder(
                window, "Folder of numbered pictures", folder,
                lambda path: self.add(f"sequence:{path.absolute()}"),
            )  # fmt: skip
        else:
            files = SOUND if kind is DriverKind.SOUND else DRIVER
            ask_open(
                window, kind.label, folder, files,
                lambda path: self.add(f"{kind}:{path.absolute()}"),
            )  # fmt: skip

    def _set_up(self, before: str, after: str) -> None:
        """Let a driver be the same device with other settings, in the list and in the mixer."""
        project, session = self._context.project, self._context.session
        if before not in self.uris or after in self.uris:
            return
        self._chosen = after
        with session.gesture(f"Set up {self.title(before)}"):
            if before == project.source:
                self._context.push(SetSource.of(project, after))
            else:
                at = project.drivers.index(before)
                self._context.push(RemoveDriver.of(project, before))
                self._context.push(AddDriver(after, at))
            for group, settings in project.mixer.groups.items():
                shares = tuple(
                    replace(each, driver=after) if each.driver == before else each
                    for each in settings.drivers
                )
                if shares != settings.drivers:
                    renamed = replace(settings, drivers=shares)
                    self._context.push(SetMixerGroup.of(project, group, renamed))

    # showing

    def _changed(self, change: Change) -> None:
        if change.parts & {Part.DRIVING, Part.TAKES, Part.MIXER}:
            self.refresh()

    def _show_settings(self) -> None:
        is_phone = bool(self._chosen) and DriverKind.of(self._chosen).is_phone
        self._panel.settings.show_driver(self._chosen, local_addresses() if is_phone else ())

    def _show_devices(self, devices: Devices) -> None:
        self._devices = devices
        self._panel.add_menu.show_devices(devices.cameras, devices.microphones)
        self.refresh()


def _beside_take(source: str, status: PerformanceStatus) -> DriverState:
    """The main driver while a take plays: it is that take, or waits for its end."""
    if source == take_source(status.take_id or ""):
        words = "The take plays" if status.is_playing else "The take holds"
        return DriverState(source, "live" if status.is_playing else "silent", words=words)
    return DriverState(source, "off", words="Waits while a take plays; Stop ends it")
