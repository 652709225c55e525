"""Portraits in OpenGL, against the same picture put together with numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.frame import PortraitFrame
from avatar_core.motion import MotionFrame
from avatar_core.render.passes.portrait import PortraitPass
from avatar_core.render.shaders import ShaderLibrary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import moderngl

    from avatar_core.geometry import UInt8

pytestmark = pytest.mark.gl

_WIDTH, _HEIGHT = 60, 40


@pytest.fixture
def portrait_pass(context: moderngl.Context) -> Iterator[PortraitPass]:
    made = PortraitPass(context, ShaderLibrary())
    yield made
    made.release()


def _drawn(
    context: moderngl.Context, made: PortraitPass, frame: PortraitFrame, width: int, height: int
) -> UInt8:
    target = context.simple_framebuffer((width, height), 4)
    target.clear(*frame.colour)
    made.draw(frame, target)
    pixels = target.read(components=4, alignment=1)
    target.release()
    image: UInt8 = np.frombuffer(pixels, np.uint8).reshape(height, width, 4)[::-1]
    return image


def _frame(**given: object) -> PortraitFrame:
    shown = (0.0, 0.0, float(_WIDTH), float(_HEIGHT))
    return PortraitFrame(
        **{"motion": MotionFrame(), "size": (_WIDTH, _HEIGHT), "shown": shown, **given}
    )  # type: ignore[arg-type]


def _ground() -> UInt8:
    return np.random.default_rng(1).integers(0, 255, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)


def _head(side: int) -> UInt8:
    rng = np.random.default_rng(2)
    alpha = rng.integers(0, 255, (side, side, 1))
    colour = rng.integers(0, 255, (side, side, 3)) * alpha // 255
    head: UInt8 = np.concatenate([colour, alpha], -1).astype(np.uint8)
    return head


def test_the_head_lies_over_the_ground_at_its_place(
    context: moderngl.Context, portrait_pass: PortraitPass
) -> None:
    ground, head = _ground(), _head(16)
    frame = _frame(ground=ground, head=head, head_box=(10.0, 8.0, 16.0, 16.0))
    found = _drawn(context, portrait_pass, frame, _WIDTH, _HEIGHT)
    wanted = ground.astype(np.float64)
    inside = wanted[8:24, 10:26]
    inside[:] = head[..., :3] + (1 - head[..., 3:] / 255) * inside
    assert np.abs(found[..., :3] - wanted).max() <= 1
    assert (found[..., 3] == 255).all()


def test_a_part_of_the_picture_fills_the_target(
    context: moderngl.Context, portrait_pass: PortraitPass
) -> None:
    ground = _ground()
    frame = _frame(ground=ground, shown=(20.0, 10.0, 30.0, 20.0))
    found = _drawn(context, portrait_pass, frame, 30, 20)
    assert np.abs(found[..., :3].astype(int) - ground[10:30, 20:50]).max() <= 1


def test_without_a_ground_the_colour_is_seen_beside_the_head(
    context: moderngl.Context, portrait_pass: PortraitPass
) -> None:
    frame = _frame(head=_head(8), head_box=(0.0, 0.0, 8.0, 8.0), colour=(0.0, 1.0, 0.0, 1.0))
    found = _drawn(context, portrait_pass, frame, _WIDTH, _HEIGHT)
    assert (found[20:, 20:] == (0, 255, 0, 255)).all()
    clear = _drawn(
        context, portrait_pass, _frame(head=_head(8), head_box=(0, 0, 8, 8)), _WIDTH, _HEIGHT
    )
    assert (clear[20:, 20:] == 0).all()


def test_another_head_of_another_size_takes_the_place_of_the_first(
    context: moderngl.Context, portrait_pass: PortraitPass
) -> None:
    for side in (16, 24, 16):
        head = _head(side)
        frame = _frame(head=head, head_box=(0.0, 0.0, float(side), float(side)))
        found = _drawn(context, portrait_pass, frame, _WIDTH, _HEIGHT)
        assert np.abs(found[:side, :side].astype(int) - head).max() <= 1
