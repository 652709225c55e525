"""The Drivers panel: who gives motion, what can be set about each, and calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.panels.calibration import CalibrationFields
from app.panels.driver_kinds import DriverKind
from app.panels.driver_list import AddDriverMenu, DriverList
from app.panels.driver_settings import DriverSettings
from app.theme import GRID_PX
from app.widgets.buttons import menu_button
from app.widgets.fields import column, scrolled
from app.widgets.panel import Panel
from app.widgets.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.panels.driver_line import DriverEntry, DriverReading


class DrivingPanel(Panel):
    """What drives the avatar, and whose face that is."""

    main_requested = Signal(str)
    """URI of the driver that shall be the main one."""
    remove_requested = Signal(str)
    chosen = Signal(str)
    """URI of the driver whose settings are wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._readings: Mapping[str, DriverReading] = {}
        self._chosen = ""
        self.add_menu = AddDriverMenu(self)
        self.list = DriverList()
        self.settings = DriverSettings()
        self.calibration = CalibrationFields()
        self.trouble = QLabel(wordWrap=True)
        self.trouble.setProperty("role", "warning")
        self.trouble.setContentsMargins(GRID_PX // 2, 0, 0, 0)
        self.trouble.hide()
        drivers = Section("Drivers", column(self.list, self.trouble, self.settings, margin_px=0))
        self.add = menu_button("add", "Add a driver: camera, file, voice, phone", self.add_menu)
        drivers.add_button(self.add)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(drivers)
        layout.addWidget(Section("Calibration", self.calibration))
        layout.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(content))
        self.list.chosen.connect(self.chosen)
        self.list.main_requested.connect(self.main_requested)
        self.list.remove_requested.connect(self.remove_requested)

    def show_drivers(self, entries: Sequence[DriverEntry], chosen: str) -> None:
        """Show all drivers, and which of them is chosen."""
        self.list.show_drivers(entries, chosen)
        self._chosen = chosen
        self._show_trouble()

    def show_readings(self, readings: Mapping[str, DriverReading]) -> None:
        """What each driver does right now, by URI; cheap while nothing changes."""
        self.list.show_readings(readings)
        self._readings = readings
        self._show_trouble()

    def show_level(self, readings: Mapping[str, DriverReading]) -> None:
        """How loud the chosen microphone is right now."""
        now = readings.get(self.settings.uri)
        self.settings.show_level(None if now is None else now.level)

    def _show_trouble(self) -> None:
        """All that the chosen driver has to say, where its line is too short for that."""
        now = self._readings.get(self._chosen)
        words = ""
        if now is not None and (
            now.state in _TROUBLED
            or (now.state == "silent" and DriverKind.of(self._chosen).is_phone)
        ):
            words = now.words
        self.trouble.setText(words)
        self.trouble.setVisible(bool(words))


_TROUBLED = ("lost", "failed")
