"""DriverCrop: the square of the driver's head, steady from one picture to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar_core.emoportraits.crop import SteadyCrop, head_crop
from avatar_core.emoportraits.performer import DriverPicture
from avatar_core.errors import FaceNotFoundError

if TYPE_CHECKING:
    from app.workers.driver_frame import SeenDriver
    from avatar_core.geometry import Float32
    from avatar_core.project.portrait import CropBox


class DriverCrop:
    """Follows the head of one driver; begins anew with pictures of another size or place."""

    def __init__(self) -> None:
        self._crop = SteadyCrop()
        self._size = (0, 0)

    def picture(self, seen: SeenDriver) -> DriverPicture | None:
        """The driver for models that look for themselves; None where no head is to be seen."""
        if seen.face is None:
            return None
        height, width = seen.image.shape[:2]
        try:
            box = head_crop(seen.face, width, height)
        except FaceNotFoundError:
            return None
        kept = self._crop.box
        if kept is None or self._size != (width, height) or not _holds(kept, seen.face):
            self._crop, self._size = SteadyCrop(), (width, height)
        self._crop = self._crop.followed(box)
        return DriverPicture(seen.image, self._crop.box or box)


def _holds(box: CropBox, face: Float32) -> bool:
    """Whether the middle of a face [4] lies within a box."""
    middle_x, middle_y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
    return bool(box.x <= middle_x <= box.x + box.side and box.y <= middle_y <= box.y + box.side)
