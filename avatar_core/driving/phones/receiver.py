"""PhoneReceiver: a socket on which one phone or app tells its motion."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from avatar_core.driving.phones.packet import PacketError
from avatar_core.driving.phones.stream_order import StreamOrder
from avatar_core.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.driving.phones.packet import Packet, PacketReader
    from avatar_core.motion.motion import MotionFrame

SILENCE_S = 1.0
"""After so long without a packet a sender counts as gone, and another may take its place."""

_ASK_EVERY_S = 1.0
_MOST_AT_ONCE_S = 0.05
_KERNEL_BUFFER = 1 << 18

Endpoint: TypeAlias = tuple[str, int]
"""Address and port of a program on the network."""


@dataclass(frozen=True, slots=True)
class PhoneState:
    """How a receiver is doing.

    Args:
        is_live: motion came within the last second.
        received: packets that were understood.
        lost: packets that the sender numbered and that never came.
        reordered: packets that came after newer ones, and were left out.
        refused: packets that were damaged, too large, of another protocol or another sender.
        sender: who sends, such as "192.168.1.7:50123"; empty before the first packet.
        subject: what it calls itself; empty where the protocol has no names.
        last_s: `time.perf_counter()` when motion came last; None before the first.
        reason: why packets are refused at the moment, one sentence; empty while none are.
    """

    is_live: bool = False
    received: int = 0
    lost: int = 0
    reordered: int = 0
    refused: int = 0
    sender: str = ""
    subject: str = ""
    last_s: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PhoneRequest:
    """What a phone wants to hear before it sends, and again when it has gone silent.

    Args:
        phone: its address and port; packets of others are refused.
        start: asks it to send.
        stop: asks it to stop, where there is a word for that.
    """

    phone: Endpoint
    start: bytes
    stop: bytes | None = None


class PhoneReceiver:
    """Listens to one sender at a time. Read and closed by one thread, which owns it.

    Whoever is understood first is followed until silent for a second; others are refused
    meanwhile. Nothing queues up: a read empties the socket and gives the newest motion.

    Args:
        uri: what it was opened by, written in full.
        port: where it listens; 0 for any that is free.
        reader: makes a reader of datagrams, anew for every sender.
        most_bytes: size of the largest datagram that is looked into.
        is_open: listens on all networks of this machine, not on itself alone.
        request: what the phone wants to hear first.

    Raises:
        DeviceError: the port cannot be had.
    """

    def __init__(
        self,
        uri: str,
        port: int,
        reader: Callable[[], PacketReader],
        most_bytes: int,
        *,
        is_open: bool = False,
        request: PhoneRequest | None = None,
    ) -> None:
        self.uri = uri
        self._make_reader = reader
        self._reader = reader()
        self._most_bytes = most_bytes
        self._request = request
        self._socket = _listening(uri, "0.0.0.0" if is_open else "127.0.0.1", port)
        self._opened_s = time.perf_counter()
        self._asked_s = -float("inf")
        self._sender: Endpoint | None = None
        self._heard_s = -float("inf")
        self._refused_s = -float("inf")
        self._order = StreamOrder()
        self._state = PhoneState()

    @property
    def address(self) -> Endpoint:
        """Where it listens: "127.0.0.1" or "0.0.0.0", and the port."""
        host, port = self._socket.getsockname()
        return host, port

    @property
    def state(self) -> PhoneState:
        """How it is doing now; may be asked from any thread."""
        state, now_s = self._state, time.perf_counter()
        return replace(
            state,
            is_live=state.last_s is not None and now_s - state.last_s < SILENCE_S,
            reason=state.reason if now_s - self._refused_s < SILENCE_S else "",
        )

    @property
    def reason(self) -> str:
        """Why packets are refused at the moment; empty while none are."""
        return self.state.reason

    def read(self, timeout_s: float) -> MotionFrame | None:
        """The newest motion since the last read, waiting up to `timeout_s` for one.

        Its time is in seconds since the receiver was opened. Moments in which the phone sees no
        face have confidence 0.

        Returns:
            None when none came.

        Raises:
            DeviceError: the network is gone.
        """
        deadline_s = time.perf_counter() + timeout_s
        while True:
            now_s = time.perf_counter()
            self._ask_for_motion(now_s)
            motion = self._newest(min(max(0.0, deadline_s - now_s), _ASK_EVERY_S))
            if motion is not None or time.perf_counter() >= deadline_s:
                return motion

    def close(self) -> None:
        """Give the port back; harmless to call twice."""
        request, self._request = self._request, None
        if request is not None and request.stop is not None:
            self._send(request.stop, request.phone)
        self._socket.close()

    def _newest(self, timeout_s: float) -> MotionFrame | None:
        """Take all that waits in the socket; the newest motion among it."""
        datagram = self._receive(timeout_s)
        enough_s = time.perf_counter() + _MOST_AT_ONCE_S
        newest = None
        while datagram is not None:
            newest = self._take(*datagram) or newest
            # A flood of packets does not hold the reader: the rest has to wait, or is lost.
            datagram = self._receive(0.0) if time.perf_counter() < enough_s else None
        return newest

    def _receive(self, timeout_s: float) -> tuple[bytes, Endpoint] | None:
        """The next datagram; one byte too long when it is too large."""
        try:
            self._socket.settimeout(timeout_s)
            return self._socket.recvfrom(self._most_bytes + 1)
        except (BlockingIOError, TimeoutError, InterruptedError):
            return None
        except ConnectionError:  # Windows: what was asked for did not arrive at the phone
            return None
        except OSError as error:
            if error.errno == errno.EMSGSIZE or getattr(error, "winerror", None) == 10040:
                return bytes(self._most_bytes + 1), ("", 0)
            raise DeviceError(
                f"{self.uri} hears nothing any more.", "Check the network of this computer."
            ) from error

    def _take(self, data: bytes, sender: Endpoint) -> MotionFrame | None:
        """Look into one datagram; the motion it completes."""
        now_s = time.perf_counter()
        is_same = sender == self._sender
        is_after_silence = now_s - self._heard_s >= SILENCE_S
        try:
            self._expect_welcome(data, sender, is_same or is_after_silence)
            # What an app said before a silence need not hold after it.
            reader = self._make_reader() if is_after_silence else self._reader
            packet = reader.parse(data, now_s - self._opened_s)
        except PacketError as error:
            self._refused_s = now_s
            self._state = replace(self._state, refused=self._state.refused + 1, reason=str(error))
            return None
        if is_after_silence:
            self._order.restart()
        self._sender, self._heard_s, self._reader = sender, now_s, reader
        return self._accept(packet, now_s)

    def _expect_welcome(self, data: bytes, sender: Endpoint, may_send: bool) -> None:
        if len(data) > self._most_bytes:
            raise PacketError("A packet was too large.")
        if self._request is not None and sender[0] != self._request.phone[0]:
            raise PacketError(f"Packets come from {sender[0]}, which is not the phone.")
        if not may_send:
            raise PacketError(f"A second program sends from {sender[0]}.")

    def _accept(self, packet: Packet, now_s: float) -> MotionFrame | None:
        """Count a packet that made sense; its motion unless newer motion came before it."""
        motion = packet.motion
        if packet.order is not None and not self._order.admits(
            packet.order, is_counted=packet.is_counted
        ):
            motion = None
        host, port = self._sender or ("", 0)
        self._state = replace(
            self._state,
            received=self._state.received + 1,
            lost=self._order.lost,
            reordered=self._order.late,
            sender=f"{host}:{port}",
            subject=packet.subject,
            last_s=self._state.last_s if motion is None else now_s,
            reason="",
        )
        return motion

    def _ask_for_motion(self, now_s: float) -> None:
        """Ask a phone that is silent, now and then."""
        if (
            self._request is not None
            and now_s - self._heard_s >= SILENCE_S
            and now_s - self._asked_s >= _ASK_EVERY_S
        ):
            self._asked_s = now_s
            self._send(self._request.start, self._request.phone)

    def _send(self, data: bytes, phone: Endpoint) -> None:
        self._socket.settimeout(0.0)
        with contextlib.suppress(OSError):  # out of range now; it is asked again
            self._socket.sendto(data, phone)


def _listening(uri: str, host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if sys.platform == "win32":  # nobody else may take the port as well
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BUFFER)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError) and port < 1024:
            raise DeviceError(
                f"Port {port} may not be used by you.", "Choose one above 1023, in the app too."
            ) from error
        raise DeviceError(
            f"Port {port} is taken by another program.",
            "Close it, or choose another port here and in the app, such as"
            f" {uri.partition(':')[0]}:{port + 1 if port < 65535 else port - 1}.",
        ) from error
    return listener
