"""Clone: paint of a place chosen before is copied to where the brush passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.texture.brush import PaintBrushKind, PaintOption
from avatar_core.texture.scattered import SHARP, averaged

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.brush import PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas
    from avatar_core.texture.ground import SkinPlace
    from avatar_core.texture.stamp import Stamp

FROM = PaintOption(
    "from", "Copy", "What is copied.", 0, 1, 0, choices=("This layer", "All layers")
)  # fmt: skip


class CloneSource:
    """The place that is copied, which moves along with the brush.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._source = settings.source
        self._start: SkinPlace | None = None
        self._start_point: Float64 | None = None

    def begin(self, dab: PaintDab) -> None:
        """The first stamp decides what comes to lie where.

        Raises:
            AssetError: no place to copy from was chosen.
        """
        if self._source is None:
            raise AssetError(
                "There is no place to copy from yet.",
                "Alt-click the skin that is to be copied, then paint.",
            )
        self._start, self._start_point = dab.ground.place(dab.point), dab.point

    def stamp(self, dab: PaintDab) -> Stamp:
        """What comes to lie under the brush now; a little more, so that its rim is there too."""
        assert self._source is not None
        ground = dab.ground
        start = self._start_point if self._start is None else ground.point(self._start)
        assert start is not None
        offset = ground.shift(ground.point(self._source) - start)
        return dab.stamp_at(ground.onto(dab.point + offset), 1.1)


class Clone:
    """A stroke that copies; it covers no more than its opacity.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._source = CloneSource(settings)
        self._sees_all = FROM.of(settings) > 0.5

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down.

        Raises:
            AssetError: no place to copy from was chosen.
        """
        self._source.begin(dab)

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made."""
        source, stamp = self._source.stamp(dab), dab.stamp
        if not len(source.texels) or not len(stamp.texels):
            return
        read = canvas.seen if self._sees_all else canvas.original
        paint = averaged(
            1.1 * source.places, read(source.texels), stamp.places, SHARP * stamp.grain
        )
        covered = canvas.cover(stamp.texels, dab.flow * stamp.weights, dab.opacity)[:, None]
        canvas.write(stamp.texels, (1 - covered) * canvas.original(stamp.texels) + covered * paint)

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


CLONE = PaintBrushKind(
    "clone", "Clone", "Copy paint from the place you Alt-clicked to where you paint.", Clone,
    options=(FROM,), needs_source=True,
)  # fmt: skip
