"""The portraits of a project as plain data, and back: one form for files and for records."""

from __future__ import annotations

from typing import Any

from avatar_core.project.plain import Fields, PlainData, damaged
from avatar_core.project.portrait import MOST_PICTURE_PX, CropBox, ProjectPortrait
from avatar_core.project.portrait_settings import (
    CHOICES,
    LATENT_SLIDER_RANGE,
    MOST_LATENT_SLIDERS,
    NUMBER_RANGES,
    PortraitSettings,
)


def pack_portrait_settings(settings: PortraitSettings) -> PlainData:
    return {
        **{name: getattr(settings, name).value for name in CHOICES},
        **{name: getattr(settings, name) for name in NUMBER_RANGES},
        "follows_pose": settings.follows_pose,
        "latent": list(settings.latent),
    }


def unpack_portrait_settings(fields: Fields) -> PortraitSettings:
    """The settings that anyone may have written.

    Raises:
        ProjectFormatError: missing, of the wrong kind or out of range; so with everything here.
    """
    values: dict[str, Any] = {name: fields.choice(name, kind) for name, kind in CHOICES.items()}
    for name, (low, high) in NUMBER_RANGES.items():
        values[name] = fields.number(name, low, high)
    count = len(fields.items("latent"))
    if count > MOST_LATENT_SLIDERS:
        raise damaged("a portrait has too many latent sliders")
    return PortraitSettings(
        **values,
        follows_pose=fields.flag("follows_pose"),
        latent=fields.numbers("latent", count, -LATENT_SLIDER_RANGE, LATENT_SLIDER_RANGE),
    )


def pack_project_portrait(portrait: ProjectPortrait) -> PlainData:
    return {
        "reference": portrait.reference,
        "sha256": portrait.sha256,
        "name": portrait.name,
        "settings": pack_portrait_settings(portrait.settings),
        "is_shown": portrait.is_shown,
        "box": None if portrait.box is None else list(portrait.box),
    }


def unpack_project_portrait(fields: Fields) -> ProjectPortrait:
    try:
        return ProjectPortrait(
            reference=fields.text("reference", least=1),
            sha256=fields.text("sha256"),
            name=fields.text("name"),
            settings=unpack_portrait_settings(fields.child("settings")),
            is_shown=fields.flag("is_shown"),
            box=_box(fields),
        )
    except ValueError as reason:
        raise damaged(f"a portrait shows nothing ({reason})") from reason


def _box(fields: Fields) -> CropBox | None:
    if fields.is_none("box"):
        return None
    return CropBox(*fields.numbers("box", 3, 0.0, MOST_PICTURE_PX))
