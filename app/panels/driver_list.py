"""The list of drivers, and the menu that adds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from app.icons import icon
from app.panels.driver_kinds import PHONE_APPS, DriverKind
from app.panels.driver_line import LINE_PX, DriverLine
from app.theme import GRID_PX
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from app.panels.driver_line import DriverEntry, DriverReading

_MOST_LINES = 4


class DriverList(QWidget):
    """All drivers of the project, as tall as it needs to be; each signal brings the URI."""

    chosen = Signal(str)
    main_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[str, DriverLine] = {}
        self._readings: Mapping[str, DriverReading] = {}
        self._entries: Sequence[DriverEntry] = ()
        self.view = _View()
        self.view.setAccessibleName("Drivers")
        self.view.currentItemChanged.connect(self._choose)
        self.view.remove_requested.connect(self.remove_requested)
        self.empty = QLabel(_EMPTY, wordWrap=True)
        self.empty.setProperty("role", "dim")
        self.empty.setContentsMargins(GRID_PX // 2, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.empty)
        layout.addWidget(self.view)
        self.show_drivers((), "")

    def show_drivers(self, entries: Sequence[DriverEntry], chosen: str) -> None:
        """Show drivers in this order; lines of those that were there stay what they are."""
        self._entries = tuple(entries)
        if [entry.uri for entry in entries] != list(self._lines):
            self._rebuild(entries)
        self._show_lines()
        uris = list(self._lines)
        with QSignalBlocker(self.view):
            self.view.setCurrentRow(uris.index(chosen) if chosen in uris else -1)
        self.empty.setVisible(not entries)
        self.view.setVisible(bool(entries))

    def show_readings(self, readings: Mapping[str, DriverReading]) -> None:
        """What each driver does right now, by URI."""
        self._readings = readings
        self._show_lines()

    def line(self, uri: str) -> DriverLine:
        return self._lines[uri]

    @property
    def uris(self) -> list[str]:
        return list(self._lines)

    def _show_lines(self) -> None:
        for entry in self._entries:
            self._lines[entry.uri].show_driver(entry, self._readings.get(entry.uri))

    def _rebuild(self, entries: Sequence[DriverEntry]) -> None:
        with QSignalBlocker(self.view):
            self.view.clear()
            self._lines = {entry.uri: self._line(entry.uri) for entry in entries}
            for uri, line in self._lines.items():
                item = QListWidgetItem(self.view)
                item.setSizeHint(QSize(0, LINE_PX))
                item.setData(Qt.ItemDataRole.UserRole, uri)
                self.view.setItemWidget(item, line)
        lines = min(max(len(entries), 1), _MOST_LINES)
        self.view.setFixedHeight(lines * LINE_PX + GRID_PX)

    def _line(self, uri: str) -> DriverLine:
        line = DriverLine()
        line.main_requested.connect(lambda: self.main_requested.emit(uri))
        line.remove_requested.connect(lambda: self.remove_requested.emit(uri))
        return line

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


_EMPTY = (
    "Only the sliders move the avatar. Add a camera, a video, a microphone or a phone with + above,"
    " or drop a file on the window."
)


class _View(QListWidget):
    """Delete takes a driver out."""

    remove_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and item is not None:
            self.remove_requested.emit(item.data(Qt.ItemDataRole.UserRole))
        else:
            super().keyPressEvent(event)


class AddDriverMenu(QMenu):
    """Everything that can become a driver."""

    driver_wanted = Signal(str)
    """URI of a driver that needs no more questions."""
    file_wanted = Signal(object)
    """The `DriverKind` of a file or folder to be asked for."""
    devices_wanted = Signal()
    """Look which cameras and microphones there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._takes: tuple[tuple[str, str], ...] | None = None
        self.cameras = self._branch(DriverKind.CAMERA)
        self._add_file(DriverKind.FILE, "Film or still of a face")
        self._add_file(DriverKind.SEQUENCE, "A folder of numbered pictures")
        self.addSeparator()
        self.microphones = self._branch(DriverKind.MICROPHONE)
        self._add_file(DriverKind.SOUND, "A voice in a sound file or in a film")
        self.addSeparator()
        for app in PHONE_APPS:
            port = DriverAddress.parse(app.uri).place
            action = self.addAction(icon(DriverKind.of(app.uri).icon), f"{app.label}  ({port})")
            action.setToolTip(app.tip)
            action.triggered.connect(lambda _on=False, uri=app.uri: self.driver_wanted.emit(uri))
        self.addSeparator()
        self.takes = self._branch(DriverKind.TAKE)
        self.show_devices((), None)
        self.show_takes(())
        self.aboutToShow.connect(self.devices_wanted)

    def show_devices(
        self,
        cameras: Sequence[tuple[str, str]],
        microphones: Sequence[tuple[str, str]] | None,
    ) -> None:
        """Offer these cameras and microphones, each a URI and a name; None: not known yet."""
        self._fill(self.cameras, cameras, "No camera found")
        default = [("mic:", "Microphone of the system")]
        known = default if microphones is None else [*default, *microphones]
        self._fill(self.microphones, [] if microphones == () else known, "No microphone found")

    def show_takes(self, takes: Sequence[tuple[str, str]]) -> None:
        """Offer these takes, each a URI and a name."""
        if tuple(takes) == self._takes:
            return
        self._takes = tuple(takes)
        self._fill(self.takes, takes, "No take recorded yet")

    def _branch(self, kind: DriverKind) -> QMenu:
        branch = self.addMenu(icon(kind.icon), kind.label)
        branch.setToolTipsVisible(True)
        return branch

    def _add_file(self, kind: DriverKind, tip: str) -> None:
        action = self.addAction(icon(kind.icon), f"{kind.label} …")
        action.setToolTip(tip)
        action.triggered.connect(lambda: self.file_wanted.emit(kind))

    def _fill(self, branch: QMenu, drivers: Sequence[tuple[str, str]], none: str) -> None:
        branch.clear()
        for uri, name in drivers:
            action = branch.addAction(name.replace("&", "&&"))
            action.triggered.connect(lambda _on=False, uri=uri: self.driver_wanted.emit(uri))
        if not drivers:
            branch.addAction(none).setEnabled(False)
