"""Files of our own: projects, avatars, hairstyles, portraits, takes, models, commands."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.commands import Command, command_from_record, record_from_bytes, record_to_bytes
from avatar_core.errors import AvatarError
from avatar_core.io.avatar_file import load_avatar, save_avatar
from avatar_core.io.flame_cache import cached_head, keep_head
from avatar_core.io.hair_file import load_hair, load_hair_label, save_hair
from avatar_core.io.portrait_file import load_portrait, load_portrait_label, save_portrait
from avatar_core.io.portrait_model_file import (
    PortraitModelFile,
    PortraitModelInfo,
    load_portrait_model,
    load_portrait_model_info,
    save_portrait_model,
)
from avatar_core.io.project_file import SavedProject, load_project, save_project
from avatar_core.io.project_rescue import rescue_project
from avatar_core.io.take_file import load_take, save_take
from avatar_core.project import (
    AvatarAsset,
    CropBox,
    FaceAsset,
    FaceKind,
    LayerKind,
    Painting,
    PaintLayer,
    Portrait,
    PortraitCode,
    Project,
    Raster,
)
from avatar_core.project.hairstyle import hair_of
from avatar_core.project.paint import TILE
from tests.avatar_core import conftest as examples
from tests.avatar_core.commands.command_examples import EXAMPLES
from tests.fuzz.target import MIB, Shape, Target, read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.motion import Take

_DATA = Path(__file__).resolve().parents[2] / "data"


def written(writer: Callable[[Path], Any], name: str) -> bytes:
    """What a writer puts into a file of that name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        writer(path)
        return path.read_bytes()


@cache
def small_avatar() -> AvatarAsset:
    """A head of 40 vertices with 20 Gaussians."""
    return examples.small_avatar.__wrapped__(_head_arrays())


@cache
def small_take() -> Take:
    """Twelve frames with sound, markers, corrections and a timecode."""
    return examples.some_take.__wrapped__()


@cache
def small_project() -> Project:
    """Everything a project can hold, with paint that packs well."""
    project = examples.full_project.__wrapped__(small_take())
    return replace(project, painting=_small_painting())


@cache
def small_portrait() -> Portrait:
    """A picture of noise with landmarks, matte and the codes of one model."""
    rng = np.random.default_rng(4)
    code = PortraitCode(
        identity=rng.standard_normal((2, 2, 2)).astype(np.float32),
        canonical=rng.standard_normal((2, 2, 3, 3)).astype(np.float16),
        theta=np.eye(4, dtype=np.float32),
        latent=rng.standard_normal(8).astype(np.float32),
    )
    return Portrait(
        name="Ann ✓",
        description="Noise.",
        picture=rng.integers(0, 256, (24, 32, 3)).astype(np.uint8),
        box=CropBox(2.5, 3.25, 20),
        landmarks=rng.uniform(0, 24, (478, 3)).astype(np.float32),
        matte=rng.integers(0, 256, (24, 32)).astype(np.uint8),
        weights=rng.random(52).astype(np.float32),
        head_rotation=rng.normal(0, 0.1, 3).astype(np.float32),
        gaze=rng.normal(0, 0.1, (2, 2)).astype(np.float32),
        provenance={"licence": "CC0", "notices": ["first frame"]},
        codes={"0a1b2c": code},
    )


def _head_arrays() -> dict[str, np.ndarray]:
    return examples.head_arrays.__wrapped__()


def _small_painting() -> Painting:
    tile = np.full((TILE, TILE, 4), 40_000, np.uint16)
    layers = {
        "1": PaintLayer("Base", raster=Raster(512, 4, {0: tile, 63: tile // 2})),
        "2": PaintLayer("Group ✓", kind=LayerKind.GROUP),
        "3": PaintLayer("Fill", parent="2", kind=LayerKind.FILL, colour=(0.1, 0.2, 1.0)),
    }
    return Painting(512, layers, "3")


def _projects() -> list[bytes]:
    saved = SavedProject(small_project(), {"camera": [1, 2.5], "name": "ä"})
    new = written(lambda path: save_project(saved, path), "new.studio")
    empty = written(lambda path: save_project(SavedProject(Project()), path), "new.studio")
    return [new, empty]


def _old_projects() -> list[bytes]:
    return [path.read_bytes() for path in sorted(_DATA.rglob("project_v*.studio"))]


def _avatars() -> list[bytes]:
    avatar = small_avatar()
    weights = {"layer.weight": np.ones((3, 4), np.float32), "layer.bias": np.zeros(3, np.float32)}
    face = FaceAsset(FaceKind.NEURAL, avatar.face.texture, weights, {"size": 16, "names": ["a"]})
    neural = replace(avatar, face=face)
    return [written(lambda path, each=each: save_avatar(each, path), "a.avatar")
            for each in (avatar, neural)]  # fmt: skip


def _hair() -> list[bytes]:
    picture = np.random.default_rng(2).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    hair = replace(hair_of(small_avatar(), "Bob", "A short one."), picture=picture)
    new = written(lambda path: save_hair(hair, path), "a.hair")
    return [new, *(path.read_bytes() for path in sorted(_DATA.rglob("*.hair")))]


def _portraits() -> list[bytes]:
    plain = replace(small_portrait(), codes={}, matte=None, landmarks=None, gaze=None)
    return [written(lambda path, each=each: save_portrait(each, path), "a.portrait")
            for each in (small_portrait(), plain)]  # fmt: skip


def _takes() -> list[bytes]:
    silent = replace(small_take(), gaze=None, audio=None, timecode=None)
    new = [written(lambda path, each=each: save_take(each, path), "a.take")
           for each in (small_take(), silent)]  # fmt: skip
    return [*new, *(path.read_bytes() for path in sorted(_DATA.rglob("*.take")))]


def _portrait_models() -> list[bytes]:
    info = PortraitModelInfo("A", "B ✓", {"size": 32}, {"generator": "CC0"}, {"hours": 1.5})
    arrays = {
        "generator.a.weight": np.arange(12, dtype=np.float32).reshape(3, 4),
        "head_pose.b": np.zeros(3, np.float16),
        "extra.c": np.zeros((0, 2), np.int64),
    }
    model = PortraitModelFile(info, arrays)
    return [written(lambda path: save_portrait_model(model, path), "a.safetensors")]


def _kept_heads() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        head: Any = small_avatar().head
        keep_head(Path(folder), "key", head)
        return [(Path(folder) / "key.head").read_bytes()]


def _read_kept_head(data: bytes, folder: Path) -> Any:
    (folder / "key.head").write_bytes(data)
    return cached_head(folder, "key")


def _records() -> list[bytes]:
    project = small_project()
    records = []
    for makers in EXAMPLES.values():
        for make in makers:
            try:
                record = make(project).to_record()
            except (AvatarError, ValueError, LookupError, TypeError):
                continue  # made for the larger painting of the commands' own tests
            data = record_to_bytes(record)
            if len(data) < 100_000:
                records.append(data)
    return records


def _read_record(data: bytes, _: Path) -> Command:
    return command_from_record(record_from_bytes(data))


def _write_record(command: Command, _: Path) -> bytes:
    return record_to_bytes(command.to_record())


def _save_plain_project(saved: SavedProject, path: Path) -> None:
    save_project(saved, path)


TARGETS = (
    Target(
        "project", _projects, read_file(load_project, "p.studio"), Shape.ZIP,
        write=write_file(_save_plain_project, "p.studio"), tells_flips=True,
        memory_bytes=700 * MIB,
    ),
    Target("project of old", _old_projects, read_file(load_project, "p.studio"), Shape.ZIP,
           memory_bytes=700 * MIB, write=write_file(_save_plain_project, "p.studio")),
    Target("damaged project", _projects, read_file(rescue_project, "p.studio"), Shape.ZIP,
           memory_bytes=700 * MIB),
    Target(
        "avatar", _avatars, read_file(load_avatar, "a.avatar"), Shape.ZIP,
        write=write_file(save_avatar, "a.avatar"), tells_flips=True, memory_bytes=700 * MIB,
    ),
    Target(
        "hair", _hair, read_file(load_hair, "a.hair"), Shape.ZIP,
        write=write_file(save_hair, "a.hair"), memory_bytes=700 * MIB,
    ),
    Target("hair label", _hair, read_file(load_hair_label, "a.hair"), Shape.ZIP),
    Target(
        "portrait", _portraits, read_file(load_portrait, "a.portrait"), Shape.ZIP,
        write=write_file(save_portrait, "a.portrait"), tells_flips=True, memory_bytes=700 * MIB,
    ),
    Target("portrait label", _portraits, read_file(load_portrait_label, "a.portrait"), Shape.ZIP),
    Target(
        "take", _takes, read_file(load_take, "a.take"), Shape.ZIP,
        write=write_file(save_take, "a.take"), tells_flips=True, memory_bytes=700 * MIB,
    ),
    Target(
        "portrait model", _portrait_models, read_file(load_portrait_model, "a.safetensors"),
        Shape.SAFETENSORS, write=write_file(save_portrait_model, "a.safetensors"),
    ),
    Target(
        "portrait model info", _portrait_models,
        read_file(load_portrait_model_info, "a.safetensors"), Shape.SAFETENSORS,
    ),
    Target("kept FLAME head", _kept_heads, _read_kept_head, Shape.ZIP, memory_bytes=700 * MIB),
    Target("command", _records, _read_record, write=_write_record),
)  # fmt: skip
