"""The protocols of phones and apps, and opening one by its address."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING

from avatar_core.driving.phones import facial_mocap
from avatar_core.driving.phones.facial_mocap import FacialMocapReader
from avatar_core.driving.phones.live_link import LiveLinkReader
from avatar_core.driving.phones.open_see_face import OpenSeeFaceReader
from avatar_core.driving.phones.receiver import PhoneReceiver, PhoneRequest
from avatar_core.driving.phones.vmc import VmcReader
from avatar_core.errors import DeviceError
from avatar_core.motion.driver_address import DriverAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.driving.phones.packet import PacketReader
    from avatar_core.driving.phones.receiver import Endpoint


@dataclass(frozen=True, slots=True)
class PhoneProtocol:
    """One way in which phones and apps send motion.

    Args:
        scheme: how its addresses begin.
        title: what the user calls it.
        port: where it is listened for unless the address says otherwise.
        most_bytes: size of its largest datagram.
        reader: makes a reader, as the options of an address want it.
        options: what an address may say beside `open`.
    """

    scheme: str
    title: str
    port: int
    most_bytes: int
    reader: Callable[[Mapping[str, str]], PacketReader]
    options: frozenset[str] = frozenset()


PROTOCOLS: dict[str, PhoneProtocol] = {
    protocol.scheme: protocol
    for protocol in (
        PhoneProtocol(
            "livelink", "Live Link Face", 11111, 2048, LiveLinkReader.from_options,
            frozenset({"angles", "flip"}),
        ),
        PhoneProtocol(
            "ifacialmocap", "iFacialMocap", facial_mocap.PORT, 16384,
            lambda _: FacialMocapReader(), frozenset({"phone"}),
        ),
        PhoneProtocol("vmc", "VMC", 39539, 16384, lambda _: VmcReader()),
        PhoneProtocol("openseeface", "OpenSeeFace", 11573, 65507, lambda _: OpenSeeFaceReader()),
    )
}  # fmt: skip
"""By the scheme of their addresses."""


def open_phone(uri: str) -> PhoneReceiver:
    """Listen for a phone or app.

    Args:
        uri: `livelink:11111`, `ifacialmocap:49983`, `vmc:39539`, `openseeface:11573`; without the
            number at their usual port. `?open=1` listens on all networks, not on this machine
            alone. `ifacialmocap:49983?phone=192.168.1.7` asks that phone to send, and listens to
            it alone; at port 49993 the phone runs FaceMotion3D.

    Raises:
        DeviceError: there is no such protocol, the address is wrong, or the port cannot be had.
    """
    address = DriverAddress.parse(uri)
    protocol = PROTOCOLS.get(address.scheme)
    if protocol is None:
        raise DeviceError(
            f"No phone or app sends '{uri}'.", f"Choose one of {', '.join(PROTOCOLS)}."
        )
    unknown = address.options.keys() - protocol.options - {"open"}
    if unknown:
        raise DeviceError(
            f"{protocol.title} has no option '{min(unknown)}'.",
            f"It has {', '.join(sorted(protocol.options | {'open'}))}.",
        )
    port = _port(address.place or str(protocol.port), protocol.title)
    protocol.reader(address.options)  # says what is wrong with them before anything is opened
    phone = _phone(address.options["phone"], port) if "phone" in address.options else None
    return PhoneReceiver(
        str(DriverAddress(address.scheme, str(port), address.options)),
        port,
        lambda: protocol.reader(address.options),
        protocol.most_bytes,
        is_open=address.is_on("open") or (phone is not None and phone[0] != "127.0.0.1"),
        request=None
        if phone is None
        else PhoneRequest(phone, facial_mocap.start_request(port), facial_mocap.stop_request(port)),
    )


def _port(text: str, title: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise DeviceError(
            f"{title} cannot be listened for at port '{text}'.", "Ports are numbers up to 65535."
        )
    return int(text)


def _phone(text: str, port: int) -> Endpoint:
    """Address of a phone, which listens at the same port unless the text says otherwise."""
    host, _, own_port = text.partition(":")
    try:
        address = IPv4Address(host)
    except AddressValueError:
        address = IPv4Address(0)
    if address.is_unspecified or address.is_multicast or address == IPv4Address("255.255.255.255"):
        raise DeviceError(
            f"'{host}' is not the address of a phone.",
            "Write it as the app shows it, such as phone=192.168.1.7.",
        )
    return str(address), _port(own_port or str(port), "The phone")
