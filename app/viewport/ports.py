"""What the viewport asks of those who feed it and film it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.emoportraits.performer import DriverPicture
    from avatar_core.errors import AvatarError
    from avatar_core.frame import AvatarFrame, PortraitFrame
    from avatar_core.geometry import UInt8


class FrameMailbox(Protocol):
    """Where the newest frame lies; `app.workers.latest.Latest` is one."""

    @property
    def dropped(self) -> int: ...

    def take(self) -> AvatarFrame | None: ...


class PortraitMoment(Protocol):
    """What one portrait is at; `app.workers.portraits.PortraitMoment` fits."""

    @property
    def frame(self) -> PortraitFrame | None: ...
    @property
    def engine(self) -> str: ...
    @property
    def rate_fps(self) -> float: ...
    @property
    def took_ms(self) -> float: ...
    @property
    def problem(self) -> AvatarError | None: ...


class PortraitFrames(Protocol):
    """All portraits in one moment, and who drives them."""

    @property
    def moments(self) -> Mapping[str, PortraitMoment]: ...
    @property
    def driver(self) -> DriverPicture | None: ...
    @property
    def captured_s(self) -> float | None: ...


class PortraitMailbox(Protocol):
    """Where the newest moments of portraits lie."""

    def take(self) -> PortraitFrames | None: ...


class ClipTap(Protocol):
    """Wants pictures at a size of its own while a clip is being recorded."""

    @property
    def width_px(self) -> int: ...

    @property
    def height_px(self) -> int: ...

    @property
    def fps(self) -> float: ...

    @property
    def has_alpha(self) -> bool:
        """Whether the pictures are to be transparent where only the background is."""
        ...

    def wants(self, captured_s: float) -> bool:
        """Whether the clip has room for a picture of this moment."""
        ...

    def submit(self, image: UInt8, captured_s: float) -> None:
        """Take a picture and when what it shows was captured. Returns at once.

        Args:
            image: [H, W, 3], or with alpha [H, W, 4] premultiplied, uint8.
            captured_s: on the clock of frames.
        """
        ...
