"""Addresses of drivers, taken apart and put together."""

from __future__ import annotations

import pytest

from avatar_core.errors import DeviceError
from avatar_core.motion.driver_address import DriverAddress


@pytest.mark.parametrize(
    ("uri", "scheme", "place", "options"),
    [
        ("camera:0", "camera", "0", {}),
        (
            "camera:0?size=1280x720&fps=30&mirrored=1",
            "camera",
            "0",
            {"size": "1280x720", "fps": "30", "mirrored": "1"},
        ),
        ("mic:", "mic", "", {}),
        ("mic:USB Audio: 1?gain=6", "mic", "USB Audio: 1", {"gain": "6"}),
        ("file:/films/what?.mp4", "file", "/films/what?.mp4", {}),
        ("file:/films/what?fps=no.mp4?fps=25", "file", "/films/what?fps=no.mp4", {"fps": "25"}),
        ("sequence:/frames?fps=25", "sequence", "/frames", {"fps": "25"}),
        ("sound:C:\\talk.wav", "sound", "C:\\talk.wav", {}),
        ("/films/face.mp4", "file", "/films/face.mp4", {}),
        ("C:\\films\\face.mp4", "file", "C:\\films\\face.mp4", {}),
        ("livelink:11111?open=1", "livelink", "11111", {"open": "1"}),
        ("take:3f", "take", "3f", {}),
        ("sliders", "sliders", "", {}),
    ],
)
def test_takes_addresses_apart(uri: str, scheme: str, place: str, options: dict[str, str]) -> None:
    address = DriverAddress.parse(uri)
    assert (address.scheme, address.place, address.options) == (scheme, place, options)


@pytest.mark.parametrize(
    "uri",
    ["camera:0?size=1280x720&fps=30", "mic:", "sequence:/frames?fps=25", "sliders", "take:3f"],
)
def test_puts_them_together_again(uri: str) -> None:
    assert str(DriverAddress.parse(uri)) == uri


def test_settings_of_a_device_do_not_make_it_another_device() -> None:
    small, large = (DriverAddress.parse(f"camera:0?size={size}") for size in ("640x480", "1x1"))
    assert small.device == large.device == "camera:0"


@pytest.mark.parametrize(
    ("uri", "label"),
    [
        ("camera:2?fps=60", "Camera 2"),
        ("mic:", "Microphone"),
        ("mic:Headset", "Headset"),
        ("sound:/a/b.wav", "b.wav"),
        ("livelink:11111", "Live Link Face"),
    ],
)
def test_says_what_the_user_calls_them(uri: str, label: str) -> None:
    assert DriverAddress.parse(uri).label == label


def test_numbers_out_of_bounds_are_told_in_words() -> None:
    assert DriverAddress.parse("camera:0?fps=25").number("fps", 30, 1, 240) == 25
    assert DriverAddress.parse("camera:0").number("fps", 30, 1, 240) == 30
    for text in ("fast", "0", "nan", "inf", ""):
        with pytest.raises(DeviceError, match="Camera 0 cannot be opened with fps") as caught:
            DriverAddress.parse(f"camera:0?fps={text}").number("fps", 30, 1, 240)
        assert caught.value.hint


def test_a_sentence_about_an_option_stays_one_line() -> None:
    with pytest.raises(DeviceError) as caught:
        DriverAddress.parse("camera:0?fps=" + "3\n" * 200).number("fps", 30, 1, 240)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 120
