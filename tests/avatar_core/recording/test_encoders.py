from __future__ import annotations

import errno

import av
import pytest

from avatar_core.errors import RecordingError
from avatar_core.recording.clip import Quality, VideoSettings
from avatar_core.recording.encoders import configure, find_encoder


def configured(name: str, settings: VideoSettings) -> av.VideoCodecContext:
    context = av.CodecContext.create(name, "w")
    configure(context, name, settings)
    return context


@pytest.mark.parametrize(("quality", "gop"), [(Quality.LIVE, 15), (Quality.FINAL, 30)])
def test_a_fragment_is_at_most_a_second_and_frames_come_in_order(quality, gop):
    context = configured("libx264", VideoSettings(512, 512, 30, quality=quality))

    assert context.gop_size == gop
    assert context.max_b_frames == 0


@pytest.mark.parametrize(
    ("size", "cores", "preset"),
    [
        ((512, 512), 2, "veryfast"),
        ((1280, 720), 2, "veryfast"),
        ((1920, 1080), 2, "ultrafast"),
        ((1920, 1080), 16, "superfast"),
    ],
)
def test_live_recording_spends_what_the_machine_has(monkeypatch, size, cores, preset):
    monkeypatch.setattr("os.cpu_count", lambda: cores)

    context = configured("libx264", VideoSettings(*size, 30))

    assert context.options["preset"] == preset
    assert context.options["tune"] == "zerolatency"
    assert context.thread_count == min(4, cores)


def test_a_rendered_clip_gets_the_better_preset():
    context = configured("libx264", VideoSettings(1920, 1080, 30, quality=Quality.FINAL))

    assert context.options["preset"] == "medium"
    assert "tune" not in context.options


def test_the_first_encoder_that_opens_is_used():
    settings = VideoSettings(64, 64, 30, encoders=("no_such_encoder", "libx264"))

    assert find_encoder(settings) == "libx264"


def test_without_any_encoder_there_is_a_sentence():
    settings = VideoSettings(64, 64, 30, encoders=("no_such_encoder", "nor_this"))

    with pytest.raises(RecordingError, match="no_such_encoder, nor_this") as caught:
        find_encoder(settings)

    assert caught.value.hint


@pytest.mark.parametrize("quality", list(Quality))
def test_the_encoder_of_the_graphics_card_understands_its_options(quality):
    context = configured("h264_nvenc", VideoSettings(512, 512, 30, quality=quality))

    # Options are parsed before the card is looked for.
    refusals = []
    try:
        context.open()
    except av.FFmpegError as reason:
        refusals.append(reason.errno)
    assert errno.EINVAL not in refusals
