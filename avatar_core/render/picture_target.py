"""A framebuffer of one picture, kept for as long as its size stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.errors import RenderError

if TYPE_CHECKING:
    import moderngl


class PictureTarget:
    """Owns a framebuffer with one colour texture.

    Args:
        context: OpenGL, current for every call.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._texture: moderngl.Texture | None = None
        self._framebuffer: moderngl.Framebuffer | None = None

    @property
    def texture(self) -> moderngl.Texture:
        """What was drawn; there is one once a size was asked for."""
        assert self._texture is not None
        return self._texture

    def of_size(self, size: tuple[int, int]) -> moderngl.Framebuffer:
        """The framebuffer, made anew when the size is another one.

        Raises:
            RenderError: the graphics card draws no pictures of that size.
        """
        if self._framebuffer is None or self._framebuffer.size != size:
            self._expect_drawable(size)
            texture = self._context.texture(size, 4)
            texture.repeat_x = texture.repeat_y = False
            framebuffer = self._context.framebuffer([texture])
            # In use before the old one goes: moderngl binds again what was in use.
            framebuffer.use()
            self.release()
            self._texture, self._framebuffer = texture, framebuffer
        return self._framebuffer

    def _expect_drawable(self, size: tuple[int, int]) -> None:
        most = int(self._context.info["GL_MAX_TEXTURE_SIZE"])
        if max(size) > most:
            raise RenderError(
                f"A picture would be drawn at {size[0]} x {size[1]} pixels, but the graphics"
                f" card's largest is {most} x {most}.",
                "Choose a smaller size, or fewer samples for smooth edges.",
            )

    def release(self) -> None:
        """Free both. It is not drawn into afterwards."""
        if self._framebuffer is not None and self._texture is not None:
            self._framebuffer.release()
            self._texture.release()
        self._framebuffer = self._texture = None
