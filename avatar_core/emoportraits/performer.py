"""Portraits that perform: one picture, one engine, a motion in, a frame out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from avatar_core.emoportraits.compositing import cut_out
from avatar_core.emoportraits.landmark_warp import WarpPortrait
from avatar_core.emoportraits.plate import head_matte, person_matte, without_head
from avatar_core.errors import FaceNotFoundError
from avatar_core.frame import PortraitFrame, WarpSource
from avatar_core.project.portrait_settings import PortraitBackground, PortraitSettings

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.motion import MotionFrame
    from avatar_core.project.portrait import CropBox, Portrait, PortraitCode

Colour = tuple[float, float, float, float]

_NOTHING: Colour = (0.0, 0.0, 0.0, 0.0)
_GREEN: Colour = (0.0, 1.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class DriverPicture:
    """The driver as the camera sees it, for models that look for themselves.

    Args:
        image: [H, W, 3] uint8 sRGB.
        box: the crop of the driver's head.
    """

    image: UInt8
    box: CropBox


class Performer(Protocol):
    """One portrait with one engine. Belongs to one thread."""

    @property
    def label(self) -> str:
        """What makes it move, in the words of a status line."""

    @property
    def code(self) -> PortraitCode | None:
        """What the engine made of the portrait, worth keeping in its file; None for nothing."""

    def perform(
        self,
        motion: MotionFrame,
        settings: PortraitSettings,
        driver: DriverPicture | None = None,
        captured_s: float | None = None,
    ) -> PortraitFrame:
        """The portrait in one moment.

        Args:
            motion: the driver, told from its own rest.
            settings: how the portrait follows it.
            driver: its picture, for settings that follow it.
            captured_s: as in `PortraitFrame`.
        """


class Stage:
    """What stands around a portrait's head; made once, and only what is asked for.

    Args:
        portrait: the picture.
    """

    def __init__(self, portrait: Portrait) -> None:
        self.portrait = portrait
        self.matte = head_matte(portrait)
        self._plate: UInt8 | None = None

    def ground(self, background: PortraitBackground) -> UInt8 | None:
        """[H, W, 3] behind the head, the size of the portrait's picture."""
        if background not in (PortraitBackground.PICTURE, PortraitBackground.PLATE):
            return None
        if self._plate is None:
            self._plate = without_head(self.portrait.picture, self.matte)
        return self._plate

    def shown(self, background: PortraitBackground) -> tuple[float, float, float, float]:
        """Left, top, width and height of the part of the picture that is to be seen."""
        if background is PortraitBackground.PICTURE:
            return (0.0, 0.0, float(self.portrait.width_px), float(self.portrait.height_px))
        box = self.portrait.box
        return (box.x, box.y, box.side, box.side)


def colour_behind(background: PortraitBackground) -> Colour:
    """What is behind everything, premultiplied."""
    return _GREEN if background is PortraitBackground.GREEN else _NOTHING


class WarpPerformer:
    """A photograph whose landmarks are moved. No weights, a preview.

    Args:
        portrait: with landmarks.

    Raises:
        FaceNotFoundError: no tracker has found a face in it, or one too small.
    """

    label = "Landmark warp (preview)"
    code = None

    def __init__(self, portrait: Portrait) -> None:
        if portrait.landmarks is None:
            raise FaceNotFoundError(
                f"No face is known in the portrait {portrait.name}.",
                "Add its picture again, so that its face is looked for.",
            )
        self._stage = Stage(portrait)
        self._warp = WarpPortrait(
            portrait.picture,
            portrait.landmarks,
            portrait.weights,
            portrait.head_rotation,
            portrait.gaze,
        )
        self._cut: WarpSource | None = None

    def perform(
        self,
        motion: MotionFrame,
        settings: PortraitSettings,
        driver: DriverPicture | None = None,
        captured_s: float | None = None,
    ) -> PortraitFrame:
        """The portrait in one moment."""
        started_s = time.perf_counter()
        mesh = self._warp.mesh(motion, settings)
        portrait = self._stage.portrait
        return PortraitFrame(
            motion=motion,
            size=(portrait.width_px, portrait.height_px),
            shown=self._stage.shown(settings.background),
            colour=colour_behind(settings.background),
            warp=(self._source(settings.background), mesh),
            stage_ms={"warp": 1e3 * (time.perf_counter() - started_s)},
            captured_s=captured_s,
        )

    def _source(self, background: PortraitBackground) -> WarpSource:
        """The photograph, or the person alone, shoulders and all, where that is to be seen."""
        if background in (PortraitBackground.PICTURE, PortraitBackground.PLATE):
            return self._warp.source
        if self._cut is None:
            portrait, whole = self._stage.portrait, self._warp.source
            matte = person_matte(portrait)
            self._cut = (
                whole if matte is None else replace(whole, picture=cut_out(portrait.picture, matte))
            )
        return self._cut
