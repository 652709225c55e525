"""InferenceLoop: motion becomes an avatar ready to be drawn."""

from __future__ import annotations

import time
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


_SLOW_S = 1 / 30
"""An evaluation that takes longer asks the next ones to hurry."""
_QUICK_S = 1 / 60
"""One that is as short as that, though it hurried, ends the hurry."""
_CATCH_UP_S = 0.05
"""No motion came for so long: it rests, and what was left behind in a hurry is made good."""


class InferenceLoop(Loop):
    """Evaluates the newest motion with the newest avatar; older ones are overtaken.

    Where that takes longer than a camera's frame, avatars are asked to hurry while the motion goes
    on, and once more for the whole when it rests.

    A camera that moves while the motion rests gets a frame of its own where the look depends on
    it, and so does another avatar. Such a frame shows no new capture, so it has no `captured_s`,
    unless a camera's overtakes one that nobody has seen.

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
        self._is_hurried = False
        self._moved_s = 0.0

    def set_avatar(self, asset: AvatarAsset) -> None:
        """Evaluate this avatar from now on, beginning with the newest motion."""
        self._assets.put(asset)

    def step(self) -> None:
        """Wait for a motion, an avatar or a camera, and evaluate once."""
        is_behind = self._avatar is not None and self._avatar.is_behind
        self.rest(_CATCH_UP_S if is_behind else None)
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
            started_s = time.perf_counter()
            captured_s = None if driven is None else driven.captured_s
            frame = self._evaluated(avatar, captured_s, is_hurried=self._is_hurried)
            self._hand_over(frame)
            most_s = _QUICK_S if self._is_hurried else _SLOW_S
            self._moved_s = time.perf_counter()
            self._is_hurried = asset is None and self._moved_s - started_s > most_s
        elif self._is_due(avatar, camera):
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

    def _is_due(self, avatar: Avatar, camera: Camera | None) -> bool:
        """Whether the last motion is to be shown once more."""
        if avatar.is_behind:  # a camera that moves meanwhile waits for the next motion, or for rest
            return time.perf_counter() - self._moved_s >= _CATCH_UP_S
        return camera is not None and avatar.is_seen_anew(camera)

    def _evaluated(
        self, avatar: Avatar, captured_s: float | None, *, is_hurried: bool = False
    ) -> AvatarFrame:
        return avatar.evaluate(
            self._driven.motion,
            self._camera,
            captured_s=captured_s,
            stage_ms=dict(self._driven.stage_ms),
            is_hurried=is_hurried,
        )

    def _hand_over(self, frame: AvatarFrame) -> None:
        self.stage_ms = frame.stage_ms
        self._frames.put(frame)
