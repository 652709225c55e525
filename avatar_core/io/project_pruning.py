"""What a damaged project can do without is taken out of its manifest, so that the rest opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avatar_core.errors import AvatarError
from avatar_core.io.project_parts import ARRAYS, HAIR_EDITS, PAINTING
from avatar_core.project import HairEdits
from avatar_core.project.hair_values import pack_hair_edits, unpack_hair_edits, unpack_layer
from avatar_core.project.mixer_values import unpack_profile
from avatar_core.project.paint_values import unpack_baked, unpack_paint_layer
from avatar_core.project.plain import Arrays, Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project.plain import PlainData

    Told = Callable[[str], None]


def pruned(
    manifest: PlainData, arrays: Mapping[str, Mapping[str, AnyArray]], told: Told
) -> PlainData:
    """The manifest without layers and calibrations whose arrays are lost.

    Args:
        manifest: of a project, in the newest version; stays as it is.
        arrays: those that are left, by member and name.
        told: gets a sentence for everything that is taken out.
    """
    result = dict(manifest)
    for key, member, prune in (
        ("mixer", ARRAYS, _pruned_mixer),
        ("hair_edits", HAIR_EDITS, _pruned_hair),
        ("painting", PAINTING, _pruned_painting),
    ):
        section = manifest.get(key)
        if isinstance(section, dict):
            result[key] = prune(section, Arrays(arrays[member], "arrays"), told)
    return result


def _pruned_mixer(mixer: PlainData, arrays: Arrays, told: Told) -> PlainData:
    def is_left(entry: Any) -> bool:
        fields = Fields(entry, "profile")
        prefix = fields.text("arrays")
        wanted = fields.child("profile").child_or_none("neutral")
        profile = unpack_profile(fields.child("profile"), arrays, prefix)
        return (wanted is None) == (profile is None or profile.neutral is None)

    profiles = _kept(mixer.get("profiles"), is_left, "The calibration of", "driver", told)
    return {**mixer, "profiles": profiles}


def _pruned_hair(hair: PlainData, arrays: Arrays, told: Told) -> PlainData:
    try:
        unpack_hair_edits(Fields(hair, "hair_edits"), arrays, "hair")
    except AvatarError:
        pass
    else:
        return hair
    bare = {**hair, "active": None, "layers": []}
    try:
        unpack_hair_edits(Fields(bare, "hair_edits"), arrays, "hair")
    except AvatarError:
        told("Gaussians that were added to the hair are lost.")
        bare = {**bare, "added": 0}
    rows = sum(value for value in (bare.get("base_count"), bare["added"]) if type(value) is int)

    def is_left(entry: Any) -> bool:
        fields = Fields(entry, "layer")
        unpack_layer(fields, arrays, f"hair.layer_{fields.text('id')}", rows)
        return True

    bare["layers"] = _kept(hair.get("layers"), is_left, "The hair layer", "name", told)
    try:
        unpack_hair_edits(Fields(bare, "hair_edits"), arrays, "hair")
    except AvatarError:
        told("All hair edits are lost.")
        return pack_hair_edits(HairEdits(), {}, "hair")
    return bare


def _pruned_painting(painting: PlainData, arrays: Arrays, told: Told) -> PlainData:
    size = painting.get("size")

    def is_left(entry: Any) -> bool:
        fields = Fields(entry, "layer")
        unpack_paint_layer(
            fields, arrays, f"paint.layer_{fields.text('id')}", size if type(size) is int else 0
        )
        return True

    layers = _kept(painting.get("layers"), is_left, "The paint layer", "name", told)
    known = {each["id"] for each in layers}
    active = painting.get("active")
    result = {
        **painting,
        "layers": [
            {**each, "parent": each["parent"] if each["parent"] in known else None}
            for each in layers
        ],
        "active": active if isinstance(active, str) and active in known else None,
    }
    for key in ("baked", "cloned"):
        try:
            unpack_baked(
                Fields(result, "painting").child_or_none(key) if key in result else None,
                arrays,
                f"paint.{key}",
            )
        except AvatarError:
            told(f"What is {key} of the paint is lost; the layers are not.")
            result[key] = None
    return result


def _kept(
    entries: Any, is_left: Callable[[Any], bool], words: str, name: str, told: Told
) -> list[Any]:
    kept = []
    for entry in entries if isinstance(entries, list) else []:
        try:
            if is_left(entry):
                kept.append(entry)
                continue
        except (AvatarError, ValueError, TypeError):
            pass
        called = entry.get(name) if isinstance(entry, dict) else None
        told(f"{words} {str(called)[:60]!r} is lost.")
    return kept
