"""InferenceLoop: motion becomes an avatar ready to be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.workers.driving import DrivenMotion
from app.workers.latest import Latest
from app.workers.loop import Loop
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.errors import AvatarError
    from avatar_core.frame import AvatarFrame
    from avatar_core.mega import Avatar
    from avatar_core.project.asset import AvatarAsset


class InferenceLoop(Loop):
    """Evaluates the newest motion with the newest avatar; older ones are overtaken.

    Args:
        frames: where the newest frame goes.
        build: makes the avatar of an asset, on this thread: it may load models.
        report: hears errors.
    """

    def __init__(
        self,
        frames: Latest[AvatarFrame],
        build: Callable[[AvatarAsset], Avatar],
        report: Callable[[AvatarError], None],
    ) -> None:
        super().__init__("The avatar's pose", report)
        self.motions: Latest[DrivenMotion] = Latest(self.wake)
        self.stage_ms: dict[str, float] = {}
        self._frames = frames
        self._build = build
        self._assets: Latest[AvatarAsset] = Latest(self.wake)
        self._avatar: Avatar | None = None
        self._driven = DrivenMotion(MotionFrame())

    def set_avatar(self, asset: AvatarAsset) -> None:
        """Evaluate this avatar from now on, beginning with the newest motion."""
        self._assets.put(asset)

    def step(self) -> None:
        """Wait for a motion or an avatar, and evaluate once."""
        self.rest()
        asset = self._assets.take()
        if asset is not None:
            self._avatar = None
            self.renew()
            self._avatar = self._build(asset)
        driven = self.motions.take()
        if driven is not None:
            self._driven = driven
        if self._avatar is not None and (asset is not None or driven is not None):
            self._evaluate(self._avatar)

    def give_up(self) -> None:
        """Wait for another avatar; the last frame stays on the screen."""
        self._avatar = None

    def close(self) -> None:
        self._avatar = None

    def _evaluate(self, avatar: Avatar) -> None:
        driven = self._driven
        frame = avatar.evaluate(
            driven.motion, captured_s=driven.captured_s, stage_ms=dict(driven.stage_ms)
        )
        self.stage_ms = frame.stage_ms
        self._frames.put(frame)
