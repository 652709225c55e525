from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers import inference
from app.workers.driving import DrivenMotion
from app.workers.inference import InferenceLoop
from app.workers.latest import Latest
from avatar_core.errors import AvatarError, WeightsError
from avatar_core.geometry import Camera
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar_core.frame import AvatarFrame


class Rig:
    def __init__(self, fake: Any) -> None:
        self.errors: list[AvatarError] = []
        self.frames: Latest[AvatarFrame] = Latest()
        self.built: list[Any] = []
        self.error: Exception | None = None
        self._fake = fake
        self.loop = InferenceLoop(self.frames, self._build, self.errors.append)
        self.loop.start()

    def move(self, jaw: float, captured_s: float | None = None) -> None:
        motion = MotionFrame.from_units(jawOpen=jaw)
        self.loop.motions.put(DrivenMotion(motion, captured_s, {"mix": 0.1}))

    def next(self) -> AvatarFrame:
        frame = self.frames.wait(2.0)
        assert frame is not None, "no frame came"
        return frame

    def _build(self, asset: Any) -> Any:
        self.built.append(self._fake.Avatar(asset, self.error))
        return self.built[-1]


def _camera() -> Camera:
    return Camera(np.eye(4, dtype=np.float32), np.eye(3, dtype=np.float32), 8, 8)


def _wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.perf_counter() + 2.0
    while not is_so():
        assert time.perf_counter() < deadline
        time.sleep(0.002)


@pytest.fixture
def rig(fake: Any) -> Iterator[Rig]:
    made = Rig(fake)
    yield made
    made.loop.stop()
    assert made.loop.join(2.0)


def test_a_new_avatar_takes_the_pose_at_once(rig: Rig) -> None:
    rig.loop.set_avatar("first")  # type: ignore[arg-type]
    assert rig.next().vertices[0, 0] == 0.0
    rig.move(0.5)
    assert rig.next().vertices[0, 0] == 0.5
    rig.loop.set_avatar("second")  # type: ignore[arg-type]
    assert rig.next().vertices[0, 0] == 0.5
    assert [avatar.asset for avatar in rig.built] == ["first", "second"]


def test_a_new_avatar_in_an_old_pose_is_no_new_capture(rig: Rig) -> None:
    rig.loop.set_avatar("first")  # type: ignore[arg-type]
    rig.next()
    rig.move(0.5, captured_s=12.5)
    assert rig.next().captured_s == 12.5
    rig.loop.set_avatar("second")  # type: ignore[arg-type]
    frame = rig.next()
    assert frame.vertices[0, 0] == 0.5
    assert frame.captured_s is None


def test_frames_carry_times_and_stages(rig: Rig) -> None:
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    rig.move(0.5, captured_s=12.5)
    frame = rig.next()
    assert frame.captured_s == 12.5
    assert set(frame.stage_ms) == {"mix", "pose"}
    assert rig.loop.stage_ms == frame.stage_ms


def test_motion_without_an_avatar_is_kept_for_it(rig: Rig) -> None:
    rig.move(0.75)
    assert rig.frames.wait(0.1) is None
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    assert rig.next().vertices[0, 0] == 0.75


def test_an_avatar_that_fails_is_said_once_and_another_goes_on(rig: Rig) -> None:
    rig.error = RuntimeError("shapes")
    rig.loop.set_avatar("broken")  # type: ignore[arg-type]
    for jaw in (0.1, 0.2, 0.3):
        rig.move(jaw)
        time.sleep(0.02)
    assert len(rig.errors) == 1
    assert rig.errors[0].hint
    rig.error = None
    rig.loop.set_avatar("good")  # type: ignore[arg-type]
    assert rig.next().vertices[0, 0] == pytest.approx(0.3)


def test_an_avatar_that_cannot_be_built_is_said(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(asset: Any) -> Any:
        raise WeightsError("The avatar's weights are missing.", "Import it again.")

    monkeypatch.setattr(rig.loop, "_build", build)
    rig.loop.set_avatar("broken")  # type: ignore[arg-type]
    _wait_until(lambda: bool(rig.errors))
    assert rig.errors[0].message == "The avatar's weights are missing."


def test_a_motion_is_seen_from_where_the_camera_is(rig: Rig) -> None:
    rig.loop.cameras.put(camera := _camera())
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    rig.move(0.5)
    rig.next()
    assert rig.built[0].camera is camera


def test_a_camera_that_moves_sees_the_last_motion_and_no_new_capture(rig: Rig) -> None:
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    rig.move(0.5, captured_s=12.5)
    assert rig.next().captured_s == 12.5
    rig.loop.cameras.put(camera := _camera())
    frame = rig.next()
    assert frame.vertices[0, 0] == 0.5
    assert frame.captured_s is None
    assert rig.built[0].camera is camera
    rig.move(0.6, captured_s=13.0)
    assert rig.next().captured_s == 13.0


def test_a_camera_from_which_nothing_changes_costs_nothing(rig: Rig) -> None:
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    rig.built[0].is_seen_anew = lambda camera: False
    for _ in range(3):
        rig.loop.cameras.put(_camera())
        assert rig.frames.wait(0.05) is None
    assert rig.built[0].evaluated == 1
    # It is not forgotten, though.
    rig.loop.cameras.put(camera := _camera())
    rig.move(0.5)
    rig.next()
    assert rig.built[0].camera is camera


def test_an_overtaken_frame_hands_on_when_it_was_captured(rig: Rig) -> None:
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    rig.move(0.5, captured_s=12.5)
    _wait_until(lambda: rig.built[0].evaluated == 2)
    rig.loop.cameras.put(camera := _camera())
    _wait_until(lambda: rig.built[0].camera is camera)
    rig.loop.stop()
    assert rig.loop.join(2.0)
    assert rig.next().captured_s == 12.5


def test_a_slow_avatar_shows_the_newest_motion_only(rig: Rig) -> None:
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    quick = rig.built[0].evaluate
    rig.built[0].evaluate = lambda *args, **options: (time.sleep(0.05), quick(*args, **options))[1]
    for index in range(101):
        rig.move(index / 100)
        time.sleep(0.001)
    deadline = time.perf_counter() + 2.0
    while rig.next().vertices[0, 0] < 1.0:
        assert time.perf_counter() < deadline
    assert rig.loop.motions.dropped > 80


def test_a_slow_avatar_hurries_while_motion_goes_on_and_catches_up_at_rest(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_CATCH_UP_S", 60.0)
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    avatar = rig.built[0]
    quick = avatar.evaluate
    avatar.evaluate = lambda *args, **options: (time.sleep(0.04), quick(*args, **options))[1]
    for jaw in (0.1, 0.2, 0.3):
        rig.move(jaw, captured_s=jaw)
        assert rig.next().captured_s == jaw
    monkeypatch.setattr(inference, "_CATCH_UP_S", 0.0)
    rig.loop.wake.set()
    settled = rig.next()  # though nothing was asked for
    assert avatar.hurried == [False, False, True, True, False]
    assert settled.vertices[0, 0] == np.float32(0.3)
    assert settled.captured_s is None
    assert rig.frames.wait(0.15) is None


def test_a_camera_that_moves_beside_the_motion_costs_a_hurried_avatar_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_CATCH_UP_S", 60.0)
    monkeypatch.setattr(inference, "_SLOW_S", -1.0)
    monkeypatch.setattr(inference, "_QUICK_S", -1.0)
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    avatar = rig.built[0]
    for jaw in (0.1, 0.2):
        rig.move(jaw)
        rig.next()
    camera = _camera()
    rig.loop.cameras.put(camera)
    _wait_until(lambda: rig.loop._camera is camera)
    rig.move(0.3)
    assert rig.next().vertices[0, 0] == np.float32(0.3)
    assert avatar.camera is camera
    assert avatar.hurried == [False, False, True, True]


def test_an_avatar_that_became_quick_hurries_no_more(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_QUICK_S", 60.0)  # however busy the machine is
    rig.loop.set_avatar("avatar")  # type: ignore[arg-type]
    rig.next()
    avatar = rig.built[0]
    quick = avatar.evaluate
    avatar.evaluate = lambda *args, **options: (time.sleep(0.04), quick(*args, **options))[1]
    rig.move(0.1)
    rig.next()
    avatar.evaluate = quick
    for jaw in (0.2, 0.3):
        rig.move(jaw)
        rig.next()
    assert avatar.hurried[:4] == [False, False, True, False]
