"""Living with a software rasteriser, which is what a computer without a graphics card has."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import moderngl

_SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "SwiftShader", "Software")
_LIBRARIES = {
    "linux": ("libOpenGL.so.0", "libGL.so.1"),
    "win32": ("opengl32",),
    "darwin": ("/System/Library/Frameworks/OpenGL.framework/OpenGL",),
}


def is_software(context: moderngl.Context) -> bool:
    """Whether the processor draws."""
    name: str = context.info["GL_RENDERER"]
    return name.startswith(_SOFTWARE_RENDERERS)


def make_way(context: moderngl.Context) -> None:
    """Wait for a software rasteriser while Python's other threads run; else return at once.

    A pass that reads what the one before it drew waits for that inside the driver, a few hundred
    milliseconds on the CPU, and moderngl holds the interpreter's lock meanwhile: camera, tracker
    and sound would stand still. Waiting first, through ctypes, releases the lock. A graphics card
    draws while the program goes on, so nothing is waited for there.
    """
    if is_software(context):
        finish = _gl_finish()
        if finish is not None:
            finish()


@cache
def _gl_finish() -> Callable[[], None] | None:
    """`glFinish` of whatever context is current; None where it cannot be had."""
    for name in _LIBRARIES.get(sys.platform, ()):
        try:
            function = ctypes.CDLL(name).glFinish
        except (OSError, AttributeError):
            continue
        function.argtypes, function.restype = (), None
        return function
    return None
