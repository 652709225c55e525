"""Phones and apps as drivers: receivers of the protocols they send."""

from avatar_core.driving.phones.packet import Packet, PacketError
from avatar_core.driving.phones.protocols import PROTOCOLS, PhoneProtocol, open_phone
from avatar_core.driving.phones.receiver import PhoneReceiver, PhoneState

__all__ = [
    "PROTOCOLS",
    "Packet",
    "PacketError",
    "PhoneProtocol",
    "PhoneReceiver",
    "PhoneState",
    "open_phone",
]
