from __future__ import annotations

import wave
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.audio import has_audio, load_audio, save_wav

if TYPE_CHECKING:
    from pathlib import Path


def tone(rate_hz: int, channels: int = 1, duration_s: float = 1.0) -> np.ndarray:
    """440 Hz left, 660 Hz right, half as loud as can be."""
    time_s = np.arange(int(rate_hz * duration_s)) / rate_hz
    columns = [0.5 * np.sin(2 * np.pi * hz * time_s) for hz in (440, 660)[:channels]]
    return np.stack(columns, axis=1).astype(np.float32)


def encode(
    path: Path,
    samples: np.ndarray,
    rate_hz: int,
    codec: str,
    *,
    film_frames: int = 0,
    sound_start_s: float = 0.0,
    film_start_s: float = 0.0,
    layout: str | None = None,
) -> Path:
    """A file made by FFmpeg alone: sound, and pictures at 10 fps when wanted."""
    with av.open(path, "w") as file:
        video = file.add_stream("mpeg4", rate=10) if film_frames else None
        if video is not None:
            video.width = video.height = 32
            video.pix_fmt = "yuv420p"
        stream = None
        if codec:
            layout = layout or ("mono" if samples.shape[1] == 1 else "stereo")
            stream = file.add_stream(codec, rate=rate_hz, layout=layout)
        for index in range(film_frames):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = index + round(10 * film_start_s), Fraction(1, 10)
            file.mux(video.encode(frame))
        if video is not None:
            file.mux(video.encode())
        if stream is not None:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples.T), format="fltp", layout=layout
            )
            frame.sample_rate, frame.time_base = rate_hz, Fraction(1, rate_hz)
            frame.pts = round(sound_start_s * rate_hz)
            resampler = av.AudioResampler(
                stream.format, stream.layout, rate_hz, stream.codec_context.frame_size or None
            )
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                file.mux(stream.encode(piece))
            file.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("name", "codec", "channels", "tolerance"),
    [
        ("tone.wav", "pcm_s16le", 1, 1 / 30000),
        ("tone.wav", "pcm_s24le", 2, 1e-6),
        ("tone.flac", "flac", 2, 1 / 30000),
        ("tone.mp3", "libmp3lame", 2, 0.05),
        ("tone.m4a", "aac", 1, 0.05),
        ("tone.ogg", "libopus", 2, 0.05),
    ],
)
def test_every_common_format_gives_the_samples_back(tmp_path, name, codec, channels, tolerance):
    expected = tone(48000, channels)
    path = encode(tmp_path / name, expected, 48000, codec)

    samples, rate_hz = load_audio(path)

    assert rate_hz == 48000
    assert samples.dtype == np.float32
    assert samples.shape[1] == channels
    # Compressed formats may pad the end; the middle must be in place: a shift by five samples
    # alone would be an error of 0.1.
    assert abs(len(samples) - 48000) <= 2400
    error = samples[9600:38400] - expected[9600:38400]
    assert np.sqrt(np.mean(error**2)) < tolerance


def test_resampling_keeps_the_length_and_the_tone(tmp_path):
    path = encode(tmp_path / "tone.wav", tone(44100), 44100, "pcm_s16le")

    samples, rate_hz = load_audio(path, rate_hz=16000)

    assert rate_hz == 16000
    assert abs(len(samples) - 16000) <= 2
    # Away from the ends, where the filter rings; 1e-3 is its ripple.
    np.testing.assert_allclose(
        samples[1600:-1600], tone(16000)[1600 : len(samples) - 1600], atol=2e-3
    )


def test_surround_sound_becomes_stereo(tmp_path):
    surround = np.repeat(tone(48000), 6, axis=1)
    path = encode(tmp_path / "tone.wav", surround, 48000, "pcm_s16le", layout="5.1")

    assert load_audio(path)[0].shape == (48000, 2)


@pytest.mark.parametrize(
    ("sound_start_s", "film_start_s", "expected_s"),
    [(0, 0, 0), (0.5, 0, 0.5), (0, 0.5, 0), (1.0, 0.8, 0.2), (0.5, 2.0, -1.5)],
)
def test_the_sound_of_a_film_counts_from_the_start_of_the_film(
    tmp_path, sound_start_s, film_start_s, expected_s
):
    click = np.zeros((144000, 1), np.float32)
    click[96000:96480] = 0.5
    path = encode(
        tmp_path / "film.mkv",
        click,
        48000,
        "pcm_s16le",
        film_frames=20,
        sound_start_s=sound_start_s,
        film_start_s=film_start_s,
    )

    samples, _ = load_audio(path)

    assert has_audio(path)
    start_s = np.argmax(samples[:, 0] > 0.25) / 48000
    assert start_s == pytest.approx(2 + expected_s, abs=2e-3)  # mkv counts milliseconds


def test_a_film_without_sound_is_said_so(tmp_path):
    path = encode(tmp_path / "film.mp4", tone(48000), 48000, "", film_frames=5)

    assert not has_audio(path)
    with pytest.raises(AssetError, match=r"film\.mp4 has no sound"):
        load_audio(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"", "is empty"),
        (b"neither sound nor film" * 100, "is no sound file"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "sound"),
    ],
)
def test_what_is_no_sound_is_refused_in_a_sentence(tmp_path, content, words):
    path = tmp_path / "sound.wav"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(AssetError, match=words) as caught:
        load_audio(path)

    assert caught.value.hint


def test_a_folder_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(AssetError):
        load_audio(tmp_path)
    with pytest.raises(AssetError):
        has_audio(tmp_path)


@pytest.mark.parametrize(("name", "codec"), [("tone.wav", "pcm_s16le"), ("tone.mp3", "libmp3lame")])
def test_a_cut_file_plays_as_far_as_it_goes(tmp_path, name, codec):
    path = encode(tmp_path / name, tone(48000), 48000, codec)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])

    samples, _ = load_audio(path)

    assert 0.3 * 48000 < len(samples) < 0.7 * 48000


def test_a_sound_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    path = encode(tmp_path / "tone.wav", tone(48000), 48000, "pcm_s16le")
    monkeypatch.setattr(limits, "SOUND_BYTES", 10_000)

    with pytest.raises(AssetError, match="too long"):
        load_audio(path)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_saved_wav_comes_back_to_the_bit(tmp_path, channels):
    pcm = np.random.default_rng(2).integers(-32768, 32768, (1000, channels))
    samples = (pcm / 32768).astype(np.float32)

    save_wav(tmp_path / "sound.wav", samples, 22050)

    loaded, rate_hz = load_audio(tmp_path / "sound.wav")
    assert rate_hz == 22050
    np.testing.assert_array_equal(loaded, samples)


def test_a_wav_clips_what_is_too_loud_and_silences_what_is_no_number(tmp_path):
    samples = np.array([[2.0], [-2.0], [np.inf], [np.nan]], np.float32)

    save_wav(tmp_path / "sound.wav", samples, 8000)

    with wave.open(str(tmp_path / "sound.wav")) as sound:
        pcm = np.frombuffer(sound.readframes(4), "<i2")
    np.testing.assert_array_equal(pcm, [32767, -32768, 32767, 0])


def test_a_wav_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(AssetError, match="does not exist"):
        save_wav(tmp_path / "missing" / "sound.wav", tone(8000), 8000)
