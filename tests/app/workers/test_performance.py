from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import DeviceError, FaceNotFoundError
from avatar_core.geometry import Camera
from avatar_core.motion import (
    ChannelGroup,
    GroupSettings,
    MixerSettings,
)
from avatar_core.project import Expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot


UNSMOOTHED = MixerSettings(groups={group: GroupSettings(smoothing=0.0) for group in ChannelGroup})


def _sliders(**units: float) -> Expression:
    expression = Expression()
    for name, value in units.items():
        expression = expression.with_weight(name, value)
    return expression


# Frames.


def test_sliders_pose_the_avatar(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_avatar("avatar")
    bench.engine.set_sliders(_sliders(jawOpen=0.5))

    def is_posed() -> bool:
        frame = bench.engine.latest_frame.take()
        return frame is not None and frame.vertices[0, 0] == pytest.approx(0.5)

    qtbot.waitUntil(is_posed, timeout=2000)


def test_at_rest_nothing_is_evaluated(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_avatar("avatar")
    bench.engine.set_sliders(_sliders(jawOpen=0.5))
    qtbot.wait(800)
    evaluated = bench.avatars[0].evaluated
    used_s = time.process_time()
    qtbot.wait(500)
    assert bench.avatars[0].evaluated == evaluated
    assert time.process_time() - used_s < 0.15


def test_a_camera_drives_the_avatar(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.sources["camera:0"] = fake.Source([128] * 1000)
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_avatar("avatar")
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(128 / 255, abs=1e-3), timeout=3000)
    status = bench.engine.status()
    assert status.source == "camera:0"
    assert status.tracking == "tracked"
    assert status.driver_fps > 5
    assert status.duration_s is None
    assert {"capture", "track", "mix", "pose"} <= set(status.stage_ms)


def test_nothing_piles_up_while_nobody_draws(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.sources["camera:0"] = fake.Source([40, 80, 120, 160] * 100, fps=200.0)
    bench.engine.set_avatar("avatar")
    bench.engine.set_source("camera:0")
    qtbot.wait(700)
    assert bench.engine.latest_frame.dropped > 5
    assert bench.engine.latest_frame.take() is not None
    qtbot.waitUntil(lambda: bench.engine._inference.motions.take() is None)


def test_asking_for_the_running_source_again_changes_nothing(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    bench.sources["camera:0"] = fake.Source([128] * 1000)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    bench.engine.set_source("camera:0")
    qtbot.wait(100)
    assert bench.opened == ["camera:0"]


def test_a_source_that_cannot_be_opened_is_said_once(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_source("file:gone.mp4")
    qtbot.waitUntil(lambda: bool(bench.errors), timeout=2000)
    qtbot.wait(150)
    assert [error.message for error in bench.errors] == ["There is no file file:gone.mp4."]
    bench.engine.set_source("file:gone.mp4")
    qtbot.waitUntil(lambda: len(bench.errors) == 2, timeout=2000)


def test_an_unplugged_camera_leaves_the_studio_alive(bench: Any, fake: Any, qtbot: QtBot) -> None:
    gone = DeviceError("Camera 0 no longer gives pictures.", "Check its cable.")
    bench.sources["camera:0"] = fake.Source([255] * 10, error=gone)
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bool(bench.errors), timeout=3000)
    assert bench.errors == [gone]
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.0, abs=1e-3), timeout=3000)
    bench.engine.set_sliders(_sliders(jawOpen=0.4))
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.4, abs=1e-3), timeout=2000)
    bench.sources["camera:0"] = fake.Source([255] * 1000)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)


def test_errors_and_notices_arrive_on_the_gui_thread(bench: Any, qtbot: QtBot) -> None:
    threads = []
    bench.engine.failed.connect(lambda error: threads.append(threading.current_thread()))
    bench.engine.set_source("file:gone.mp4")
    qtbot.waitUntil(lambda: bool(threads), timeout=2000)
    assert threads == [threading.current_thread()]


def test_requests_never_wait_for_a_slow_source(bench: Any, fake: Any, qtbot: QtBot) -> None:
    slow, is_reading, may_end = fake.Source([10]), threading.Event(), threading.Event()
    ended: list[bool] = []

    def read(timeout_s: float) -> None:
        is_reading.set()
        ended.append(may_end.wait(10.0))

    slow.read = read
    bench.sources.update({"camera:0": slow, "camera:1": fake.Source([20])})
    bench.engine.set_source("camera:0")
    assert is_reading.wait(10.0)
    bench.engine.set_source("camera:1")
    bench.engine.set_avatar("avatar")
    bench.engine.status()
    assert ended == []
    may_end.set()
    qtbot.waitUntil(lambda: "camera:1" in bench.opened, timeout=2000)


# Calibration.


def test_calibration_answers_with_the_face_before_the_mixer(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    bench.sources["camera:0"] = fake.Source([51] * 1000)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    with qtbot.waitSignal(bench.engine.calibrated, timeout=1000) as blocker:
        bench.engine.calibrate()
    assert blocker.args[0].weight("jawOpen") == pytest.approx(0.2)


def test_calibration_without_a_face_is_refused(bench: Any) -> None:
    bench.engine.calibrate()
    assert isinstance(bench.errors[0], FaceNotFoundError)


# Playback.


def test_a_take_plays_to_its_end_and_says_so(bench: Any, fake: Any, qtbot: QtBot) -> None:
    states = []
    bench.engine.state_changed.connect(lambda: states.append(bench.engine.status().is_playing))
    take = fake.take(0.6)
    bench.engine.play_take(take)
    assert bench.engine.status().take_id == take.id
    qtbot.waitUntil(lambda: states[-1:] == [True], timeout=1000)
    qtbot.waitUntil(lambda: states[-1:] == [False], timeout=3000)
    status = bench.engine.status()
    assert status.position_s == pytest.approx(take.duration_s)
    assert bench.jaw == pytest.approx(take.frame(-1).weight("jawOpen"), abs=0.01)


def test_without_a_speaker_takes_play_and_it_is_said_once(
    bench: Any, fake: Any, qtbot: QtBot
) -> None:
    for _ in range(2):
        bench.engine.play_take(fake.take(0.3))
        qtbot.waitUntil(lambda: not bench.engine.status().is_playing, timeout=3000)
    qtbot.wait(50)
    assert bench.notices == ["No sound device could be opened. Connect one."]
    assert bench.errors == []


def test_takes_pause_seek_and_go_on(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.engine.play_take(fake.take(5.0), is_paused=True)
    bench.engine.seek(2.5)
    qtbot.waitUntil(lambda: bench.jaw == pytest.approx(0.5, abs=0.01), timeout=2000)
    qtbot.wait(100)
    assert bench.engine.status().position_s == 2.5
    bench.engine.resume()
    qtbot.waitUntil(lambda: bench.jaw > 0.52, timeout=2000)
    bench.engine.pause()
    assert not bench.engine.status().is_playing


def test_takes_loop(bench: Any, fake: Any, qtbot: QtBot) -> None:
    bench.engine.set_looping(True)
    bench.engine.play_take(fake.take(0.2))
    qtbot.wait(500)
    status = bench.engine.status()
    assert status.is_playing
    assert status.is_looping
    bench.engine.set_looping(False)
    qtbot.waitUntil(lambda: not bench.engine.status().is_playing, timeout=2000)


def test_after_a_take_the_live_source_drives_again(bench: Any, fake: Any, qtbot: QtBot) -> None:
    source = fake.Source([255] * 1000)
    bench.sources["camera:0"] = source
    bench.engine.set_mixer(UNSMOOTHED)
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.jaw > 0.99, timeout=3000)
    bench.engine.play_take(fake.take(5.0), is_paused=True)
    qtbot.waitUntil(lambda: bench.jaw < 0.01, timeout=2000)
    qtbot.waitUntil(lambda: source.is_closed, timeout=2000)  # the camera's light goes out
    bench.engine.stop_take()
    assert bench.engine.status().take_id is None
    qtbot.waitUntil(lambda: bench.jaw > 0.99, timeout=3000)
    assert bench.opened == ["camera:0", "camera:0"]


def test_films_have_a_place_and_a_sound(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    outputs: list[Any] = []

    def open_output(*args: Any) -> Any:
        outputs.append(fake.Output(*args))
        return outputs[-1]

    bench = make_bench(open_output=open_output)
    bench.sources["film"] = fake.Source([50] * 60, is_film=True, has_sound=True)
    bench.engine.set_source("film")
    qtbot.waitUntil(lambda: bool(outputs), timeout=2000)
    qtbot.wait(50)
    assert bench.engine.status().position_s == 0.0  # the sound has not begun
    assert outputs[0].play(0.5).max() == pytest.approx(0.25)
    qtbot.waitUntil(lambda: bench.engine.status().position_s > 0.0, timeout=2000)
    assert bench.engine.status().duration_s == pytest.approx(2.0)
    bench.engine.set_muted(True)
    assert not outputs[0].play(0.1).any()
    bench.engine.set_source("sliders")
    qtbot.waitUntil(lambda: outputs[0].is_closed, timeout=2000)


def test_silence_is_that_of_everything_that_plays(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    outputs: list[Any] = []

    def open_output(*args: Any) -> Any:
        outputs.append(fake.Output(*args))
        return outputs[-1]

    bench = make_bench(open_output=open_output)
    bench.sources["film"] = fake.Source([50] * 60, is_film=True, has_sound=True)
    bench.engine.set_source("film")
    bench.engine.set_drivers(["sound:talk.wav"])
    qtbot.waitUntil(lambda: len(outputs) == 2, timeout=5000)
    qtbot.waitUntil(lambda: all(out.play(0.1).any() for out in outputs), timeout=5000)
    bench.engine.set_muted(True)
    assert not any(out.play(0.1).any() for out in outputs)
    bench.engine.set_muted(False)
    assert all(out.play(0.1).any() for out in outputs)


def test_a_film_with_broken_sound_plays_silently(bench: Any, fake: Any, qtbot: QtBot) -> None:
    from avatar_core.errors import AssetError

    def load_sound(path: Any) -> Any:
        raise AssetError("The sound of film is damaged.", "Try another copy.")

    object.__setattr__(bench.engine._backends, "load_sound", load_sound)
    bench.sources["film"] = fake.Source([50] * 60, is_film=True, has_sound=True)
    bench.engine.set_source("film")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    qtbot.waitUntil(lambda: bool(bench.notices), timeout=2000)
    assert bench.notices == ["The sound of film is damaged. Try another copy."]


def test_ends_in_time_with_everything_running(
    make_bench: Callable[..., Any], fake: Any, qtbot: QtBot
) -> None:
    bench = make_bench()
    bench.sources["camera:0"] = fake.Source([128] * 10_000)
    bench.engine.set_avatar("avatar")
    bench.engine.set_source("camera:0")
    qtbot.waitUntil(lambda: bench.engine.status().tracking == "tracked", timeout=3000)
    assert bench.engine.shutdown(2.0)


def test_the_viewport_says_from_where_the_avatar_is_seen(bench: Any, qtbot: QtBot) -> None:
    bench.engine.set_avatar("avatar")
    qtbot.waitUntil(lambda: bool(bench.avatars) and bench.avatars[0].evaluated > 0)
    camera = Camera(np.eye(4, dtype=np.float32), np.eye(3, dtype=np.float32), 8, 8)
    bench.engine.set_camera(camera)
    qtbot.waitUntil(lambda: bench.avatars[0].camera is camera)
