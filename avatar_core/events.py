"""A typed, synchronous signal without Qt: what the session uses to say that it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Signal(Generic[T]):
    """Calls its listeners in the order they connected, on the caller's thread.

    Listeners may connect and disconnect while the signal is being emitted; the change takes
    effect with the next emission.
    """

    def __init__(self) -> None:
        # Keyed by connection: bound methods of one object are equal, their connections are not.
        self._listeners: dict[object, Callable[[T], None]] = {}

    def connect(self, listener: Callable[[T], None]) -> Callable[[], None]:
        """Add a listener. Returns a function that removes it again (harmless to call twice)."""
        connection = object()
        self._listeners[connection] = listener

        def disconnect() -> None:
            self._listeners.pop(connection, None)

        return disconnect

    def emit(self, value: T) -> None:
        for listener in tuple(self._listeners.values()):
            listener(value)
