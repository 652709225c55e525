"""Portraits without a window: for the command line, films and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.render.offscreen import create_offscreen_context
from avatar_core.render.passes.portrait import PortraitPass, Rectangle
from avatar_core.render.picture_target import PictureTarget
from avatar_core.render.shaders import ShaderLibrary
from avatar_core.render.software import make_way

if TYPE_CHECKING:
    from avatar_core.frame import PortraitFrame
    from avatar_core.geometry import UInt8


class OffscreenPortrait:
    """Draws portraits of any engine into pictures, with a context of its own.

    Belongs to the thread that made it. That thread must have no window's context current.

    Raises:
        RenderError: the computer offers no OpenGL 4.1.
    """

    def __init__(self) -> None:
        self._context = create_offscreen_context()
        with self._context:
            self._pass = PortraitPass(self._context, ShaderLibrary())
            self._picture = PictureTarget(self._context)

    def draw(self, frame: PortraitFrame, size: tuple[int, int]) -> UInt8:
        """One picture [H, W, 4] uint8, premultiplied, top row first.

        What is shown of the portrait keeps its shape: it covers the picture, cut at two sides where
        the shapes differ.

        Args:
            frame: the moment.
            size: width and height of the result.
        """
        width, height = size
        with self._context:
            target = self._picture.of_size(size)
            target.clear(*frame.colour)
            self._pass.draw(frame, target, covering(frame.shown, width / height))
            make_way(self._context)
            pixels = target.read(components=4, alignment=1)
        bottom_up = np.frombuffer(pixels, np.uint8).reshape(height, width, 4)
        return np.ascontiguousarray(bottom_up[::-1])

    def release(self) -> None:
        """Free the pass, the picture and the context."""
        with self._context:
            self._picture.release()
            self._pass.release()
        self._context.release()


def covering(shown: Rectangle, aspect: float) -> Rectangle:
    """The largest part of a rectangle about its middle that has an aspect (width by height)."""
    left, top, width, height = shown
    kept_width, kept_height = min(width, height * aspect), min(height, width / aspect)
    return (
        left + (width - kept_width) / 2,
        top + (height - kept_height) / 2,
        kept_width,
        kept_height,
    )
