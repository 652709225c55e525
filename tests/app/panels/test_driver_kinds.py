from __future__ import annotations

import pytest

from app.icons import icon_names
from app.panels.driver_kinds import (
    PHONE_APPS,
    DriverKind,
    brief_title,
    driver_title,
    state_words,
    with_option,
)


def test_every_kind_has_a_name_and_an_icon_of_the_theme() -> None:
    assert all(kind.label and kind.icon in icon_names() for kind in DriverKind)


def test_apps_are_phones_each_with_a_port_of_its_own() -> None:
    assert all(DriverKind.of(app.uri).is_phone and app.tip for app in PHONE_APPS)
    assert len({app.uri for app in PHONE_APPS}) == len(PHONE_APPS)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("camera:0?size=1280x720", DriverKind.CAMERA),
        ("mic:", DriverKind.MICROPHONE),
        ("livelink:11111?open=1", DriverKind.LIVE_LINK),
        ("sliders", DriverKind.SLIDERS),
        ("/films/face.mp4", DriverKind.FILE),
    ],
)
def test_kinds_are_told_from_addresses(uri: str, kind: DriverKind) -> None:
    assert DriverKind.of(uri) is kind


def test_options_are_set_replaced_and_left_out() -> None:
    assert with_option("livelink:11111", "open", "1") == "livelink:11111?open=1"
    assert with_option("livelink:11111?open=1", "open", "") == "livelink:11111"
    assert with_option("mic:?gain=3&gate=-40", "gain", "6") == "mic:?gate=-40&gain=6"


def test_devices_are_called_by_their_names_where_they_are_known() -> None:
    names = {"camera:0": "Logitech C920", "take:3f": "Monologue"}
    assert driver_title("camera:0?fps=60", names) == "Logitech C920"
    assert driver_title("camera:1", names) == "Camera 1"
    assert driver_title("take:3f", names) == "Monologue"
    assert driver_title("file:/films/face.mp4") == "face.mp4"
    assert driver_title("ifacialmocap:49993?phone=10.0.0.2") == "FaceMotion3D"
    assert brief_title("camera:0?fps=60", names) == "Camera"
    assert brief_title("mic:USB Audio") == "Mic"


@pytest.mark.parametrize("kind", DriverKind)
@pytest.mark.parametrize("state", ["off", "opening", "live", "silent", "lost", "failed"])
def test_every_state_has_words(kind: DriverKind, state: str) -> None:
    assert state_words(kind, state)


def test_words_suit_the_kind() -> None:
    assert state_words(DriverKind.CAMERA, "silent") == "No face in the picture: eased to neutral"
    assert state_words(DriverKind.MICROPHONE, "silent") == "Quiet"
    assert state_words(DriverKind.VMC, "silent") == "Nothing has come yet: start the app"
