"""Which cameras and microphones there are, and how this computer is called in its network."""

from __future__ import annotations

import socket
from dataclasses import dataclass

_ELSEWHERE = ("10.255.255.255", 9)
"""An address in no particular network: asking for the way there sends nothing."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What was found, each as a URI and a name.

    Args:
        cameras: those that can be opened.
        microphones: those that can be heard; None while nobody has looked.
    """

    cameras: tuple[tuple[str, str], ...] = ()
    microphones: tuple[tuple[str, str], ...] | None = None


def list_devices() -> Devices:
    """Look for cameras and microphones; takes a moment, so not for the GUI thread."""
    from avatar_core.driving.camera import list_cameras
    from avatar_core.driving.microphone import list_microphones

    cameras = tuple((camera.uri, camera.name) for camera in list_cameras())
    return Devices(cameras, tuple((each.uri, each.name) for each in list_microphones()))


def local_addresses() -> tuple[str, ...]:
    """The IPv4 address under which others in the network reach this computer; none without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(_ELSEWHERE)
            address: str = asking.getsockname()[0]
        except OSError:
            return ()
    return () if address.startswith(("127.", "0.")) else (address,)
