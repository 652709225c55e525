"""Every format, read back with FFmpeg or Pillow and nothing of the studio."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in
from avatar_core.errors import RecordingError
from avatar_core.recording.clip import Quality, VideoSettings
from avatar_core.recording.encoders import available_formats, encoder_here, find_encoder
from avatar_core.recording.film_format import (
    FORMATS,
    H264,
    H264_INTRA,
    H265,
    PNG_16,
    PRORES_4444,
    VP9,
    format_for,
    format_of,
    open_film,
)
from avatar_core.recording.presets import PRESETS, preset_of

STREAMS = [H264, H264_INTRA, H265, PRORES_4444, VP9]
ALPHA = [PRORES_4444, VP9]


def beep(rate_hz: int, at_s: float, duration_s: float) -> np.ndarray:
    time_s = np.arange(int(rate_hz * duration_s)) / rate_hz
    inside = (time_s >= at_s) & (time_s < at_s + 0.1)
    return (0.5 * inside * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32)


def film(path: Path, settings: VideoSettings, images: list[np.ndarray], sound=None):
    writer = open_film(path, settings)
    if sound is not None:
        writer.submit_audio(sound)
    for index, image in enumerate(images):
        assert writer.submit(image, index / settings.fps, wait=True)
    report = writer.close()
    assert report.error is None
    return report


@pytest.mark.parametrize("kind", STREAMS, ids=lambda kind: kind.key)
@pytest.mark.parametrize("quality", list(Quality))
def test_pictures_times_and_sound_come_back(tmp_path, decode, kind, quality):
    settings = VideoSettings(128, 96, 30, 48000, 1, format=kind, quality=quality)
    pictures = MarkedPictures(128, 96)
    path = tmp_path / f"clip{kind.suffix}"

    report = film(path, settings, [pictures.picture(n) for n in range(45)], beep(48000, 0.5, 1.5))

    clip = decode(path)
    assert [number_in(image) for image in clip.pictures] == list(range(45))
    np.testing.assert_allclose(clip.times_s, np.arange(45) / 30, atol=0.0006)  # WebM counts in ms
    loud = np.abs(clip.sound.astype(np.float64))
    begins_s = clip.sound_start_s + float(np.argmax(loud > 0.4 * loud.max())) / 48000
    assert begins_s == pytest.approx(0.5, abs=2e-3)
    assert (report.frames, report.encoder) == (45, find_encoder(settings))
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", STREAMS, ids=lambda kind: kind.key)
def test_colours_are_tagged_and_come_back(tmp_path, kind):
    swatches = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (118, 118, 118), (224, 172, 140)]
    image = np.repeat(np.array([swatches], np.uint8).repeat(64, 0), 64, axis=1)
    settings = VideoSettings(320, 64, 30, format=kind, quality=Quality.FINAL)
    path = tmp_path / f"clip{kind.suffix}"
    film(path, settings, [image] * 4)

    with av.open(path) as clip:
        context = clip.streams.video[0].codec_context
        frame = next(clip.decode(video=0))
        tags = (context.color_primaries, context.color_trc, context.colorspace)
        assert (*tags, context.color_range) == (1, 1, 1, 1)
    # swscale's way back costs a level; the wrong matrix or range would cost 10 and more.
    decoded = frame.reformat(format="gbrp16le" if "10" in frame.format.name else "rgb24")
    if "10" in frame.format.name:
        green, blue, red = (
            np.frombuffer(bytes(plane), "<u2").reshape(plane.height, -1)[:, : plane.width] / 257
            for plane in decoded.planes
        )
        seen = np.stack([red, green, blue], -1)
    else:
        seen = decoded.to_ndarray().astype(float)
    centres = seen[16:48].reshape(32, 5, 64, 3)[:, :, 16:48].mean(axis=(0, 2))
    np.testing.assert_allclose(centres, swatches, atol=2)


@pytest.mark.parametrize(("kind", "tag"), [(H264, "avc1"), (H265, "hvc1"), (PRORES_4444, "ap4h")])
def test_the_file_names_its_codec_as_players_look_for_it(tmp_path, kind, tag):
    path = tmp_path / f"clip{kind.suffix}"
    film(path, VideoSettings(64, 64, 30, format=kind), [np.zeros((64, 64, 3), np.uint8)])

    with av.open(path) as clip:
        assert clip.streams.video[0].codec_context.codec_tag == tag


@pytest.mark.parametrize("kind", [H264_INTRA, PRORES_4444], ids=lambda kind: kind.key)
def test_formats_for_editing_have_only_whole_frames(tmp_path, kind):
    path = tmp_path / f"clip{kind.suffix}"
    images = [MarkedPictures(64, 64).picture(n) for n in range(12)]
    film(path, VideoSettings(64, 64, 30, format=kind), images)

    with av.open(path) as clip:
        packets = [packet for packet in clip.demux(video=0) if packet.size]
    assert len(packets) == 12
    assert all(packet.is_keyframe for packet in packets)


def soft_hair(width: int, height: int) -> np.ndarray:
    """[H, W, 4] uint8, premultiplied: dark strands, one to three pixels wide, before nothing."""
    y, x = np.mgrid[:height, :width].astype(float)
    alpha = np.zeros((height, width))
    for lock in range(12):
        middle = width * (0.2 + 0.05 * lock) + 6 * np.sin(y / 9 + lock)
        alpha = np.maximum(alpha, np.clip(1.6 - np.abs(x - middle) / (0.5 + lock % 3), 0, 1))
    alpha *= np.clip((height - y) / 20, 0, 1)
    colour = np.stack([0.25 + 0.1 * np.sin(x / 7), 0.15 + 0 * x, 0.1 + 0.05 * np.cos(y / 5)], -1)
    return np.rint(255 * np.dstack([colour * alpha[..., None], alpha])).astype(np.uint8)


def read_alpha(path: Path, kind) -> np.ndarray:
    """The first picture [H, W, 4] of a film, straight, 0..1; by the equations of BT.709."""
    with av.open(path) as clip:
        decoder = None if kind is PRORES_4444 else av.CodecContext.create("libvpx-vp9", "r")
        frames = []
        for packet in clip.demux(video=0):
            if decoder is None:
                frames += packet.decode()
            else:
                frames += decoder.decode(packet if packet.size else None)
            if frames:
                break
    frame = frames[0]
    deep = 16 // frame.format.components[0].bits == 1
    bits = frame.format.components[0].bits
    planes = [
        np.frombuffer(bytes(plane), "<u2" if deep else "u1")
        .reshape(plane.height, -1)[:, : plane.width]
        .astype(float)
        for plane in frame.planes
    ]
    full = 2 ** (bits - 8)
    luma = (planes[0] / full - 16) / 219
    blue, red = ((plane / full - 128) / 224 for plane in planes[1:3])
    if blue.shape != luma.shape:
        blue, red = (each.repeat(2, 0).repeat(2, 1) for each in (blue, red))
    r, b = luma + 1.5748 * red, luma + 1.8556 * blue
    g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
    return np.clip(np.dstack([r, g, b, planes[3] / (2**bits - 1)]), 0, 1)


@pytest.mark.parametrize(
    ("kind", "mean", "worst"), [(PRORES_4444, 0.2, 3), (VP9, 0.8, 20)], ids=["prores", "vp9"]
)
@pytest.mark.parametrize("background", [(1, 0, 0), (0, 1, 0), (1, 1, 1)])
def test_transparent_films_lie_over_anything_without_a_fringe(
    tmp_path, kind, mean, worst, background
):
    drawn = soft_hair(160, 128)
    path = tmp_path / f"hair{kind.suffix}"
    settings = VideoSettings(160, 128, 30, format=kind, alpha=True, quality=Quality.FINAL)
    film(path, settings, [drawn] * 3)

    stored = read_alpha(path, kind)
    shown = 255 * (stored[..., :3] * stored[..., 3:] + (1 - stored[..., 3:]) * background)

    premultiplied = drawn / 255
    expected = 255 * (premultiplied[..., :3] + (1 - premultiplied[..., 3:]) * background)
    off = np.abs(shown - expected)
    assert off.mean() < mean
    assert off.max() < worst
    # A fringe would be a bias along edges: darker or lighter than it should be.
    edge = (drawn[..., 3] > 10) & (drawn[..., 3] < 245)
    assert np.abs((shown - expected)[edge].mean()) < 1.5


def test_webm_says_that_it_is_transparent(tmp_path):
    settings = VideoSettings(64, 64, 30, format=VP9, alpha=True)
    film(tmp_path / "a.webm", settings, [np.zeros((64, 64, 4), np.uint8)] * 3)

    with av.open(tmp_path / "a.webm") as clip:
        assert clip.streams.video[0].codec_context.pix_fmt == "yuv420p"  # FFmpeg's own decoder
        assert clip.duration == pytest.approx(100_000, abs=2000)
    # The element AlphaMode of a video track, with the value 1.
    assert b"\x53\xc0\x81\x01" in (tmp_path / "a.webm").read_bytes()


@pytest.mark.parametrize("kind", [H264, H265, H264_INTRA], ids=lambda kind: kind.key)
def test_what_cannot_be_transparent_says_so(kind):
    with pytest.raises(RecordingError, match="cannot be transparent") as caught:
        VideoSettings(64, 64, 30, format=kind, alpha=True)
    assert "ProRes" in caught.value.hint


def test_transparency_that_nobody_wants_becomes_black(tmp_path, decode):
    image = np.full((64, 64, 4), 100, np.uint8)
    film(tmp_path / "a.mp4", VideoSettings(64, 64, 30), [image] * 2)

    assert decode(tmp_path / "a.mp4").pictures[0].mean() == pytest.approx(100, abs=2)


@pytest.mark.parametrize("kind", [PRORES_4444, VP9], ids=lambda kind: kind.key)
def test_a_film_that_breaks_off_can_be_played(tmp_path, decode, kind):
    """The file as a killed process leaves it: whatever was written, without an end."""
    from avatar_core.recording.clip_encoder import ClipEncoder

    path = tmp_path / f"clip{kind.suffix}"
    settings = VideoSettings(96, 96, 30, 48000, 1, format=kind)
    encoder = ClipEncoder(path, settings)
    encoder.open()
    pictures = MarkedPictures(96, 96)
    for number in range(90):
        encoder.write_picture(pictures.picture(number), 1)
        encoder.write_sound(np.zeros((1600, 1), np.float32))
    encoder.release()

    assert encoder.salvage() >= 60
    numbers = [number_in(image) for image in decode(path).pictures]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 60


def test_only_what_opens_is_offered(monkeypatch):
    from avatar_core.recording import encoders

    encoder_here.cache_clear()
    honest = encoders.find_encoder

    def without_h265(settings):
        if settings.format is H265:
            raise RecordingError("No.")
        return honest(settings)

    monkeypatch.setattr(encoders, "find_encoder", without_h265)
    try:
        offered = available_formats()
    finally:
        encoder_here.cache_clear()
    assert H265 not in offered
    assert {H264.key, PRORES_4444.key, PNG_16.key} <= {each.key for each in offered}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a.mp4", "h264"), ("a.M4V", "h264"), ("a.mov", "prores-4444"), ("a.webm", "vp9"),
        ("a.gif", "gif"), ("a.webp", "webp"), ("folder", "png-16"),
    ],
)  # fmt: skip
def test_the_name_tells_the_usual_format(name, key):
    assert format_for(Path(name)).key == key


def test_other_names_and_keys_are_told():
    with pytest.raises(RecordingError, match=r"clip\.avi is no name"):
        format_for(Path("clip.avi"))
    with pytest.raises(RecordingError, match="no film format 'mpeg'"):
        format_of("mpeg")
    with pytest.raises(RecordingError, match="no film preset 'cinema'"):
        preset_of("cinema")
    assert format_of("vp9") is VP9


@pytest.mark.parametrize("preset", list(PRESETS.values()), ids=list(PRESETS))
def test_presets_are_films_that_can_be_made(preset):
    settings = preset.applied_to(VideoSettings(1280, 720, 24))

    assert settings.format is FORMATS[preset.format.key]
    assert settings.alpha is preset.alpha
    assert preset.title
    assert preset.tip
    if preset.size is None:
        assert (settings.width, settings.height) == (1280, 720)
    if preset.fps is None:
        assert settings.fps == 24
