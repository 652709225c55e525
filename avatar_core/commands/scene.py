"""Commands on what is shown: the avatar, its hair, the scene around it, the project's name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from avatar_core.commands.command import Setting, register
from avatar_core.commands.names import tidy_name
from avatar_core.commands.plain_setting import TEXT, Form, PlainSetting
from avatar_core.commands.records import Record
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from avatar_core.project import Project
    from avatar_core.project.plain import Fields

Colour = tuple[float, float, float]


class AssetReference(NamedTuple):
    """Which avatar or hairstyle: `demo:NAME` or an absolute path, and the hash of that file."""

    reference: str
    sha256: str = ""


def _reference_form(least: int) -> Form[AssetReference]:
    """Of references with at least so many letters."""

    def unpacked(fields: Fields, key: str) -> AssetReference:
        entry = fields.child(key)
        return AssetReference(entry.text("reference", least), entry.text("sha256"))

    return Form(AssetReference._asdict, unpacked)


def _unpacked_colour(fields: Fields, key: str) -> Colour:
    red, green, blue = fields.numbers(key, 3, 0.0, 1.0)
    return red, green, blue


_COLOUR: Form[Colour] = Form(list, _unpacked_colour)


@register("set_avatar")
@dataclass(frozen=True, slots=True)
class SetAvatar(PlainSetting):
    """Choose another avatar."""

    before: AssetReference
    after: AssetReference
    form: ClassVar = _reference_form(least=1)

    @classmethod
    def of(cls, project: Project, reference: str, sha256: str = "") -> Self:
        before = AssetReference(project.avatar, project.avatar_sha256)
        return cls(before, AssetReference(reference, sha256))

    @property
    def label(self) -> str:
        return "Choose avatar"

    def put(self, project: Project, value: AssetReference) -> Change:
        project.avatar, project.avatar_sha256 = value.reference, value.sha256
        return Change.of(Part.AVATAR)


@register("set_hair")
@dataclass(frozen=True, slots=True)
class SetHair(PlainSetting):
    """Put a hairstyle on the avatar, or give it its own hair back: an empty reference."""

    before: AssetReference
    after: AssetReference
    form: ClassVar = _reference_form(least=0)

    @classmethod
    def of(cls, project: Project, reference: str, sha256: str = "") -> Self:
        before = AssetReference(project.hair, project.hair_sha256)
        return cls(before, AssetReference(reference, sha256))

    @property
    def label(self) -> str:
        return "Choose hairstyle" if self.after.reference else "Back to own hair"

    def put(self, project: Project, value: AssetReference) -> Change:
        project.hair, project.hair_sha256 = value.reference, value.sha256
        return Change.of(Part.AVATAR)


@register("set_background")
@dataclass(frozen=True, slots=True)
class SetBackground(PlainSetting):
    """Choose the colour behind the avatar, sRGB 0..1."""

    before: Colour
    after: Colour
    form: ClassVar = _COLOUR

    @classmethod
    def of(cls, project: Project, colour: Colour) -> Self:
        """Choose a colour; its values are brought into 0..1."""
        red, green, blue = (min(max(float(value), 0.0), 1.0) for value in colour)
        return cls(project.scene.background, (red, green, blue))

    @property
    def label(self) -> str:
        return "Set background"

    def put(self, project: Project, colour: Colour) -> Change:
        project.scene = replace(project.scene, background=colour)
        return Change.of(Part.SCENE)


@register("set_background_image")
@dataclass(frozen=True, slots=True)
class SetBackgroundImage(PlainSetting):
    """Put a picture behind the avatar, or take it away: an empty path."""

    before: str
    after: str
    form: ClassVar = TEXT

    @classmethod
    def of(cls, project: Project, path: str) -> Self:
        """Choose a picture by its absolute path."""
        return cls(project.scene.background_image, path)

    @property
    def label(self) -> str:
        return "Set background picture" if self.after else "Remove background picture"

    def put(self, project: Project, value: str) -> Change:
        project.scene = replace(project.scene, background_image=value)
        return Change.of(Part.SCENE)


class SceneOption(StrEnum):
    """What `SetSceneOption` switches; the values are the names in `Scene`."""

    GRID = "show_grid"
    HAIR = "show_hair"


_SCENE_LABELS = {SceneOption.GRID: "grid", SceneOption.HAIR: "hair"}


@register("set_scene_option")
@dataclass(frozen=True, slots=True)
class SetSceneOption(Setting):
    """Show or hide something."""

    option: SceneOption
    before: bool
    after: bool

    @classmethod
    def of(cls, project: Project, option: SceneOption, shown: bool) -> Self:
        return cls(option, getattr(project.scene, option.value), shown)

    @property
    def label(self) -> str:
        return f"{'Show' if self.after else 'Hide'} {_SCENE_LABELS[self.option]}"

    @property
    def target(self) -> object:
        return self.option

    def to_record(self) -> Record:
        data = {"option": self.option.value, "before": self.before, "after": self.after}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        option = fields.choice("option", SceneOption)
        return cls(option, fields.flag("before"), fields.flag("after"))

    def put(self, project: Project, shown: bool) -> Change:
        values: dict[str, Any] = {self.option.value: shown}
        project.scene = replace(project.scene, **values)
        return Change.of(Part.SCENE)


@register("rename_project")
@dataclass(frozen=True, slots=True)
class RenameProject(PlainSetting):
    """Give the project another name; its file keeps its own."""

    before: str
    after: str
    form: ClassVar = TEXT

    @classmethod
    def of(cls, project: Project, name: str) -> Self:
        """Rename the project; a name without letters leaves the old one."""
        return cls(project.name, tidy_name(name, project.name))

    @property
    def label(self) -> str:
        return f"Rename to {self.after}"

    def put(self, project: Project, value: str) -> Change:
        project.name = value
        return Change.of(Part.PROJECT)
