"""Which latent a portrait is asked to show: from motion or from what a model saw in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.expression import (
    Expression,
    expression_of,
    shown_expression,
)
from avatar_core.emoportraits.latent_map import region_gained
from avatar_core.motion import with_gaze_weights

if TYPE_CHECKING:
    from avatar_core.emoportraits.learned import Learned
    from avatar_core.geometry import Float32
    from avatar_core.motion import MotionFrame
    from avatar_core.project.portrait import Portrait
    from avatar_core.project.portrait_settings import PortraitSettings


class LatentDirection:
    """Directs one portrait on one model.

    Args:
        learned: the model's map from motion; without one a portrait follows pictures alone, and
            motion leaves its expression as it is.
        portrait: whose expression the tracker has seen.
        latent: [Z] the same expression as the model sees it.
    """

    def __init__(self, learned: Learned | None, portrait: Portrait, latent: Float32) -> None:
        self._learned = learned
        self._source = expression_of(portrait.weights, portrait.gaze)
        self._latent = latent
        self._own = np.zeros_like(latent)
        if learned is not None:
            # What the model sees in this face beyond the weights that were told.
            self._own = latent - learned.latent_map.apply(_inputs(self._source))

    def told(self, motion: MotionFrame, settings: PortraitSettings) -> Float32:
        """The latent [Z] of a driver's motion."""
        if self._learned is None:
            return self._latent
        wanted = shown_expression(self._source, motion, settings)
        told = self._learned.latent_map.apply(_inputs(wanted))
        return self._slid(told + (1 - settings.blend) * self._own, settings)

    def seen(self, latent: Float32, settings: PortraitSettings) -> Float32:
        """The latent [Z] for one [Z] that the model saw in the driver's picture.

        It takes the place of the source's own: no driver's neutral face is known to the model, so
        there is nothing to tell relative motion from.
        """
        if self._learned is None:
            return latent
        eyes = settings.eyes_gain
        gains = {
            "mouth": settings.mouth_gain,
            "upper face": settings.brows_gain,
            "lids": eyes * settings.lids_gain,
            "gaze": eyes * settings.gaze_gain,
        }
        gained = region_gained(
            latent, self._learned.latent_map, gains, intensity=settings.multiplier
        )
        return self._slid(gained, settings)

    def _slid(self, latent: Float32, settings: PortraitSettings) -> Float32:
        """With what the artist's latent sliders add."""
        assert self._learned is not None
        basis = self._learned.latent_basis
        if basis is None or not settings.latent:
            return latent.astype(np.float32)
        count = min(len(settings.latent), len(basis.deviations))
        amounts = np.asarray(settings.latent[:count], np.float32) * basis.deviations[:count]
        return (latent + amounts @ basis.axes[:count]).astype(np.float32)


def _inputs(expression: Expression) -> Float32:
    return with_gaze_weights(expression.weights, expression.gaze)
