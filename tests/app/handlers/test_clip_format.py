from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMenu

from app.handlers.clip_format import ClipFormatHandler
from avatar_core.recording import encoders
from avatar_core.recording.clip import VideoSettings
from avatar_core.recording.film_format import FORMATS, GIF, H264, H265, PNG_16, PRORES_4444
from avatar_core.recording.presets import PRESETS

if TYPE_CHECKING:
    from app.handlers.context import StudioContext

HD = VideoSettings(1280, 720, 30.0)
FILM = Path("Rosa v1.2 2026-01-02.mp4")


@pytest.fixture
def film(context: StudioContext) -> ClipFormatHandler:
    return ClipFormatHandler(context, QMenu("Clip", context.window))


def test_a_clip_is_an_mp4_at_first(film: ClipFormatHandler) -> None:
    assert film.file(FILM, HD) == (FILM, HD)
    assert not film.transparent.isEnabled()
    assert "cannot be transparent" in film.transparent.toolTip()


def test_a_format_gives_name_and_settings(film: ClipFormatHandler) -> None:
    film._choices[PRORES_4444].trigger()
    film.transparent.trigger()
    path, settings = film.file(FILM, HD)
    assert path == Path("Rosa v1.2 2026-01-02.mov")
    assert (settings.format, settings.alpha) == (PRORES_4444, True)
    film._choices[PNG_16].trigger()
    assert film.file(FILM, HD)[0] == Path("Rosa v1.2 2026-01-02")


def test_what_cannot_be_transparent_is_not(film: ClipFormatHandler) -> None:
    film._choices[PRORES_4444].trigger()
    film.transparent.trigger()
    film._choices[H265].trigger()
    assert not film.file(FILM, HD)[1].alpha
    assert not film.transparent.isChecked()
    film._choices[PRORES_4444].trigger()
    assert film.transparent.isChecked()


@pytest.mark.parametrize("preset", list(PRESETS.values()), ids=list(PRESETS))
def test_a_preset_sets_all_it_says(
    film: ClipFormatHandler, context: StudioContext, preset: object
) -> None:
    before = context.preferences.values
    titles = [action.text() for action in film.presets.actions()]
    film.presets.actions()[titles.index(preset.title)].trigger()  # type: ignore[attr-defined]
    values = context.preferences.values
    wanted = VideoSettings(before.clip_width_px, before.clip_height_px, before.clip_fps)
    wanted = preset.applied_to(wanted)  # type: ignore[attr-defined]
    asked = VideoSettings(values.clip_width_px, values.clip_height_px, values.clip_fps)
    assert film.file(FILM, asked)[1] == wanted
    assert f"{wanted.width} x {wanted.height}" in film.size.text()


def test_the_choice_is_remembered(film: ClipFormatHandler, context: StudioContext) -> None:
    film.use_preset(PRESETS["composite"])
    again = ClipFormatHandler(context, QMenu(context.window))
    assert again.file(FILM, HD)[1].format is PRORES_4444
    assert again.transparent.isChecked()


@pytest.mark.parametrize(
    "kept", ["nonsense", 7, {"format": 3}, {"format": "none", "transparent": "yes"}, None]
)
def test_what_cannot_be_remembered_is_an_mp4(kept: object, context: StudioContext) -> None:
    context.preferences.remember("clip_format", kept)
    film = ClipFormatHandler(context, QMenu(context.window))
    assert film.format is H264
    assert not film.transparent.isChecked()


def test_only_what_opens_can_be_chosen(
    film: ClipFormatHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {H264: "h264_nvenc", H265: None}
    monkeypatch.setattr(encoders, "encoder_here", lambda each: names.get(each, "libx"))
    film.formats.aboutToShow.emit()
    assert not film._choices[H265].isEnabled()
    assert "no encoder" in film._choices[H265].toolTip()
    assert "graphics card" in film._choices[H264].toolTip()
    assert "processor" in film._choices[GIF].toolTip()
    assert len(film.formats.actions()) == len(FORMATS)
