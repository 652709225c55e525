"""The landmark warp on a photograph, driven by films and tracked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.driving.video_file import VideoFileSource
from avatar_core.emoportraits.performer import WarpPerformer
from avatar_core.errors import RenderError
from avatar_core.motion import UNIT_INDEX, Take, calibrated
from avatar_core.motion.rest import rest_of
from avatar_core.project import CropBox, Portrait, PortraitSettings
from avatar_core.render.portrait_offscreen import OffscreenPortrait

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.gl, pytest.mark.timeout(600)]

EVERY = 3
SIDE = 512
JAW = [UNIT_INDEX["jawOpen"]]
BLINK = [UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeBlinkRight"]]


@pytest.fixture(scope="module")
def performer() -> WarpPerformer:
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    picture = np.ascontiguousarray(data.astronaut())
    face = FaceTracker().track(picture, 0.0)
    assert face is not None
    motion = face.motion
    return WarpPerformer(
        Portrait(
            "Astronaut",
            "",
            picture,
            CropBox(0, 0, SIDE),
            landmarks=face.landmarks,
            weights=motion.weights,
            head_rotation=motion.head_rotation,
            gaze=motion.gaze,
        )
    )


def take_of(film: Path) -> Take:
    source = VideoFileSource(film, paced=False, loop=False)
    tracker, frames = FaceTracker(), []
    while not source.ended:
        captured = source.read(5.0)
        face = None if captured is None else tracker.track(captured.image, captured.time_s)
        if face is not None:
            frames.append(face.motion)
    source.close()
    return Take.from_frames(film.stem, frames, 30)


@pytest.mark.parametrize("film", ["studio_plain", "webcam_expressive"])
def test_the_photograph_does_what_the_driver_does(
    shared_folder: Path, performer: WarpPerformer, film: str
) -> None:
    path = shared_folder / "data" / "driving" / f"{film}.mp4"
    if not path.exists():
        pytest.skip("the driving films are not beside this checkout")
    try:
        offscreen = OffscreenPortrait()
    except RenderError as error:
        pytest.skip(f"no OpenGL here: {error}")
    take = take_of(path)
    rest, tracker = rest_of(take), FaceTracker()
    driver, shown = [], []
    for index in range(0, len(take), EVERY):
        motion = take.frame(index)
        frame = performer.perform(calibrated(motion, rest), PortraitSettings())
        image = np.ascontiguousarray(offscreen.draw(frame, (SIDE, SIDE))[..., :3])
        face = tracker.track(image, motion.time_s)
        if face is not None:
            driver.append(motion.weights)
            shown.append(face.motion.weights)
    offscreen.release()
    assert len(shown) >= 0.98 * len(range(0, len(take), EVERY))
    for units in (JAW, BLINK):
        one, other = (np.array(rows)[:, units].mean(1) for rows in (driver, shown))
        assert np.corrcoef(one, other)[0, 1] >= 0.8
