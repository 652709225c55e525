"""Upgrading the manifests of older files, one pure step per version.

A release that stores something new raises the version, so that an older release refuses the file
instead of dropping what it does not know. For the same reason names that a manifest holds beyond
those of its version mean nothing and are not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from avatar_core.errors import NewerFormatError, ProjectFormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.io.archive import ArchiveReader

Manifest: TypeAlias = dict[str, Any]

MANIFEST = "manifest.json"
"""Name of the manifest in every archive of ours."""

_HINT = "Open a backup, or an earlier version of it."


class Migrations:
    """The steps of one file format.

    Args:
        format_name: what the manifest's `format` must say.
        noun: what a person calls such a file: "a project".
        newest: the version that this release writes.
        suffix: how the names of such files end.
    """

    def __init__(self, format_name: str, noun: str, newest: int, suffix: str) -> None:
        self._format = format_name
        self._noun = noun
        self._suffix = suffix
        self._newest = newest
        self._steps: dict[int, Callable[[Manifest], Manifest]] = {}

    def step(
        self, from_version: int
    ) -> Callable[[Callable[[Manifest], Manifest]], Callable[[Manifest], Manifest]]:
        """Decorator: a pure function from a manifest of one version to one of the next.

        Raises:
            ValueError: there is such a step already, or it leads beyond the newest version.
        """

        def decorate(function: Callable[[Manifest], Manifest]) -> Callable[[Manifest], Manifest]:
            if from_version in self._steps or not 1 <= from_version < self._newest:
                raise ValueError(f"no place for a step from version {from_version}")
            self._steps[from_version] = function
            return function

        return decorate

    def header(self) -> Manifest:
        """How a new manifest begins."""
        return {"format": self._format, "version": self._newest}

    def read(self, archive: ArchiveReader, title: str) -> Manifest:
        """The manifest of an open archive, in the newest version; see `upgraded`."""
        if MANIFEST not in archive.names:
            raise self._foreign(title)
        return self.upgraded(archive.read_json(MANIFEST), title)

    def upgraded(self, manifest: Manifest, title: str) -> Manifest:
        """The manifest in the newest version; the given one stays as it is.

        Args:
            manifest: as read from a file.
            title: name of the file, for errors.

        Raises:
            ProjectFormatError: another format, no version, a newer version (`NewerFormatError`), or
                contents that a step cannot work with.
        """
        if manifest.get("format") != self._format:
            raise self._foreign(title)
        version = manifest.get("version")
        if type(version) is not int or version < 1:
            raise ProjectFormatError(f"{title} does not say which version it is.", _HINT)
        if version > self._newest:
            raise NewerFormatError(
                f"{title} was made by a newer release (file version {version}, "
                f"this one reads up to {self._newest}).",
                "Update Avatar Studio to open it.",
            )
        for from_version in range(version, self._newest):
            try:
                manifest = {**self._steps[from_version](manifest), "version": from_version + 1}
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as reason:
                raise ProjectFormatError(
                    f"{title} is damaged and cannot be brought from file version {from_version} "
                    f"to {from_version + 1}.",
                    _HINT,
                ) from reason
        return manifest

    def _foreign(self, title: str) -> ProjectFormatError:
        hint = f"Choose a file ending in {self._suffix}."
        return ProjectFormatError(f"{title} is not {self._noun}.", hint)


PROJECT = Migrations("avatar-studio-project", "a project", newest=8, suffix=".studio")
AVATAR = Migrations("avatar-studio-avatar", "an avatar", newest=1, suffix=".avatar")
HAIR = Migrations("avatar-studio-hair", "a hairstyle", newest=1, suffix=".hair")
PORTRAIT = Migrations("avatar-studio-portrait", "a portrait", newest=1, suffix=".portrait")
PORTRAIT_MODEL = Migrations(
    "avatar-studio-portrait-model", "a portrait model", newest=1, suffix=".safetensors"
)
TAKE = Migrations("avatar-studio-take", "a take", newest=2, suffix=".take")


@PROJECT.step(from_version=1)
def _add_hair(manifest: Manifest) -> Manifest:
    """Version 2 names a hairstyle; in older projects every avatar wears its own hair."""
    return {**manifest, "hair": {"reference": "", "sha256": ""}}


@PROJECT.step(from_version=2)
def _add_bookmarks_and_backdrop(manifest: Manifest) -> Manifest:
    """Version 3 keeps views to come back to and names a picture behind the avatar."""
    scene = {**manifest["scene"], "background_image": ""}
    return {**manifest, "bookmarks": [], "scene": scene}


@PROJECT.step(from_version=3)
def _add_hair_edits(manifest: Manifest) -> Manifest:
    """Version 4 keeps what was done to the hair; in older projects that is nothing."""
    none: Manifest = {"base_count": 0, "added": 0, "active": None, "layers": []}
    return {**manifest, "hair_edits": none}


@PROJECT.step(from_version=4)
def _add_painting(manifest: Manifest) -> Manifest:
    """Version 5 keeps what was painted on the face; in older projects that is nothing."""
    none: Manifest = {"size": 2048, "active": None, "baked": None, "layers": []}
    return {**manifest, "painting": none}


@PROJECT.step(from_version=5)
def _add_portraits(manifest: Manifest) -> Manifest:
    """Version 6 keeps portraits that perform beside the avatar; older projects have none."""
    return {**manifest, "portraits": []}


@PROJECT.step(from_version=6)
def _add_drivers(manifest: Manifest) -> Manifest:
    """Version 7 knows several drivers, and who each of them is.

    The one neutral face there was becomes that of the source. One that has no face gets it for
    the first camera, with which it was most likely taken.
    """
    mixer = dict(manifest["mixer"])
    neutral, source = mixer.pop("neutral"), manifest["source"]
    faceless = source == "sliders" or source.startswith("take:")
    mixer["profiles"] = (
        []
        if neutral is None
        else [
            {
                "driver": "camera:0" if faceless else source,
                "arrays": "mixer",  # where its neutral lies since version 1
                "profile": {"neutral": neutral},
            }
        ]
    )
    mixer["groups"] = {
        name: {**group, "drivers": [], "curve": 0.0, "relative": 1.0}
        for name, group in mixer["groups"].items()
    }
    mixer["holds_gaze"] = False
    mixer["idle"] = {"blinks": 0.0, "head": 0.0, "breath": 0.0}
    mixer["speech"] = {
        "amount": 1.0, "articulation": 0.5, "mood": "neutral", "mouth_share": 1.0,
    }  # fmt: skip
    return {**manifest, "mixer": mixer, "drivers": []}


@PROJECT.step(from_version=7)
def _add_files(manifest: Manifest) -> Manifest:
    """Version 8 knows films again by their marks, and can carry files along."""
    return {**manifest, "files": [], "packed": []}


@TAKE.step(from_version=1)
def _add_notes(manifest: Manifest) -> Manifest:
    """Version 2 keeps markers, the timecode of the shoot and corrections on top."""
    none: Manifest = {"channels": [], "is_bypassed": False}
    return {**manifest, "markers": [], "timecode": None, "corrections": none}
