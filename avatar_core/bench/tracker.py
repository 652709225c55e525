"""How fast a driving person is followed: pictures of 640 x 480 in, motion out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.bench.swaying_face import swaying_pictures
from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.sources import open_source
from avatar_core.errors import FaceNotFoundError
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

_THREADS = 2
_PICTURES = 32
_WARM_UP = 8


def run(picture: Path | None = None, frames: int = 200) -> dict[str, float | str]:
    """Follow a face that sways before the camera.

    Args:
        picture: an image with a face; a render of the demo person when left out.
        frames: pictures to measure.

    Returns:
        `tracker_fps` (of the median picture), `tracker_best_fps` (of the quickest one, which
        other load on the machine disturbs least), `tracker_<stage>_ms` (medians;
        `tracker_detect_ms` is what losing the face costs once) and `tracker_threads`.

    Raises:
        AssetError: the picture cannot be read.
        FaceNotFoundError: it shows no face.
    """
    source = open_source(str(picture or resource_path("demo", "bench_face.webp")), loop=False)
    captured = source.read(1.0)
    tracker = FaceTracker(threads=_THREADS)
    pictures = [] if captured is None else swaying_pictures(captured.image, _PICTURES)
    if not pictures or tracker.track(pictures[0], 0.0) is None:
        raise FaceNotFoundError("The picture of the tracker bench shows no face.")
    detect_ms = tracker.stage_ms["detect"]
    spent_ms: list[float] = []
    stages: dict[str, list[float]] = {}
    for index in range(frames + _WARM_UP):
        start = time.perf_counter()
        tracker.track(pictures[index % len(pictures)], index / 30)
        if index >= _WARM_UP:
            spent_ms.append(1000 * (time.perf_counter() - start))
            for stage, stage_ms in tracker.stage_ms.items():
                stages.setdefault(stage, []).append(stage_ms)
    return {
        "tracker_fps": round(1000 / float(np.median(spent_ms)), 1),
        "tracker_best_fps": round(1000 / min(spent_ms), 1),
        "tracker_detect_ms": round(detect_ms, 3),
        **{f"tracker_{name}_ms": round(float(np.median(ms)), 3) for name, ms in stages.items()},
        "tracker_threads": float(_THREADS),
    }
