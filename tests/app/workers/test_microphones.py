"""Two microphones on at once, and what a take keeps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.motion import ChannelGroup, DriverShare, GroupSettings, MixerSettings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEVELS = {"mic:Booth": 0.5, "mic:Desk": 0.25}


@pytest.mark.parametrize("speaks", LEVELS)
def test_a_take_keeps_the_sound_of_the_one_that_moves_the_mouth(
    bench: Any, fake: Any, qtbot: QtBot, speaks: str
) -> None:
    for level in LEVELS.values():
        bench.microphones.append(fake.Microphone())
        bench.microphones[-1].level = level
    rows = {
        group: GroupSettings(smoothing=0, drivers=(DriverShare(speaks), DriverShare("sliders")))
        for group in (ChannelGroup.JAW, ChannelGroup.LIPS)
    }
    bench.engine.set_mixer(MixerSettings(groups=rows))
    bench.engine.set_drivers(["mic:Booth"])
    qtbot.waitUntil(lambda: bench.state("mic:Booth") == "live", timeout=5000)
    bench.engine.set_drivers(list(LEVELS))
    qtbot.waitUntil(lambda: bench.state("mic:Desk") == "live", timeout=5000)
    bench.engine.start_take_recording("Two")
    qtbot.waitUntil(lambda: len(bench.engine._hub.tape.pieces()) > 20, timeout=5000)
    with qtbot.waitSignal(bench.engine.take_recorded, timeout=2000) as blocker:
        bench.engine.stop_take_recording()
    take = blocker.args[0]
    assert take.audio is not None
    heard = np.unique(take.audio.samples[take.audio.samples > 0])
    assert heard == pytest.approx([LEVELS[speaks]])
    name = speaks.removeprefix("mic:")
    qtbot.waitUntil(lambda: bool(bench.notices), timeout=2000)
    assert bench.notices == [f"Of 2 microphones, {name} is the one that is recorded."]
