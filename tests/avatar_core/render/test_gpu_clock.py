from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar_core.render.gpu_clock import GpuClock

if TYPE_CHECKING:
    import moderngl


class Query:
    """A timer whose answer is known."""

    def __init__(self) -> None:
        self.elapsed = 0

    def __enter__(self) -> Query:
        self.elapsed += 1_000_000
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Context:
    def __init__(self) -> None:
        self.queries: list[Query] = []

    def query(self, *, time: bool) -> Query:
        assert time
        self.queries.append(Query())
        return self.queries[-1]


def test_each_picture_is_told_when_the_next_one_is_drawn() -> None:
    fake = Context()
    clock = GpuClock(fake)  # type: ignore[arg-type]
    assert clock.earlier_ms is None
    told = []
    for picture in range(4):
        with clock.measured():
            fake.queries[picture % 2].elapsed += 10_000_000 * picture
        told.append(clock.earlier_ms)
    assert told == [None, 1.0, 11.0, 22.0]


@pytest.mark.gl
def test_what_fails_while_it_is_measured_leaves_the_clock_usable(context: moderngl.Context) -> None:
    clock = GpuClock(context)
    with pytest.raises(ValueError, match="broken"), clock.measured():
        raise ValueError("broken")
    for _ in range(2):
        with clock.measured():
            context.screen.clear() if context.screen else None
    assert clock.earlier_ms is not None
    assert context.error == "GL_NO_ERROR"
