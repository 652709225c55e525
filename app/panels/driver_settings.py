"""What can be set about one driver: its device, its size and rate, or where its app sends to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.panels.driver_kinds import DriverKind, with_option
from app.widgets.buttons import icon_button
from app.widgets.drag_number import DragNumber, NumberRange
from app.widgets.elided_label import ElidedLabel
from app.widgets.fields import chip, column, line, named, number
from app.widgets.level_meter import LevelMeter
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = ("640x480", "1280x720", "1920x1080")
_RATE = NumberRange(1, 120, 30, 1, 0, suffix=" fps")
_GAIN = NumberRange(-36, 36, 0, 1, 0, suffix=" dB")
_GATE = NumberRange(-90, -10, -90, 1, 0, suffix=" dB", least_text="Off")
_APPLY_MS = 400
"""A device is opened anew once its settings have rested this long."""


class DriverSettings(QWidget):
    """Settings of the driver that is chosen in the list."""

    address_edited = Signal(str, str)
    """URI of a driver, and the one it is to have instead: the same device, set otherwise."""
    mouth_wanted = Signal(str)
    """URI of a driver that hears a voice: it shall move the mouth, the main driver the rest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._uri = ""
        self._addresses: tuple[str, ...] = ()
        self._later: dict[str, str] = {}
        self._apply = QTimer(self, singleShot=True, interval=_APPLY_MS)
        self._apply.timeout.connect(self._ask_later)
        self.meter: LevelMeter | None = None
        self._numbers: dict[str, DragNumber] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None

    @property
    def uri(self) -> str:
        """Of the driver whose settings are shown; empty for none."""
        return self._uri

    def show_driver(self, uri: str, addresses: Sequence[str] = ()) -> None:
        """Show the settings of a driver, empty for none.

        Args:
            uri: of the driver.
            addresses: of this computer in its network, for apps that send from elsewhere.
        """
        if (uri, tuple(addresses)) == (self._uri, self._addresses):
            return
        self._later.clear()
        self._uri, self._addresses = uri, tuple(addresses)
        if self._body is not None:
            self._layout.removeWidget(self._body)
            self._body.hide()
            self._body.deleteLater()
        self.meter = None
        self._numbers.clear()
        self._body = self._body_for(uri) if uri else None
        if self._body is not None:
            self._layout.addWidget(self._body)
        self.setVisible(self._body is not None)

    def finish(self) -> None:
        """Ask now for what was set a moment ago."""
        if self._later:
            self._ask_later()

    def number(self, option: str) -> DragNumber:
        """The field of an option of the driver that is shown.

        Raises:
            KeyError: it has none.
        """
        return self._numbers[option]

    def show_level(self, level: float | None) -> None:
        """Loudness of the microphone, 0..1."""
        if self.meter is not None:
            self.meter.show_level(level or 0.0)

    # building

    def _body_for(self, uri: str) -> QWidget | None:
        kind = DriverKind.of(uri)
        if kind is DriverKind.CAMERA:
            return self._camera(uri)
        if kind is DriverKind.SEQUENCE:
            rate = self._option_number(uri, "fps", _RATE, "Rate", "Pictures a second")
            return column(_path_words(uri), rate)
        if kind is DriverKind.MICROPHONE:
            return self._microphone(uri)
        if kind is DriverKind.SOUND:
            return column(_path_words(uri), self._mouth_chip(uri))
        if kind.is_phone:
            return self._phone(uri)
        if kind is DriverKind.FILE:
            return column(_path_words(uri))
        return None

    def _camera(self, uri: str) -> QWidget:
        options = DriverAddress.parse(uri).options
        size = QComboBox()
        size.setAccessibleName("Size")
        size.setToolTip("What the camera is asked for; it may give another size")
        size.addItem("Usual size", "")
        own = options.get("size", "")
        for each in dict.fromkeys((*SIZES, own)):
            if each:
                size.addItem(each.replace("x", " x "), each)
        with QSignalBlocker(size):
            size.setCurrentIndex(size.findData(own))
        size.activated.connect(lambda row: self._set("size", size.itemData(row)))
        rate = self._option_number(
            uri, "fps", _RATE, "Rate", "Pictures a second that the camera is asked for"
        )
        mirrored = QCheckBox("Pictures come mirrored")
        mirrored.setToolTip(
            "Turn pictures back that the camera mirrors.\n"
            "To have the avatar move as in a mirror, use Mirror in the mixer (M)."
        )
        mirrored.setChecked(options.get("mirrored") == "1")
        mirrored.toggled.connect(lambda on: self._set("mirrored", "1" if on else ""))
        return column(line(size, rate), mirrored)

    def _microphone(self, uri: str) -> QWidget:
        self.meter = LevelMeter()
        self.meter.setToolTip("What the microphone hears; the mark is the gate")
        gain = self._option_number(uri, "gain", _GAIN, "Gain", "Louder or softer than it comes")
        gate = self._option_number(
            uri,
            "gate",
            _GATE,
            "Gate",
            "Sound softer than this counts as silence: set it just above the noise of the room",
        )  # fmt: skip
        gate.value_edited.connect(self._show_gate)
        self._show_gate(gate.value)
        return column(self.meter, line(gain, gate), self._mouth_chip(uri))

    def _show_gate(self, gate_db: float) -> None:
        if self.meter is not None:
            self.meter.show_gate(gate_db)

    def _mouth_chip(self, uri: str) -> QWidget:
        self.mouth = chip(_MOUTH, _MOUTH_TIP)
        self.mouth.clicked.connect(lambda: self.mouth_wanted.emit(uri))
        return self.mouth

    def _phone(self, uri: str) -> QWidget:
        kind, address = DriverKind.of(uri), DriverAddress.parse(uri)
        is_open = address.is_on("open")
        words = QLabel(self._phone_words(address), wordWrap=True)
        words.setTextInteractionFlags(_SELECTABLE)
        opened = QCheckBox("Open to the network")
        opened.setToolTip("Let other devices send to this port, and not this computer alone")
        opened.setChecked(is_open)
        opened.toggled.connect(lambda on: self._set("open", "1" if on else ""))
        warning = QLabel(_WARNING, wordWrap=True)
        warning.setProperty("role", "warning")
        warning.setVisible(is_open)
        rows: list[QWidget] = [words, opened, warning]
        if kind is DriverKind.FACIAL_MOCAP:
            rows.append(self._phone_field(address.options.get("phone", "")))
        return column(*rows)

    def _phone_words(self, address: DriverAddress) -> str:
        port = address.place
        if address.is_on("open"):
            here = " or ".join(f"<b>{each}</b>" for each in self._addresses)
            return f"Type into the app: address {here or _UNKNOWN}, port <b>{port}</b>."
        if address.options.get("phone"):
            return "The phone is asked to send; the port is open to it alone."
        return (
            f"Listens on this computer alone, address <b>127.0.0.1</b>, port <b>{port}</b>."
            " Open it to the network to receive from a phone."
        )

    def _phone_field(self, phone: str) -> QWidget:
        field = QLineEdit(phone)
        field.setPlaceholderText("such as 192.168.1.7")
        field.setAccessibleName("Address of the phone")
        field.setToolTip("The app shows it; the studio then asks the phone to send")
        field.editingFinished.connect(lambda: self._set("phone", field.text().strip()))
        clear = icon_button("clear", "Wait for a phone that sends by itself")
        clear.clicked.connect(lambda: self._set("phone", ""))
        return named("Phone", column(line(field, clear), margin_px=0))

    def _option_number(
        self, uri: str, option: str, limits: NumberRange, label: str, tip: str
    ) -> DragNumber:
        kept = DriverAddress.parse(uri).options.get(option, "")
        field = self._numbers[option] = number(limits, label, tip)
        field.set_value(_number(kept, limits))

        def ask(value: float) -> None:
            field.set_value(value)  # at once; the device follows when the hand rests
            is_usual = value == limits.default
            self._set_later(option, "" if is_usual else limits.digits(value))

        field.value_edited.connect(ask)
        return field

    # asking

    def _set(self, option: str, value: str) -> None:
        self._later[option] = value
        self._ask_later()

    def _set_later(self, option: str, value: str) -> None:
        self._later[option] = value
        self._apply.start()

    def _ask_later(self) -> None:
        if any(field.is_dragging for field in self._numbers.values()):
            self._apply.start()  # the hand is not done yet, and would lose its field
            return
        self._apply.stop()
        wanted = self._uri
        for option, value in self._later.items():
            wanted = with_option(wanted, option, value)
        self._later.clear()
        if wanted != self._uri:
            self.address_edited.emit(self._uri, wanted)


_MOUTH = "Mouth from here, rest from the main driver"
_MOUTH_TIP = "Jaw, lips, cheeks and tongue follow the voice; all else follows the main driver"
_UNKNOWN = "of this computer (see its network settings)"
_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse
_WARNING = (
    "Anyone in this network can now send to the port. Leave it open in networks that you trust."
)


def _path_words(uri: str) -> QLabel:
    """Where a file lies; its end where there is no room for all."""
    path = DriverAddress.parse(uri).place
    words = ElidedLabel(path, Qt.TextElideMode.ElideLeft)
    words.setProperty("role", "dim")
    words.setToolTip(path)
    return words


def _number(text: str, limits: NumberRange) -> float:
    value = limits.parse(text) if text else None
    return limits.default if value is None else value
