"""How much of a picture a slow machine can draw while something moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.render.scene import SceneOptions

BUDGET_MS = 80.0
"""A picture may take that long while something moves; more, and less of it is drawn."""

REST_S = 0.3
"""After this long without a change the whole picture is drawn."""

_ROOM = 0.75
"""A better quality is tried again when it would take less than this share of the budget."""

_FADE = 0.97
"""What was measured fades towards nothing, so that a better quality gets another chance."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What is drawn of a picture.

    Args:
        smooth_edges: several samples along the head's edges.
        pixel_share: 0..1 of the pixels along each side.
        fine_hair: Gaussians to their faintest rims, fading into the skin.
    """

    smooth_edges: bool = True
    pixel_share: float = 1.0
    fine_hair: bool = True

    def applied_to(self, scene: SceneOptions) -> SceneOptions:
        """The scene with less of everything."""
        return replace(
            scene,
            smooth_edges=self.smooth_edges,
            pixel_share=self.pixel_share,
            fine_hair=self.fine_hair,
        )


WHOLE = Quality()

LEVELS = (
    WHOLE,
    Quality(smooth_edges=False),
    Quality(smooth_edges=False, pixel_share=0.85),
    Quality(smooth_edges=False, pixel_share=0.85, fine_hair=False),
    Quality(smooth_edges=False, pixel_share=0.7, fine_hair=False),
    Quality(smooth_edges=False, pixel_share=0.5, fine_hair=False),
)
"""From the whole picture to the least that still shows what happens.

On Mesa's software rasteriser they take 0.86, 0.62, 0.46, 0.35 and 0.25 of the whole picture's time,
and are within 43, 42, 41, 40 and 38 dB of it. Fewer, wider Gaussians would be 3 dB worse at the
same speed.
"""


class Pace:
    """Chooses the quality of each picture from how long those before it took.

    A machine that draws the whole picture within the budget never sees another one.

    Args:
        budget_ms: of one picture while something moves.
    """

    def __init__(self, budget_ms: float = BUDGET_MS) -> None:
        self._budget_ms = budget_ms
        self._level = 0
        self._took_ms = [0.0] * len(LEVELS)
        self._moved_s = float("-inf")
        self._shown = WHOLE

    def note_move(self, now_s: float) -> None:
        """Something changes: the avatar, the camera."""
        self._moved_s = now_s

    def quality(self, now_s: float) -> Quality:
        """What the next picture should be."""
        return LEVELS[self._level] if self._is_moving(now_s) else WHOLE

    def note_painted(
        self, quality: Quality, took_ms: float, earlier_gpu_ms: float | None = None
    ) -> None:
        """A picture was drawn.

        Args:
            quality: of the picture.
            took_ms: until all commands were given, or on a processor until all was drawn.
            earlier_gpu_ms: what the one before has taken the graphics card, if that is known.
        """
        if earlier_gpu_ms is None:
            self._note_took(quality, took_ms)
        else:
            # Of the picture before, whose commands took a moment as this one's did.
            self._note_took(self._shown, max(took_ms, earlier_gpu_ms))
        self._shown = quality

    def _note_took(self, quality: Quality, took_ms: float) -> None:
        level = LEVELS.index(quality)
        self._took_ms = [_FADE * each for each in self._took_ms]
        self._took_ms[level] = took_ms
        if level != self._level:
            return  # a whole picture at rest tells nothing about what moves
        if took_ms > self._budget_ms:
            self._level = min(level + 1, len(LEVELS) - 1)
        elif level and self._took_ms[level - 1] < _ROOM * self._budget_ms:
            self._level = level - 1

    def owes_whole(self, now_s: float) -> bool:
        """Whether all is at rest while less than the whole picture is shown."""
        return self._shown != WHOLE and not self._is_moving(now_s)

    def _is_moving(self, now_s: float) -> bool:
        return now_s - self._moved_s < REST_S
