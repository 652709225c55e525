from __future__ import annotations

import logging
import sys
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.workers import strand_builder
from app.workers.strand_builder import groom_ground, skin_faces
from app.workers.tasks import TaskContext
from avatar_core.hair.strands import Strands
from avatar_core.io.array_cache import keep_arrays
from avatar_core.io.avatar_file import load_avatar
from avatar_core.resources import resource_path
from tests.app.handlers.groom_stage import ground_of, small_avatar

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return small_avatar(load_avatar(resource_path("demo", "rosa.avatar")))


@pytest.fixture
def built(asset: AvatarAsset, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Notes how often strands are found, and gives known ones."""
    calls: list[Any] = []
    strands = ground_of(asset).strands

    def build(hair: Any, scalp: Any, normals: Any, step: Any) -> Strands:
        calls.append((hair, scalp, normals))
        step(0.5, "Half")
        return strands

    monkeypatch.setattr(strand_builder, "build_strands", build)
    return calls


def _ground(asset: AvatarAsset, folder: Path) -> Any:
    vertices = ground_of(asset).vertices
    return groom_ground(
        asset.hair, asset.head.topology, vertices, TaskContext(lambda: None), folder
    )


def test_strands_are_found_once_and_read_from_then_on(
    asset: AvatarAsset, built: list[Any], tmp_path: Path
) -> None:
    first = _ground(asset, tmp_path)
    again = _ground(asset, tmp_path)
    assert len(built) == 1
    _, scalp, normals = built[0]
    assert scalp.shape == normals.shape == (len(asset.head.topology.scalp_vertex_ids), 3)
    for each in fields(Strands):
        np.testing.assert_array_equal(
            getattr(first.strands, each.name), getattr(again.strands, each.name)
        )
    assert again.strands.guides.flags.writeable  # compiled loops want that


def test_other_hair_has_other_strands(asset: AvatarAsset, built: list[Any], tmp_path: Path) -> None:
    _ground(asset, tmp_path)
    moved = replace(asset.hair, means=asset.hair.means + np.float32(0.001))
    _ground(replace(asset, hair=moved), tmp_path)
    assert len(built) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("neighbours", 400),
        ("guide_ids", 40),
        ("node_rows", -5),
        ("places", 99.0),
        ("guides", np.nan),
    ],
)
def test_strands_that_make_no_sense_are_found_again(
    asset: AvatarAsset,
    built: list[Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: float,
) -> None:
    strands = ground_of(asset).strands
    arrays = {each.name: getattr(strands, each.name).copy() for each in fields(Strands)}
    arrays[name].flat[0] = value
    _ground(asset, tmp_path)
    (kept,) = tmp_path.glob("*.npz")
    keep_arrays(tmp_path, kept.stem, arrays)
    with caplog.at_level(logging.WARNING):
        _ground(asset, tmp_path)
    assert len(built) == 2
    assert "found again" in caplog.text


def test_eyes_and_teeth_are_no_skin(asset: AvatarAsset) -> None:
    topology = asset.head.topology
    faces = skin_faces(topology)
    assert 0 < len(faces) < len(topology.faces)
    eye = topology.part_names.index("eye_left")
    assert len(faces) <= (topology.face_part != eye).sum()


@pytest.mark.usefixtures("built")
def test_brushes_are_compiled_with_the_strands(asset: AvatarAsset, tmp_path: Path) -> None:
    loaded = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.startswith("avatar_core.hair.") and name.endswith("_kernels")
    }
    try:
        _ground(asset, tmp_path)
        tools = {
            "canvas_kernels": ("move", "turn"),
            "guide_kernels": ("near", "bend", "carry"),
            "lock_kernels": ("flood",),
            "picking_kernels": ("first_face", "near_pixel", "seen_from"),
        }
        for name, functions in tools.items():
            module = sys.modules[f"avatar_core.hair.{name}"]
            for function in functions:
                assert getattr(module, function).signatures, function
    finally:
        sys.modules.update(loaded)
