from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers.playback import Transport
from app.workers.soundtrack import Soundtrack
from avatar_core.errors import DeviceError
from avatar_core.motion import TakeAudio

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 1000
DURATION_S = 2.0


class Player:
    """A transport on a clock that stands still, with a speaker that is driven by hand."""

    def __init__(self, fake: Any, *, has_sound: bool, **options: Any) -> None:
        self.clock = fake.Clock()
        self.notices: list[str] = []
        self.output: Any = None
        self._fake = fake
        samples = np.arange(round(DURATION_S * RATE), dtype=np.float32)[:, None] / RATE
        track = Soundtrack(TakeAudio(samples, RATE)) if has_sound else None
        self.transport = Transport(
            DURATION_S,
            track,
            open_output=options.pop("open_output", self._open),
            notice=self.notices.append,
            clock=self.clock,
            **options,
        )

    def _open(self, rate_hz: int, channels: int, fill: Callable[..., Any]) -> Any:
        self.output = self._fake.Output(rate_hz, channels, fill)
        return self.output

    def hear(self, seconds: float, latency_s: float = 0.0, block_s: float = 0.02) -> np.ndarray:
        """Let the device take samples block by block while time goes on."""
        heard = []
        for _ in range(round(seconds / block_s)):
            heard.append(self.output.play(block_s, latency_s))
            self.clock.forward(block_s)
        return np.concatenate(heard)[:, 0]


@pytest.fixture
def silent(fake: Any) -> Player:
    return Player(fake, has_sound=False)


@pytest.fixture
def sounding(fake: Any) -> Player:
    player = Player(fake, has_sound=True)
    player.transport.open()
    return player


def test_without_sound_the_monotonic_clock_counts(silent: Player) -> None:
    silent.transport.play()
    silent.clock.forward(0.5)
    assert silent.transport.position_s == pytest.approx(0.5)
    silent.transport.pause()
    silent.clock.forward(5.0)
    assert silent.transport.position_s == pytest.approx(0.5)
    silent.transport.play()
    silent.clock.forward(0.25)
    assert silent.transport.position_s == pytest.approx(0.75)


def test_ends_and_begins_anew(silent: Player) -> None:
    silent.transport.play()
    silent.clock.forward(10.0)
    assert silent.transport.position_s == DURATION_S
    assert not silent.transport.is_playing
    assert silent.transport.has_ended
    silent.transport.play()
    assert silent.transport.position_s == 0.0
    assert silent.transport.is_playing


def test_seeks_playing_and_paused(silent: Player) -> None:
    silent.transport.seek(1.5)
    assert silent.transport.position_s == 1.5
    silent.transport.play()
    silent.clock.forward(0.25)
    silent.transport.seek(0.5)
    silent.clock.forward(0.25)
    assert silent.transport.position_s == pytest.approx(0.75)
    silent.transport.seek(99.0)
    assert silent.transport.position_s == DURATION_S
    silent.transport.seek(-1.0)
    assert silent.transport.position_s == 0.0


def test_loops_and_counts_its_rounds(silent: Player) -> None:
    silent.transport.set_looping(True)
    silent.transport.play()
    silent.clock.forward(2 * DURATION_S + 0.5)
    assert silent.transport.elapsed_s == pytest.approx(4.5)
    assert silent.transport.position_s == pytest.approx(0.5)
    assert not silent.transport.has_ended


def test_ending_a_loop_stays_at_the_place(silent: Player) -> None:
    silent.transport.set_looping(True)
    silent.transport.play()
    silent.clock.forward(DURATION_S + 0.5)
    silent.transport.set_looping(False)
    assert silent.transport.position_s == pytest.approx(0.5)
    silent.clock.forward(0.5)
    assert silent.transport.position_s == pytest.approx(1.0)


def test_stands_still_until_its_sound_is_open(fake: Any) -> None:
    player = Player(fake, has_sound=True)
    player.transport.play()
    player.clock.forward(0.7)
    assert player.transport.position_s == 0.0
    player.transport.open()
    player.clock.forward(0.3)  # the device is slow to ask for its first samples
    assert player.transport.position_s == 0.0
    player.hear(0.2)
    assert player.transport.position_s == pytest.approx(0.2, abs=0.002)


def test_the_sound_is_the_clock_less_its_latency(sounding: Player) -> None:
    sounding.transport.play()
    sounding.hear(0.5, latency_s=0.1)
    # 0.5 s were taken in 0.5 s, of which the last 0.1 s is still on its way.
    assert sounding.transport.position_s == pytest.approx(0.4, abs=0.002)


def test_a_slow_device_slows_the_picture_down(sounding: Player) -> None:
    sounding.transport.play()
    for _ in range(100):
        sounding.output.play(0.009)
        sounding.clock.forward(0.010)
    # 0.9 s were played in 1 s; the picture follows the sound, not the clock.
    assert sounding.transport.position_s == pytest.approx(0.9, abs=0.012)


def test_jitter_of_the_device_does_not_shake_the_picture(sounding: Player) -> None:
    rng = np.random.default_rng(3)
    sounding.transport.play()
    steps = []
    last = 0.0
    for _ in range(80):
        wait_s = 0.02 + rng.uniform(-0.008, 0.008)
        sounding.output.play(0.02, latency_s=0.02)
        sounding.clock.forward(wait_s)
        place = sounding.transport.position_s
        steps.append((place - last) / wait_s)
        last = place
    assert min(steps) >= 0.0  # never backwards
    assert np.std(steps[10:]) < 0.2


def test_plays_the_samples_of_the_place(sounding: Player) -> None:
    sounding.transport.seek(1.0)
    sounding.transport.play()
    heard = sounding.hear(0.1)
    assert heard[[0, -1]] == pytest.approx([1.0, 1.099], abs=1e-4)


def test_is_silent_while_paused_and_goes_on_where_it_was(sounding: Player) -> None:
    sounding.transport.play()
    sounding.hear(0.2)
    sounding.transport.pause()
    paused_s = sounding.transport.position_s
    assert not sounding.hear(0.5).any()
    assert sounding.transport.position_s == paused_s
    sounding.transport.play()
    assert sounding.hear(0.02)[0] == pytest.approx(paused_s, abs=0.002)


def test_muted_it_keeps_the_time(fake: Any) -> None:
    is_muted = True
    player = Player(fake, has_sound=True, is_muted=lambda: is_muted)
    player.transport.open()
    player.transport.play()
    assert not player.hear(0.5).any()
    assert player.transport.position_s == pytest.approx(0.5, abs=0.002)
    is_muted = False
    assert player.hear(0.02)[0] == pytest.approx(0.5, abs=0.002)


def test_looping_sound_has_no_gap(fake: Any) -> None:
    player = Player(fake, has_sound=True, is_looping=True)
    player.transport.open()
    player.transport.seek(1.9)
    player.transport.play()
    heard = player.hear(0.2)
    assert heard[99:101] == pytest.approx([1.999, 0.0], abs=1e-4)
    assert player.transport.position_s == pytest.approx(0.1, abs=0.002)


def test_seeking_is_heard_at_once(sounding: Player) -> None:
    sounding.transport.play()
    sounding.hear(0.3)
    sounding.transport.seek(1.5)
    assert sounding.hear(0.02)[0] == pytest.approx(1.5, abs=1e-4)
    assert sounding.transport.position_s == pytest.approx(1.52, abs=0.002)


def test_without_a_device_it_plays_on_in_silence_and_says_so(fake: Any) -> None:
    def no_device(*_: Any) -> Any:
        raise DeviceError("No sound device could be opened.", "Connect one.")

    player = Player(fake, has_sound=True, open_output=no_device)
    player.transport.play()
    player.transport.open()
    player.clock.forward(0.5)
    assert player.transport.position_s == pytest.approx(0.5)
    assert player.notices == ["No sound device could be opened. Connect one."]


@pytest.mark.parametrize("sign", ["dead", "silent"])
def test_a_device_that_vanishes_hands_over_to_the_clock(sounding: Player, sign: str) -> None:
    sounding.transport.play()
    sounding.hear(0.4)
    if sign == "dead":
        sounding.output.is_alive = False
    else:
        sounding.clock.forward(1.1)
    before_s = sounding.transport.position_s
    sounding.transport.watch()
    assert sounding.output.is_closed
    sounding.clock.forward(0.25)
    assert sounding.transport.position_s == pytest.approx(before_s + 0.25, abs=0.002)
    sounding.transport.watch()
    assert len(sounding.notices) == 1


def test_a_device_that_never_starts_hands_over_too(sounding: Player) -> None:
    sounding.transport.play()
    sounding.clock.forward(1.1)
    sounding.transport.watch()
    sounding.clock.forward(0.5)
    assert sounding.transport.position_s == pytest.approx(0.5)


def test_watching_a_paused_device_is_no_alarm(sounding: Player) -> None:
    sounding.clock.forward(60.0)
    sounding.transport.watch()
    assert sounding.notices == []


def test_closing_frees_the_device_and_keeps_the_place(sounding: Player) -> None:
    sounding.transport.play()
    sounding.hear(0.3)
    sounding.transport.close()
    assert sounding.output.is_closed
    sounding.clock.forward(1.0)
    assert sounding.transport.position_s == pytest.approx(0.3, abs=0.002)


def test_a_place_that_is_sought_at_rest_is_heard_for_a_moment(sounding: Player) -> None:
    sounding.transport.seek(1.0)
    heard = sounding.hear(0.2)
    loud = np.flatnonzero(heard)
    assert heard.max() == pytest.approx(1.03, abs=0.04)  # each sample says its time
    assert loud[-1] < 100
    assert np.abs(np.diff(heard)).max() < 0.25  # it comes and goes softly
    assert sounding.transport.position_s == 1.0
    assert not sounding.hear(0.1).any()


def test_dragging_on_follows_without_a_gap(sounding: Player) -> None:
    sounding.transport.seek(0.5)
    sounding.hear(0.04)
    sounding.transport.seek(1.5)
    heard = sounding.hear(0.04)
    assert heard.min() > 1.4


def test_a_muted_place_is_not_heard(fake: Any) -> None:
    player = Player(fake, has_sound=True, is_muted=lambda: True)
    player.transport.open()
    player.transport.seek(1.0)
    assert not player.hear(0.2).any()


def test_a_place_sought_while_it_plays_is_only_played(sounding: Player) -> None:
    sounding.transport.play()
    sounding.transport.seek(1.0)
    assert sounding.hear(0.04)[0] == pytest.approx(1.0)
    sounding.transport.pause()
    assert not sounding.hear(0.2).any()
