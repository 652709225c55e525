"""A project that names files of every kind, all of them there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.io import packing
from avatar_core.io.asset_references import AVATARS, PORTRAITS
from avatar_core.motion import ChannelGroup, DriverProfile, DriverShare, GroupSettings
from avatar_core.project import Clip, PaintLayer, Project, ProjectPortrait, Scene

if TYPE_CHECKING:
    from avatar_core.project.references import FileSlot


@pytest.fixture
def packed_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packed files lie in this test."""
    folder = tmp_path / "cache of this test"
    monkeypatch.setattr(packing, "cache_folder", lambda: folder)
    return folder


@pytest.fixture
def material(tmp_path: Path) -> Path:
    """A folder of files; what is in them does not matter here."""
    folder = tmp_path / "Ma térial ✓"
    rng = np.random.default_rng(9)
    sizes = {
        "avatars/ada.avatar": 4000,
        "hair/bob.hair": 3000,
        "faces/ann.portrait": 2000,
        "films/Füße.mp4": 9_000_000,
        "films/me.mp4": 5000,
        "sounds/line.wav": 1500,
        "pictures/sky.jpg": 700,
        "pictures/decal.png": 600,
        "shots/0001.png": 100,
        "shots/0002.png": 200,
    }
    for name, size in sizes.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.bytes(size))
    return folder


@pytest.fixture
def rich_project(full_project: Project, material: Path) -> Project:
    """Names every file of `material`, a few of them in several places."""
    project = full_project.copy()
    project.avatar = str(material / "avatars" / "ada.avatar")
    project.avatar_sha256 = AVATARS.sha256(project.avatar)
    project.hair = str(material / "hair" / "bob.hair")
    project.hair_sha256 = AVATARS.sha256(project.hair)
    film = f"file:{material / 'films' / 'me.mp4'}"
    project.source = f"{film}?fps=25"
    project.drivers = (
        "camera:0",
        f"sound:{material / 'sounds' / 'line.wav'}",
        f"sequence:{material / 'shots'}",
    )
    group = GroupSettings(gain=0.5, drivers=(DriverShare(film, 0.5), DriverShare("camera:0", 1.0)))
    profile = DriverProfile(gaze_centre=np.eye(2, dtype=np.float32))
    project.mixer = replace(
        project.mixer,
        groups={**project.mixer.groups, ChannelGroup.JAW: group},
        profiles={film: profile, "camera:0": profile},
    )
    project.clips = {"clip-one": Clip(str(material / "films" / "Füße.mp4"), "", 64, 64, 30.0)}
    project.scene = Scene(background_image=str(material / "pictures" / "sky.jpg"))
    layers = {each: replace(layer, source="") for each, layer in project.painting.layers.items()}
    painting = replace(project.painting, layers=layers)
    decal = PaintLayer("Decal", source=str(material / "pictures" / "decal.png"))
    project.painting = painting.with_layer("6", decal)
    ann = str(material / "faces" / "ann.portrait")
    project.portraits = {
        "face-one": ProjectPortrait(ann, PORTRAITS.sha256(ann), "Ann"),
        "face-two": ProjectPortrait("demo:bo", name="Bo"),
    }
    # The shares of `full_project` name a film that is nowhere.
    groups = {
        each: replace(
            settings, drivers=tuple(s for s in settings.drivers if s.driver[5:] != "/films/me.mp4")
        )
        for each, settings in project.mixer.groups.items()
    }
    project.mixer = replace(project.mixer, groups=groups)
    return project


def contents_of(slots: list[FileSlot]) -> list[bytes]:
    """What stands in the files of these places, in their order; of folders, all in a row."""
    found = []
    for slot in slots:
        path = Path(slot.path)
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        found.append(b"".join(file.read_bytes() for file in files))
    return found
