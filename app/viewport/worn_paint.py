"""WornPaint: the paint on the avatar's face, and its frames as they are sculpted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.heads import HeadTopology
    from avatar_core.render.renderer import Renderer
    from avatar_core.texture.composite import PaintMaps
    from avatar_core.texture.sculpt import Sculptor


class WornPaint:
    """Keeps track of what of the paint the graphics card does not know yet.

    The maps are written in place by whoever composes them.
    """

    def __init__(self) -> None:
        self._topology: HeadTopology | None = None
        self._sculptor: Sculptor | None = None
        self._maps: PaintMaps | None = None
        self._sculpted: tuple[AvatarFrame, AvatarFrame] | None = None
        self._loaded_into: Renderer | None = None
        self._pending: set[int] = set()

    def begin(self, topology: HeadTopology) -> None:
        """Another avatar, without paint."""
        self._topology = topology
        self._sculptor = None
        self.put_on(None)

    def put_on(self, maps: PaintMaps | None) -> None:
        """Wear paint, of which anything may be different from before; None for none."""
        self._maps = maps
        self._loaded_into = self._sculpted = None
        self._pending.clear()
        if maps is None:
            self._sculptor = None
        elif self._topology is not None:
            from avatar_core.texture.sculpt import Sculptor  # most avatars wear no paint

            self._sculptor = self._sculptor or Sculptor(self._topology)
        self._follow(None)

    def touch(self, tiles: set[int]) -> None:
        """The maps were written to in these tiles."""
        self._pending |= tiles
        self._follow(tiles)

    def worn(self, frame: AvatarFrame) -> AvatarFrame:
        """A frame as it is sculpted; the same object until something changes."""
        if self._sculptor is None:
            return frame
        if self._sculpted is None or self._sculpted[0] is not frame:
            self._sculpted = frame, self._sculptor.worn(frame)
        return self._sculpted[1]

    def load(self, renderer: Renderer) -> None:
        """Bring to the graphics card what it does not know yet, its avatar being there."""
        if self._loaded_into is not renderer:
            renderer.upload_paint(self._maps)
            self._loaded_into = renderer
        elif self._maps is not None and self._pending:
            renderer.upload_paint(self._maps, self._pending)
        self._pending.clear()

    def forget_loaded(self) -> None:
        """The renderer dropped what it knew: another avatar was loaded."""
        self._loaded_into = None

    def _follow(self, tiles: set[int] | None) -> None:
        sculptor, maps = self._sculptor, self._maps
        if sculptor is not None and maps is not None and sculptor.follow(maps.shares, tiles):
            self._sculpted = None
