"""Drawing with OpenGL 4.1: the only part of the core that knows moderngl."""

from avatar_core.render.scene import SceneOptions

__all__ = ["SceneOptions"]
