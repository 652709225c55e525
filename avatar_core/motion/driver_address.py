"""DriverAddress: the URI of a driver in its parts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEVICES = ("camera", "mic", "livelink", "ifacialmocap", "vmc", "openseeface")
PATH_SCHEMES = ("file", "sequence", "sound")
"""Drivers whose place is the path of a file or, for a sequence, of a folder."""

_OTHERS = ("take", "sliders")
_OPTIONS_OF_PATHS = frozenset({"fps"})
"""A question mark may be part of a file's name: only these are taken for options there."""

_LABELS = {
    "sliders": "Sliders",
    "take": "Take",
    "mic": "Microphone",
    "livelink": "Live Link Face",
    "ifacialmocap": "iFacialMocap",
    "vmc": "VMC",
    "openseeface": "OpenSeeFace",
}


def place_path(place: str) -> Path:
    """The path of a place; `~` is the folder of a user, where there is such a user."""
    path = Path(place)
    with suppress(RuntimeError):
        path = path.expanduser()
    return path


@dataclass(frozen=True, slots=True)
class DriverAddress:
    """Which driver, and how it is to be opened.

    Args:
        scheme: what kind it is, such as "camera" or "mic".
        place: number or name of a device, path, port, or id of a take.
        options: what it is asked for, by name.
    """

    scheme: str
    place: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, uri: str) -> DriverAddress:
        """The parts of a URI; one without a known scheme is the path of a film or picture."""
        scheme, _, place = uri.partition(":")
        if scheme in _DEVICES:
            place, _, options = place.partition("?")
            return cls(scheme, place, dict(parse_qsl(options, keep_blank_values=True)))
        if scheme in PATH_SCHEMES:
            path, _, ending = place.rpartition("?")
            options_of_path = dict(parse_qsl(ending))
            if path and options_of_path and options_of_path.keys() <= _OPTIONS_OF_PATHS:
                return cls(scheme, path, options_of_path)
            return cls(scheme, place)
        return cls(scheme, place) if scheme in _OTHERS else cls("file", uri)

    def __str__(self) -> str:
        options = f"?{urlencode(self.options, safe=':')}" if self.options else ""
        colon = "" if self.scheme == "sliders" else ":"
        return f"{self.scheme}{colon}{self.place}{options}"

    @property
    def device(self) -> str:
        """The same without options: two drivers of one device cannot be open at once."""
        return f"{self.scheme}:{self.place}"

    @property
    def label(self) -> str:
        """What the user calls it, such as "Camera 0" or the name of a file."""
        if self.scheme == "camera":
            return f"Camera {self.place}"
        if self.scheme == "mic" and self.place:
            return self.place
        if self.scheme in PATH_SCHEMES:
            return PurePath(self.place).name or self.place
        return _LABELS.get(self.scheme, self.scheme)

    def number(self, name: str, usual: float, least: float, most: float) -> float:
        """An option that is a number.

        Args:
            name: of the option.
            usual: its value where it is left out.
            least: its smallest value.
            most: its largest value.

        Raises:
            DeviceError: it is no number within its bounds.
        """
        text = self.options.get(name)
        if text is None:
            return usual
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise DeviceError(
                f"{self.label} cannot be opened with {name} {text!r:.40}.",
                f"Choose a number from {least:g} to {most:g}.",
            )
        return value

    def is_on(self, name: str) -> bool:
        """Whether an option is set to 1."""
        return self.options.get(name) == "1"
