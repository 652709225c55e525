"""ApplyMixerPreset: who moves what, and how, in one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import Setting, register
from avatar_core.commands.records import Record
from avatar_core.errors import AvatarError
from avatar_core.motion.mixer_presets import Mixing, with_preset
from avatar_core.project import Change, Part
from avatar_core.project.mixer_values import (
    MOST_DRIVERS,
    pack_mixer,
    unpack_drivers,
    unpack_mixer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project
    from avatar_core.project.plain import Arrays, Fields, PlainData


@register("apply_mixer_preset")
@dataclass(frozen=True, slots=True)
class ApplyMixerPreset(Setting):
    """Bring the mixer to a preset, and add the driver it needs."""

    name: str
    before: Mixing
    after: Mixing

    @classmethod
    def of(cls, project: Project, name: str, cast: Sequence[str] | None = None) -> Self:
        """Apply a preset of `motion.mixer_presets.PRESETS`.

        Args:
            project: the document.
            name: of the preset.
            cast: drivers beside the main one that it may choose from, the first ones first; all
                there are when left out.

        Raises:
            ValueError: there is no such preset, or the list of drivers is full.
        """
        before = Mixing(project.mixer, project.drivers)
        beside = project.drivers if cast is None else tuple(cast)
        try:
            wanted = with_preset(name, Mixing(project.mixer, beside), project.source)
        except AvatarError as reason:
            raise ValueError(reason.message) from reason
        drivers = tuple(dict.fromkeys((*project.drivers, *wanted.drivers)))
        if len(drivers) > MOST_DRIVERS:
            raise ValueError(f"{name}: there are too many drivers to add one")
        return cls(name, before, Mixing(wanted.mixer, drivers))

    @property
    def label(self) -> str:
        return self.name

    def put(self, project: Project, value: Mixing) -> Change:
        has_new_drivers = project.drivers != value.drivers
        project.mixer, project.drivers = value.mixer, value.drivers
        parts = (Part.MIXER, Part.DRIVING) if has_new_drivers else (Part.MIXER,)
        return Change.of(*parts)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "name": self.name,
            "before": _pack(self.before, arrays, "before"),
            "after": _pack(self.after, arrays, "after"),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        return cls(
            fields.text("name"),
            _unpack(fields.child("before"), arrays),
            _unpack(fields.child("after"), arrays),
        )


def _pack(mixing: Mixing, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
    return {
        "mixer": pack_mixer(mixing.mixer, arrays, prefix),
        "drivers": list(mixing.drivers),
    }


def _unpack(fields: Fields, arrays: Arrays) -> Mixing:
    return Mixing(unpack_mixer(fields.child("mixer"), arrays), unpack_drivers(fields, "drivers"))
