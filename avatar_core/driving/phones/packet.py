"""What a datagram of a phone or app gives, and what every reader of one promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from avatar_core.motion.motion import MotionFrame


class PacketError(ValueError):
    """A datagram that cannot be used; its text is one sentence for the user."""


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """A datagram that made sense.

    Args:
        motion: what it shows; None when it only prepares what a later one completes.
        order: its place in the stream, a frame number or the sender's clock in seconds; None
            where the protocol has none.
        is_counted: `order` counts frames, so gaps in it are losses.
        subject: what the sender calls itself; empty where it has no name.
    """

    motion: MotionFrame | None
    order: float | None = None
    is_counted: bool = False
    subject: str = ""


class PacketReader(Protocol):
    """Reads the datagrams of one sender; it may remember what earlier ones said."""

    def parse(self, data: bytes, time_s: float) -> Packet:
        """Read one datagram.

        Args:
            data: all of it.
            time_s: when it came, seconds on the receiver's clock; becomes the motion's time.

        Raises:
            PacketError: it is damaged, or of another protocol.
        """
