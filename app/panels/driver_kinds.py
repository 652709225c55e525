"""Kinds of drivers: what the window calls them, their icons and how they do in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Mapping


class DriverKind(StrEnum):
    """What gives motion; the values are the schemes of the addresses."""

    SLIDERS = "sliders"
    CAMERA = "camera"
    FILE = "file"
    SEQUENCE = "sequence"
    TAKE = "take"
    MICROPHONE = "mic"
    SOUND = "sound"
    LIVE_LINK = "livelink"
    FACIAL_MOCAP = "ifacialmocap"
    VMC = "vmc"
    OPEN_SEE_FACE = "openseeface"

    @classmethod
    def of(cls, uri: str) -> DriverKind:
        """The kind of a driver; what has no known scheme is the path of a file."""
        return cls(DriverAddress.parse(uri).scheme)

    @property
    def label(self) -> str:
        """What the window calls it."""
        return _LABELS[self]

    @property
    def icon(self) -> str:
        return _ICONS[self]

    @property
    def is_phone(self) -> bool:
        """It listens to a port for what an app sends."""
        return self in _PHONES

    @property
    def is_speech(self) -> bool:
        """It hears a voice, and moves what speaks."""
        return self in (DriverKind.MICROPHONE, DriverKind.SOUND)

    @property
    def sees_a_face(self) -> bool:
        """It gives pictures, in which a face is looked for."""
        return self in (DriverKind.CAMERA, DriverKind.FILE, DriverKind.SEQUENCE)


_LABELS = {
    DriverKind.SLIDERS: "Sliders only",
    DriverKind.CAMERA: "Camera",
    DriverKind.FILE: "Video or picture",
    DriverKind.SEQUENCE: "Numbered pictures",
    DriverKind.TAKE: "Take",
    DriverKind.MICROPHONE: "Microphone",
    DriverKind.SOUND: "Sound file",
    DriverKind.LIVE_LINK: "Live Link Face",
    DriverKind.FACIAL_MOCAP: "iFacialMocap",
    DriverKind.VMC: "VMC",
    DriverKind.OPEN_SEE_FACE: "OpenSeeFace",
}

_ICONS = {
    DriverKind.SLIDERS: "sliders",
    DriverKind.CAMERA: "camera",
    DriverKind.FILE: "video",
    DriverKind.SEQUENCE: "pictures",
    DriverKind.TAKE: "take",
    DriverKind.MICROPHONE: "microphone",
    DriverKind.SOUND: "sound",
    DriverKind.LIVE_LINK: "phone",
    DriverKind.FACIAL_MOCAP: "phone",
    DriverKind.VMC: "network",
    DriverKind.OPEN_SEE_FACE: "network",
}


@dataclass(frozen=True, slots=True)
class PhoneApp:
    """An app on a phone, or a program, that sends motion.

    Args:
        label: what it calls itself.
        uri: of the driver that listens to it.
        tip: where it runs, and what to mind.
    """

    label: str
    uri: str
    tip: str


PHONE_APPS: tuple[PhoneApp, ...] = (
    PhoneApp(
        "Live Link Face", "livelink:11111", "Epic's app for iPhones; choose ARKit in its settings"
    ),
    PhoneApp("iFacialMocap", "ifacialmocap:49983", "On an iPhone; the studio asks it to send"),
    PhoneApp("FaceMotion3D", "ifacialmocap:49993", "On an iPhone; the studio asks it to send"),
    PhoneApp(
        "VMC", "vmc:39539",
        "VSeeFace, Warudo, VMagicMirror and others, on this computer or another",
    ),
    PhoneApp(
        "OpenSeeFace", "openseeface:11573", "The open face tracker, on this computer or another"
    ),
)  # fmt: skip

_PHONES = (
    DriverKind.LIVE_LINK, DriverKind.FACIAL_MOCAP, DriverKind.VMC, DriverKind.OPEN_SEE_FACE,
)  # fmt: skip


def with_option(uri: str, name: str, value: str) -> str:
    """The same driver with an option set, or, with an empty value, left out."""
    address = DriverAddress.parse(uri)
    options = {key: kept for key, kept in address.options.items() if key != name}
    if value:
        options[name] = value
    return str(DriverAddress(address.scheme, address.place, options))


def driver_title(uri: str, names: Mapping[str, str] | None = None) -> str:
    """What the window calls a driver.

    Args:
        uri: of the driver.
        names: of cameras, microphones and takes that are known, by URI without options.
    """
    address = DriverAddress.parse(uri)
    apps = {app.uri: app.label for app in PHONE_APPS}
    return (names or {}).get(address.device) or apps.get(address.device) or address.label


def brief_title(uri: str, names: Mapping[str, str] | None = None) -> str:
    """What a driver is called where there is room for a word or two."""
    kind = DriverKind.of(uri)
    if kind is DriverKind.CAMERA:
        return kind.label
    return "Mic" if kind is DriverKind.MICROPHONE else driver_title(uri, names)


def state_words(kind: DriverKind, state: str) -> str:
    """How a driver does, in words for an artist, where it does not say so itself.

    Args:
        kind: of the driver.
        state: `off`, `opening`, `live`, `silent`, `lost` or `failed`.
    """
    match state:
        case "live" if kind.sees_a_face:
            return "Face tracked"
        case "live" if kind.is_speech:
            return "Voice heard"
        case "live":
            return "Motion arrives"
        case "silent" if kind.sees_a_face:
            return "No face in the picture: eased to neutral"
        case "silent" if kind.is_speech:
            return "Quiet"
        case "silent":
            return "Nothing has come yet: start the app"
        case "lost":
            return "Gone; it is taken up again when it is back"
        case "failed":
            return "Cannot be opened; it is tried again"
        case "opening":
            return "Opening"
    return "Not listened to"
