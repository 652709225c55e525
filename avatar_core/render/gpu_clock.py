"""What the graphics card spends on a picture."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import moderngl

_MS_PER_NS = 1e-6


class GpuClock:
    """Times what is drawn inside `measured`, and tells it one picture later.

    The card goes on drawing after its commands have been given. Asking for the time of the picture
    before, which is done by then, waits for nothing.

    Args:
        context: OpenGL, current for every call.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._queries = [context.query(time=True) for _ in range(2)]
        self._count = 0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Time all that is drawn meanwhile; not to be nested."""
        with self._queries[self._count % 2]:
            yield
        self._count += 1

    @property
    def earlier_ms(self) -> float | None:
        """Milliseconds of the picture before the one measured last; None where there is none."""
        if self._count < 2:
            return None
        return _MS_PER_NS * float(self._queries[self._count % 2].elapsed)
