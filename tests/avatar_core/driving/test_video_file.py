"""Films as a source: order, pace, loop, rotation, damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from avatar_core.driving.video_file import VideoFileSource
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.driving.frame_source import CapturedImage

    FilmMaker = Callable[..., Path]


class _Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 50.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def _number(captured: CapturedImage | None) -> int:
    """The number of a frame of the test film, from its brightness at the lower right."""
    assert captured is not None
    return round(float(captured.image[-8:, -8:].mean()) / 10) - 1


def _paced(path: Path, clock: _Clock, **options: bool) -> VideoFileSource:
    return VideoFileSource(path, clock=clock, sleep=clock.sleep, **options)


def test_gives_every_frame_in_order_when_not_paced(make_film: FilmMaker) -> None:
    source = VideoFileSource(make_film(frames=6), paced=False, loop=False)
    captured = [source.read(0.0) for _ in range(6)]
    assert [_number(c) for c in captured] == [0, 1, 2, 3, 4, 5]
    assert [c.index for c in captured if c] == [0, 1, 2, 3, 4, 5]
    assert [c.time_s for c in captured if c] == pytest.approx(np.arange(6) / 10)
    assert source.read(0.0) is None
    assert source.ended


def test_colours_and_sides_are_right(make_film: FilmMaker) -> None:
    captured = VideoFileSource(make_film(), paced=False).read(0.0)
    assert captured is not None
    assert captured.image.shape == (48, 64, 3)
    assert captured.image.flags.c_contiguous
    np.testing.assert_allclose(captured.image[5, 5], [255, 0, 0], atol=12)
    np.testing.assert_allclose(captured.image[5, 60], [10, 10, 10], atol=6)


def test_waits_until_a_picture_is_due(make_film: FilmMaker) -> None:
    clock = _Clock()
    source = _paced(make_film(), clock)
    assert _number(source.read(0.5)) == 0
    assert clock.now_s == 50.0
    captured = source.read(0.5)
    assert _number(captured) == 1
    assert clock.now_s == pytest.approx(50.1)
    assert captured is not None
    assert captured.captured_s == clock.now_s


def test_does_not_wait_longer_than_asked(make_film: FilmMaker) -> None:
    clock = _Clock()
    source = _paced(make_film(), clock)
    source.read(0.0)
    assert source.read(0.04) is None
    assert source.read(0.04) is None
    assert clock.now_s == pytest.approx(50.08)
    assert not source.ended
    assert _number(source.read(0.04)) == 1
    assert clock.now_s == pytest.approx(50.1)


def test_skips_pictures_that_came_too_late(make_film: FilmMaker) -> None:
    clock = _Clock()
    source = _paced(make_film(), clock)
    source.read(0.0)
    clock.now_s += 0.34
    captured = source.read(0.0)
    assert _number(captured) == 3
    assert captured is not None
    assert captured.index == 3
    assert clock.slept == []


def test_goes_on_from_where_it_is_after_a_long_pause(make_film: FilmMaker) -> None:
    clock = _Clock()
    source = _paced(make_film(), clock)
    source.read(0.0)
    clock.now_s += 60.0
    assert _number(source.read(0.0)) == 1
    assert source.read(0.05) is None
    assert _number(source.read(0.1)) == 2


def test_begins_again_at_its_end(make_film: FilmMaker) -> None:
    clock = _Clock()
    source = _paced(make_film(frames=3), clock)
    captured = [source.read(0.2) for _ in range(8)]
    assert [_number(c) for c in captured] == [0, 1, 2, 0, 1, 2, 0, 1]
    assert [c.looped for c in captured if c] == [0, 0, 0, 1, 1, 1, 2, 2]
    assert [c.index for c in captured if c] == list(range(8))
    assert source.duration_s == pytest.approx(0.3, abs=0.01)
    assert clock.now_s == pytest.approx(50.7, abs=0.02)


def test_begins_again_without_pacing_too(make_film: FilmMaker) -> None:
    source = VideoFileSource(make_film(frames=2), paced=False)
    assert [_number(source.read(0.0)) for _ in range(5)] == [0, 1, 0, 1, 0]


def test_describes_itself(make_film: FilmMaker) -> None:
    path = make_film(frames=6, fps=12, with_sound=True)
    source = VideoFileSource(path)
    assert source.uri == f"file:{path}"
    assert source.fps == pytest.approx(12)
    assert source.size == (64, 48)
    assert source.duration_s == pytest.approx(0.5, abs=0.1)
    assert source.audio_path == path
    assert VideoFileSource(make_film("silent.mp4")).audio_path is None


def test_closing_lets_go_of_the_file(make_film: FilmMaker) -> None:
    path = make_film()
    source = VideoFileSource(path)
    source.read(0.0)
    source.close()
    source.close()
    assert source.ended
    assert source.read(0.0) is None
    path.unlink()


_CLOCKWISE = (0, 1, 0, -1, 0, 0)
_COUNTERCLOCKWISE = (0, -1, 0, 1, 0, 0)
_UPSIDE_DOWN = (-1, 0, 0, 0, -1, 0)


@pytest.mark.parametrize(
    ("matrix", "quarter_turns"),
    [(_CLOCKWISE, 3), (_COUNTERCLOCKWISE, 1), (_UPSIDE_DOWN, 2)],
    ids=["clockwise", "counter-clockwise", "upside down"],
)
def test_a_phones_film_is_turned_upright(
    make_film: FilmMaker, matrix: tuple[int, ...], quarter_turns: int
) -> None:
    path = make_film()
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 44  # the track's display matrix, ISO/IEC 14496-12, 8.3.2
    for position, value in enumerate(matrix):
        content[start + 4 * position : start + 4 * position + 4] = (value << 16).to_bytes(
            4, "big", signed=True
        )
    upright = VideoFileSource(path, paced=False).read(0.0)
    path.write_bytes(content)
    source = VideoFileSource(path, paced=False)
    turned = source.read(0.0)
    assert upright is not None
    assert turned is not None
    np.testing.assert_array_equal(turned.image, np.rot90(upright.image, quarter_turns))
    assert source.size == turned.image.shape[1::-1]


def test_oblong_pixels_become_square(tmp_path: Path) -> None:
    path = tmp_path / "wide.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuv420p"
        stream.codec_context.sample_aspect_ratio = 2
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    source = VideoFileSource(path, paced=False)
    assert source.size == (128, 48)


def _truncated(path: Path, keep: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    return path


@pytest.mark.parametrize("keep", [0.1, 0.5])
def test_a_truncated_mp4_is_told_in_words(make_film: FilmMaker, keep: float) -> None:
    with pytest.raises(AssetError, match=r"film\.mp4 is damaged") as caught:
        VideoFileSource(_truncated(make_film(), keep))
    assert caught.value.hint


def test_a_film_that_breaks_off_is_shown_until_there(make_film: FilmMaker) -> None:
    path = _truncated(make_film("film.mkv", frames=20, size=(320, 240)), 0.6)
    source = VideoFileSource(path, paced=False, loop=False)
    numbers = []
    while (captured := source.read(0.0)) is not None:
        numbers.append(_number(captured))
    assert 1 <= len(numbers) < 20
    assert source.ended


def test_length_is_counted_when_the_file_does_not_tell(make_film: FilmMaker) -> None:
    mp4 = make_film(frames=8)
    raw = mp4.with_suffix(".h264")
    with av.open(str(mp4)) as source, av.open(str(raw), "w", format="h264") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    film = VideoFileSource(raw, paced=False, loop=False)
    assert film.duration_s == pytest.approx(8 / film.fps, rel=0.3)
    count = 0
    while film.read(0.0) is not None:
        count += 1
    assert count == 8


def test_sound_alone_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(AssetError, match=r"voice\.wav has no pictures"):
        VideoFileSource(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"A text that FFmpeg would play as a film of letters.\n" * 40),
        ("noise.mp4", bytes(range(256)) * 40),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"),
        ("call.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 49170 RTP/AVP 96\n"),
    ],
)
def test_other_files_are_told_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AssetError, match=name) as caught:
        VideoFileSource(path)
    assert caught.value.hint
