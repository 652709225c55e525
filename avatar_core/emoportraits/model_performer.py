"""A portrait moved by a neural model: encoded once, then drawn from motion or from pictures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.alignment import driven_theta
from avatar_core.emoportraits.crop import cropped
from avatar_core.emoportraits.generator import SourceCode
from avatar_core.emoportraits.latent_direction import LatentDirection
from avatar_core.emoportraits.performer import DriverPicture, Stage, colour_behind
from avatar_core.emoportraits.plate import unmixed_from_green
from avatar_core.emoportraits.pose import mixed_pose
from avatar_core.frame import PortraitFrame
from avatar_core.project.portrait import Portrait, PortraitCode
from avatar_core.project.portrait_settings import PortraitDriver, PortraitSettings

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.emoportraits.runtime import PortraitRuntime
    from avatar_core.geometry import Float32
    from avatar_core.motion import MotionFrame


class ModelPerformer:
    """One portrait and one model. The source is encoded here, unless its file has that already.

    Args:
        runtime: the model on its device.
        portrait: who performs.

    Raises:
        DeviceError: not enough memory, even at half precision and on the processor.
    """

    def __init__(self, runtime: PortraitRuntime, portrait: Portrait) -> None:
        self._runtime = runtime
        self._stage = Stage(portrait)
        size = runtime.side_of(portrait.box.side)
        picture = cropped(portrait.picture, portrait.box, size)
        matte = cropped(self._stage.matte, portrait.box, size)
        kept = portrait.codes.get(runtime.digest)
        restored = None if kept is None else self._restored(kept)
        if restored is None:
            self._source = runtime.encode(picture, matte)
        else:
            self._source = runtime.restore(restored, picture, matte)
        self._theta = runtime.array(self._source.theta)
        self._direction = LatentDirection(
            runtime.learned, portrait, runtime.array(self._source.latent)
        )

    @property
    def label(self) -> str:
        """What makes it move, in the words of a status line."""
        return self._runtime.label

    @property
    def code(self) -> PortraitCode:
        """The source as the model keeps it."""
        array, source = self._runtime.array, self._source
        return PortraitCode(
            identity=array(source.identity),
            canonical=array(source.canonical).astype(np.float16),
            theta=self._theta,
            latent=array(source.latent),
        )

    def perform(
        self,
        motion: MotionFrame,
        settings: PortraitSettings,
        driver: DriverPicture | None = None,
        captured_s: float | None = None,
    ) -> PortraitFrame:
        """The portrait in one moment, see `Performer`."""
        started_s = time.perf_counter()
        if driver is not None and settings.follows is PortraitDriver.PICTURE:
            latent, theta = self._seen(driver, settings)
        else:
            latent, theta = self._told(motion, settings)
        posed_s = time.perf_counter()
        drawn = self._runtime.draw(self._source, latent, theta)
        drawn_s = time.perf_counter()
        head = np.rint(255 * unmixed_from_green(drawn)).astype(np.uint8)
        portrait, background = self._stage.portrait, settings.background
        box = portrait.box
        return PortraitFrame(
            motion=motion,
            size=(portrait.width_px, portrait.height_px),
            shown=self._stage.shown(background),
            colour=colour_behind(background),
            ground=self._stage.ground(background),
            head=head,
            head_box=(box.x, box.y, box.side, box.side),
            stage_ms={
                "portrait pose": 1e3 * (posed_s - started_s),
                "portrait draw": 1e3 * (drawn_s - posed_s),
                "portrait matte": 1e3 * (time.perf_counter() - drawn_s),
            },
            captured_s=captured_s,
        )

    def _told(self, motion: MotionFrame, settings: PortraitSettings) -> tuple[Tensor, Tensor]:
        """Latent [1, Z] and theta [1, 4, 4] of a motion."""
        tensor = self._runtime.tensor
        latent = tensor(self._direction.told(motion, settings))
        return latent, tensor(self._turned(motion, settings))

    def _turned(self, motion: MotionFrame, settings: PortraitSettings) -> Float32:
        """[4, 4] the head pose of a motion."""
        if not settings.follows_pose:
            return self._theta
        portrait = self._stage.portrait
        return driven_theta(
            self._theta,
            motion.head_rotation,
            source_rotation=None if portrait.landmarks is None else portrait.head_rotation,
            relative=1 - settings.blend,
            gain=settings.pose_gain,
            moved_m=motion.head_translation * np.float32(settings.pose_gain),
            towards_viewer=self._runtime.model.config.depth_towards_viewer,
        )

    def _seen(self, driver: DriverPicture, settings: PortraitSettings) -> tuple[Tensor, Tensor]:
        """Latent [1, Z] and theta [1, 4, 4] that the model sees in the driver's picture."""
        runtime = self._runtime
        image = cropped(driver.image, driver.box, runtime.model.config.image_size)
        theta, latent = runtime.read(image)
        directed = runtime.tensor(self._direction.seen(runtime.array(latent), settings))
        source = self._source
        if not settings.follows_pose:
            return directed, source.theta
        return directed, mixed_pose(source.theta, theta)

    def _restored(self, code: PortraitCode) -> SourceCode | None:
        """A code of the file, if it is one of this model's."""
        runtime, config = self._runtime, self._runtime.model.config
        side = config.embed_size
        fitting = (
            (config.embedding_channels, side, side),
            (config.latent_channels, config.depth, config.latent_size, config.latent_size),
            (4, 4),
            (config.expression_size,),
        )
        parts = (code.identity, code.canonical, code.theta, code.latent)
        if tuple(part.shape for part in parts) != fitting:
            return None
        return SourceCode(*map(runtime.tensor, parts))
