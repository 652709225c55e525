"""InferenceLoop: motion becomes an avatar ready to be drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.workers.driving import DrivenMotion
from app.workers.latest import Latest
from app.workers.loop import Loop
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.errors import AvatarError
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.mega import Avatar
    from avatar_core.project.asset import AvatarAsset


class InferenceLoop(Loop):
    """Evaluates the newest motion with the newest avatar; older ones are overtaken.

    A camera that moves while the motion rests gets a frame of its own where the look depends on
    it. Such a frame shows no new capture, so it has no `captured_s`, unless it overtakes one that
    nobody has seen.

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
        self.cameras: Latest[Camera] = Latest(self.wake)
        self.stage_ms: dict[str, float] = {}
        self._frames = frames
        self._build = build
        self._assets: Latest[AvatarAsset] = Latest(self.wake)
        self._avatar: Avatar | None = None
        self._driven = DrivenMotion(MotionFrame())
        self._camera: Camera | None = None

    def set_avatar(self, asset: AvatarAsset) -> None:
        """Evaluate this avatar from now on, beginning with the newest motion."""
        self._assets.put(asset)

    def step(self) -> None:
        """Wait for a motion, an avatar or a camera, and evaluate once."""
        self.rest()
        asset = self._assets.take()
        if asset is not None:
            self._avatar = None
            self.renew()
            self._avatar = self._build(asset)
        driven = self.motions.take()
        if driven is not None:
            self._driven = driven
        camera = self.cameras.take()
        if camera is not None:
            self._camera = camera
        avatar = self._avatar
        if avatar is None:
            return
        if asset is not None or driven is not None:
            self._hand_over(self._evaluated(avatar, self._driven.captured_s))
        elif camera is not None and avatar.is_seen_anew(camera):
            frame = self._evaluated(avatar, None)
            unseen = self._frames.take()
            if unseen is not None:
                frame = replace(frame, captured_s=unseen.captured_s)
            self._hand_over(frame)

    def give_up(self) -> None:
        """Wait for another avatar; the last frame stays on the screen."""
        self._avatar = None

    def close(self) -> None:
        self._avatar = None

    def _evaluated(self, avatar: Avatar, captured_s: float | None) -> AvatarFrame:
        return avatar.evaluate(
            self._driven.motion,
            self._camera,
            captured_s=captured_s,
            stage_ms=dict(self._driven.stage_ms),
        )

    def _hand_over(self, frame: AvatarFrame) -> None:
        self.stage_ms = frame.stage_ms
        self._frames.put(frame)
