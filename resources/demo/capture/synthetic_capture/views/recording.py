"""Makes the pictures of a capture, one after another; what is already there is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthetic_capture.series import SERIES
from synthetic_capture.views.cameras import camera_pose
from synthetic_capture.views.images import (
    on_white,
    painted_files,
    read_image,
    save_png,
    save_webp,
)
from synthetic_capture.views.labels import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from synthetic_capture.series import Frame
    from synthetic_capture.strands.strands import Strands
    from synthetic_capture.subject import Face, Subject
    from synthetic_capture.views.scene import Studio


@dataclass(frozen=True)
class Effort:
    """How the work is done.

    Args:
        shard: this process makes every frame whose number leaves this rest ...
        shards: ... when divided by the number of processes.
        threads: of the renderer.
        samples: for each pixel; None takes those of the series.
        limit: most frames to make; None makes all.
    """

    shard: int = 0
    shards: int = 1
    threads: int = 2
    samples: int | None = None
    limit: int | None = None

    def share(self, frames: Iterable[Frame], folder: Path) -> list[Frame]:
        """The frames that this process has to make: its share of those without a picture."""
        mine = [frame for k, frame in enumerate(frames) if k % self.shards == self.shard]
        return [f for f in mine if not (folder / f.files["file_path"]).exists()][: self.limit]


def recorded(
    subject: Subject, frames: Iterable[Frame], folder: Path, work: Path, effort: Effort
) -> Iterator[str]:
    """Make frames, giving the path of each picture once it is there.

    Args:
        subject: who is recorded.
        frames: all frames of the capture, shared out by `effort`.
        folder: of the identity.
        work: for painted textures and the picture in progress.
        effort: how the work is done.
    """
    todo = effort.share(frames, folder)
    if not todo:
        return
    # Imported here, since Blender is large and nothing else of the generator needs it.
    from synthetic_capture.views.scene import Studio

    albedo, relief = painted_files(subject, work)
    if not (folder / "albedo.webp").exists():
        save_webp(read_image(albedo), folder / "albedo.webp")
    studio = Studio(subject, albedo, relief, effort.threads)
    recorder = _Recorder(subject, studio, folder, work / f"render_{effort.shard}.png")
    for frame in todo:
        recorder.make(frame, effort.samples or SERIES[frame.series].samples)
        yield frame.files["file_path"]


class _Recorder:
    """Keeps the studio's head up to date, and writes one frame at a time."""

    def __init__(self, subject: Subject, studio: Studio, folder: Path, rendered: Path) -> None:
        self._subject = subject
        self._studio = studio
        self._folder = folder
        self._rendered = rendered
        self._shown: tuple[str, Face] | None = None
        self._has_hair = False

    def make(self, frame: Frame, samples: int) -> None:
        """Write the four images of a frame, its picture last."""
        face, hair = self._face(frame.expression), self._hair(frame.has_hair)
        pose = camera_pose(frame.camera)
        self._studio.render(pose, self._rendered, samples, _seed(frame))
        colour, alpha = on_white(read_image(self._rendered))
        labels, depth = labelled(self._subject.model.topology, face, hair, pose)
        paths = {key: self._folder / path for key, path in frame.files.items()}
        save_png(labels, paths["parsing_path"])
        save_png(depth, paths["depth_path"])
        save_png(alpha, paths["fg_mask_path"])
        save_webp(colour, paths["file_path"])

    def _face(self, expression: str) -> Face:
        if self._shown is None or self._shown[0] != expression:
            self._shown = expression, self._subject.face(expression)
            self._studio.show_face(self._shown[1])
        return self._shown[1]

    def _hair(self, has_hair: bool) -> Strands | None:
        hair = self._subject.hair if has_hair else None
        if has_hair != self._has_hair:
            self._studio.show_hair(hair)
            self._has_hair = has_hair
        return hair


def _seed(frame: Frame) -> int:
    """Of the renderer's noise: the same for a frame in every capture."""
    return frame.timestep * 64 + frame.camera
