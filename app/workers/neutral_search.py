"""Looking through a whole film for its calmest face, in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.workers.tasks import TaskContext
    from avatar_core.motion import MotionFrame


def calmest_face(uri: str, task: TaskContext) -> MotionFrame:
    """The face of a film that is nearest to rest.

    Args:
        uri: of the film, or of a folder of numbered pictures.
        task: hears how far it is, and may stop it.

    Raises:
        AssetError: the film cannot be read.
        FaceNotFoundError: no picture shows a face.
        Cancelled: by the task.
    """
    from avatar_core.motion.range_calibration import best_neutral
    from avatar_core.recording.film_take import take_from_film

    def told(done: int, whole: int | None) -> None:
        task.step(done / whole if whole else 0.0)

    take = take_from_film(uri, progress=told)
    return best_neutral(take.frames())
