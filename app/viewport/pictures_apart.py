"""PicturesApart: what the viewport shows, drawn into pictures of its own: clips and stills."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtOpenGLWidgets import QOpenGLWidget

    from app.viewport.graphics import ViewportGraphics
    from app.viewport.shown_avatar import ShownAvatar
    from app.viewport.view_troubles import ViewTroubles
    from avatar_core.geometry import Camera, UInt8
    from avatar_core.render.scene import SceneOptions

    DrawPicture: TypeAlias = Callable[[Camera, SceneOptions], UInt8]


class PicturesApart:
    """Draws beside the view's own picture.

    Args:
        view: whose context it is.
        shown: the avatar.
        troubles: told when drawing fails; the studio lives on.
    """

    def __init__(self, view: QOpenGLWidget, shown: ShownAvatar, troubles: ViewTroubles) -> None:
        self._view = view
        self._shown = shown
        self._troubles = troubles

    def draw(self, graphics: ViewportGraphics | None, use: Callable[[DrawPicture], object]) -> None:
        """Give `use` what draws the newest frame into a picture of its own, if anything can."""
        if graphics is None or self._troubles.are_fatal or self._shown.frame is None:
            return

        def picture(camera: Camera, scene: SceneOptions) -> UInt8:
            self._view.makeCurrent()  # the view may be hidden
            graphics.load(self._shown)
            return graphics.picture(camera, scene)

        try:
            use(picture)
        except Exception as error:  # noqa: BLE001 - the studio lives on
            self._troubles.fail(error)
        finally:
            self._view.doneCurrent()
