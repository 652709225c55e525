"""Exports in other hands: PlayCanvas' splat-transform, Khronos' validator, the makers' SPZ."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import struct
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from plyfile import PlyData

from avatar_core.exchange.gaussian_export import Axes, export_gaussians
from avatar_core.exchange.gltf_export import GltfSubject, export_gltf, export_posed_gltf
from avatar_core.exchange.gltf_hair import SPLATTING
from avatar_core.gaussians import seen_colours
from avatar_core.io.avatar_file import load_avatar
from avatar_core.io.spz import read_spz, write_spz
from avatar_core.mega import build
from avatar_core.resources import resource_path
from tests.avatar_core.exchange.gltf_reader import ReadGltf, matrix
from tests.avatar_core.exchange.test_gltf_export import performance

if TYPE_CHECKING:
    from avatar_core.project import AvatarAsset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_PACKAGES = (
    "@playcanvas/splat-transform@3.7.0",
    "gltf-validator@2.0.0-dev.3.10",
    "@adobe/spz@0.2.3",
)
_VALIDATE = """
const fs = require('fs');
const validator = require('gltf-validator');
validator.validateBytes(new Uint8Array(fs.readFileSync(process.argv[2])), {maxIssues: 1000})
  .then((report) => console.log(JSON.stringify(report)));
"""
_SPZ = """
import fs from 'fs';
import createModule from '@adobe/spz';
const order = JSON.parse(fs.readFileSync(process.argv[2]));
const spz = await createModule();
if (order.read) {
  const cloud = spz.loadSpzFromBuffer(
    new Uint8Array(fs.readFileSync(order.read)), {to: spz.CoordinateSystem[order.to]});
  const answer = {shDegree: cloud.shDegree};
  for (const name of ['positions', 'scales', 'rotations', 'alphas', 'colors', 'sh'])
    answer[name] = Array.from(cloud[name]);
  fs.writeFileSync(process.argv[3], JSON.stringify(answer));
} else {
  const cloud = {numPoints: order.alphas.length, shDegree: order.shDegree, antialiased: false,
                 extensions: []};
  for (const name of ['positions', 'scales', 'rotations', 'alphas', 'colors', 'sh'])
    cloud[name] = new Float32Array(order[name]);
  fs.writeFileSync(order.write, spz.saveSpzToBuffer(
    cloud, {version: 3, from: spz.CoordinateSystem.RUB, sh1Bits: 8, shRestBits: 8}));
  fs.writeFileSync(process.argv[3], '{}');
}
"""
_NO_SUCH_PACKAGE = ("E404", "ETARGET", "EINVALIDTAGNAME", "EUNSUPPORTEDPROTOCOL")
_INVALID_NAME = "MESH_PRIMITIVE_INVALID_ATTRIBUTE"


@pytest.fixture(scope="session")
def tools() -> Path:
    """A folder with the programs, installed once and kept among temporary files.

    Without npm or its registry there is nothing to hold files against; other packages than the
    ones above, or none of that name, are no reason to skip.
    """
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed")
    which = hashlib.sha256("\n".join(_PACKAGES).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"avatar-studio-foreign-tools-{which}"
    if not (folder / "complete").exists():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"name": "foreign-tools", "private": true}')
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *_PACKAGES]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            assert not any(code in done.stderr for code in _NO_SUCH_PACKAGE), done.stderr
            pytest.skip(f"npm could not install the tools: {done.stderr[-300:]}")
        (folder / "complete").touch()
    (folder / "validate.cjs").write_text(_VALIDATE)
    (folder / "spz.mjs").write_text(_SPZ)
    return folder


@pytest.fixture(scope="module")
def rosa() -> AvatarAsset:
    asset = load_avatar(resource_path("demo", "rosa.avatar"))
    return replace(asset, hair=asset.hair.subset(slice(None, None, 50)))


def converted(tools: Path, source: Path, target: Path) -> Path:
    program = tools / "node_modules" / "@playcanvas" / "splat-transform" / "bin" / "cli.mjs"
    done = subprocess.run(
        ["node", str(program), "-q", "-w", str(source), str(target)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return target


def validated(tools: Path, path: Path) -> dict[str, Any]:
    done = subprocess.run(
        ["node", str(tools / "validate.cjs"), str(path)],
        cwd=tools, capture_output=True, text=True, check=True,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def covariances(read: ReadGltf, mesh: str) -> np.ndarray:
    turns = np.stack([matrix(each) for each in read.attribute(mesh, f"{SPLATTING}:ROTATION")])
    stretched = turns * read.attribute(mesh, f"{SPLATTING}:SCALE")[:, None, :]
    return np.asarray(stretched @ np.swapaxes(stretched, 1, 2))


def harmonics(read: ReadGltf, mesh: str) -> np.ndarray:
    names = [f"SH_DEGREE_{degree}_COEF_{at}" for degree in range(3) for at in range(2 * degree + 1)]
    names = [
        each for each in names if hasattr(read.primitive(mesh).attributes, f"{SPLATTING}:{each}")
    ]
    return np.stack([read.attribute(mesh, f"{SPLATTING}:{each}") for each in names], axis=1)


@pytest.mark.parametrize(
    ("suffix", "axes", "size", "colour", "shape"),
    [("ply", None, 1e-5, 1e-5, 1e-5), ("splat", None, 1e-5, 0.51 / 255, 0.05),
     ("spz", Axes.Y_DOWN, 1 / 30, 1 / 255, 0.08)],
)  # fmt: skip
def test_a_viewer_shows_gaussian_files_where_our_gltf_has_the_hair(
    rosa: AvatarAsset,
    tools: Path,
    suffix: str,
    axes: Axes | None,
    size: float,
    colour: float,
    shape: float,
    tmp_path: Path,
) -> None:
    """What splat-transform makes of a file in glTF's axes is what we write into glTF ourselves."""
    export_posed_gltf(
        GltfSubject(rosa), tmp_path / "ours.glb", build(rosa).evaluate(performance()[0])
    )
    export_gaussians(
        rosa, tmp_path / f"hair.{suffix}", None, build(rosa).evaluate(performance()[0]), axes
    )
    ours = ReadGltf.of(tmp_path / "ours.glb")
    theirs = ReadGltf.of(converted(tools, tmp_path / f"hair.{suffix}", tmp_path / "theirs.glb"))
    theirs.gltf.meshes[0].name = "Hair"
    np.testing.assert_allclose(
        theirs.attribute("Hair", "POSITION"), ours.attribute("Hair", "POSITION"), atol=2e-6
    )
    scales = [read.attribute("Hair", f"{SPLATTING}:SCALE") for read in (theirs, ours)]
    np.testing.assert_allclose(*scales, rtol=size)
    before, after = covariances(ours, "Hair"), covariances(theirs, "Hair")
    largest = np.abs(before).max(axis=(1, 2), keepdims=True)
    assert (np.abs(after - before) / largest).max() < shape
    opacities = [read.attribute("Hair", f"{SPLATTING}:OPACITY")[:, 0] for read in (theirs, ours)]
    np.testing.assert_allclose(*opacities, atol=max(colour, 1e-4))
    shown = [
        np.clip(0.5 + 0.28209479177387814 * harmonics(read, "Hair")[:, 0], 0, 1)
        for read in (theirs, ours)
    ]
    assert np.abs(shown[0] - shown[1]).max() <= colour
    if suffix == "splat":
        return
    direction = np.tile(np.array([[0.48, -0.6, 0.64]], np.float32), (len(shown[0]), 1))
    seen = [
        seen_colours(harmonics(read, "Hair").astype(np.float32), direction)
        for read in (theirs, ours)
    ]
    assert np.abs(seen[0] - seen[1]).max() <= 3 * colour


@pytest.mark.parametrize("suffix", ["ply", "spz", "splat"])
def test_numbers_are_what_another_reader_reads(
    rosa: AvatarAsset, tools: Path, suffix: str, tmp_path: Path
) -> None:
    """In the axes of the file, as columns of a PLY that plyfile reads."""
    path = tmp_path / f"hair.{suffix}"
    export_gaussians(rosa, path, axes=Axes.Y_UP)
    vertices = PlyData.read(str(converted(tools, path, tmp_path / "theirs.ply")))["vertex"]
    hair = rosa.hair
    assert len(vertices) == len(hair)
    means = np.stack([vertices[name] for name in "xyz"], axis=1)
    np.testing.assert_allclose(means, hair.means, atol=1e-6)
    scales = np.exp(np.stack([vertices[f"scale_{at}"] for at in range(3)], axis=1))
    np.testing.assert_allclose(scales, hair.scales, rtol={"spz": 1 / 30}.get(suffix, 1e-5))
    base = np.stack([vertices[f"f_dc_{at}"] for at in range(3)], axis=1)
    shown = [np.clip(0.5 + 0.28209479177387814 * each, 0, 1) for each in (base, hair.sh[:, 0])]
    assert np.abs(shown[0] - shown[1]).max() < 1 / 255
    opacities = 1 / (1 + np.exp(-np.asarray(vertices["opacity"])))
    np.testing.assert_allclose(opacities, hair.opacities, atol=0.51 / 255)


def official(tools: Path, order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the library of the format's makers does."""
    asked, answered = folder / "order.json", folder / "answer.json"
    asked.write_text(json.dumps(order))
    done = subprocess.run(
        ["node", str(tools / "spz.mjs"), str(asked), str(answered)],
        cwd=tools, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(answered.read_text())
    return answer


def test_the_makers_library_reads_our_packed_files_as_we_do(
    rosa: AvatarAsset, tools: Path, tmp_path: Path
) -> None:
    path = tmp_path / "hair.spz"
    export_gaussians(rosa, path)
    hair, ours = rosa.hair, read_spz(path)
    answer = official(tools, {"read": str(path), "to": "RUB"}, tmp_path)
    theirs = {name: np.array(values) for name, values in answer.items()}
    count = len(hair)
    assert theirs["shDegree"] == hair.degree
    np.testing.assert_allclose(theirs["positions"].reshape(count, 3), ours.means, atol=1e-7)
    np.testing.assert_allclose(theirs["positions"].reshape(count, 3), hair.means, atol=1e-6)
    np.testing.assert_allclose(np.exp(theirs["scales"]).reshape(count, 3), ours.scales, rtol=1e-4)
    turns = np.roll(theirs["rotations"].reshape(count, 4), 1, axis=1)
    likeness = np.abs((turns * ours.quats).sum(axis=1)) / np.linalg.norm(turns, axis=1)
    assert likeness.min() > 1 - 1e-6
    np.testing.assert_allclose(1 / (1 + np.exp(-theirs["alphas"])), ours.opacities, atol=1e-5)
    np.testing.assert_allclose(theirs["colors"].reshape(count, 3), ours.sh[:, 0], atol=1e-5)
    np.testing.assert_allclose(theirs["sh"].reshape(count, -1, 3), ours.sh[:, 1:], atol=1e-6)
    # Asked for a PLY's axes it turns the hair upside down: y up is what it takes the file for.
    ply = official(tools, {"read": str(path), "to": "RDF"}, tmp_path)
    turned = np.array(ply["positions"]).reshape(count, 3)
    np.testing.assert_allclose(turned, ours.means * [1, -1, -1], atol=1e-7)


def test_packed_files_of_the_makers_library_are_read(
    rosa: AvatarAsset, tools: Path, tmp_path: Path
) -> None:
    """And ours hold the same bytes, but for positions, which are finer."""
    hair, path = rosa.hair, tmp_path / "theirs.spz"
    order = {
        "write": str(path),
        "shDegree": hair.degree,
        "positions": hair.means.ravel().tolist(),
        "scales": np.log(hair.scales).ravel().tolist(),
        "rotations": np.roll(hair.quats, -1, axis=1).ravel().tolist(),
        "alphas": np.log(hair.opacities / (1 - hair.opacities)).tolist(),
        "colors": hair.sh[:, 0].ravel().tolist(),
        "sh": hair.sh[:, 1:].ravel().tolist(),
    }
    official(tools, order, tmp_path)
    read = read_spz(path)
    np.testing.assert_allclose(read.means, hair.means, atol=0.51 / 4096)
    np.testing.assert_allclose(read.scales, hair.scales, rtol=1 / 30)
    assert np.abs((read.quats * hair.quats).sum(axis=1)).min() > 0.99999
    np.testing.assert_allclose(read.opacities, hair.opacities, atol=0.51 / 255)
    np.testing.assert_allclose(read.sh, hair.sh, atol=0.014)
    write_spz(tmp_path / "ours.spz", hair)
    ours, theirs = (
        gzip.decompress((tmp_path / name).read_bytes()) for name in ("ours.spz", "theirs.spz")
    )
    assert len(ours) == len(theirs)
    after_positions = 16 + 9 * len(hair)
    one, other = (np.frombuffer(each, np.uint8)[after_positions:] for each in (ours, theirs))
    # Halves may be rounded either way.
    differing = one != other
    assert differing.mean() < 0.001
    packed_turns = slice(7 * len(hair), 11 * len(hair))
    differing[packed_turns] = False
    assert np.abs(one.astype(int) - other)[differing].max(initial=0) <= 1


def test_the_validator_finds_no_errors_in_a_head_that_performs(
    rosa: AvatarAsset, tools: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rosa.glb"
    export_gltf(GltfSubject(rosa, with_hair=False), path, ("Performance", performance()))
    report = validated(tools, path)
    assert (report["issues"]["numErrors"], report["issues"]["numWarnings"]) == (0, 0), report
    info = report["info"]
    assert (info["animationCount"], info["hasMorphTargets"], info["hasSkins"]) == (1, True, True)
    assert info["totalTriangleCount"] == len(rosa.head.topology.faces)


@pytest.mark.parametrize("is_posed", [False, True])
def test_the_validator_stumbles_over_nothing_but_the_names_of_the_newer_extension(
    rosa: AvatarAsset, tools: Path, is_posed: bool, tmp_path: Path
) -> None:
    """It does not know the extension, and takes its attributes for misspelt ones."""
    path = tmp_path / "rosa.glb"
    if is_posed:
        frame = build(rosa).evaluate(performance()[2])
        export_posed_gltf(GltfSubject(rosa), path, frame)
    else:
        export_gltf(GltfSubject(rosa), path, ("Performance", performance()))
    for issue in validated(tools, path)["issues"]["messages"]:
        if issue["severity"] == 0:
            assert issue["code"] == _INVALID_NAME
            assert f"attributes/{SPLATTING}:" in issue["pointer"]
    # The same file with names that applications may give their own attributes.
    _rename_attributes(path, tmp_path / "renamed.glb")
    report = validated(tools, tmp_path / "renamed.glb")
    assert (report["issues"]["numErrors"], report["issues"]["numWarnings"]) == (0, 0), report


def test_the_validator_sees_faults(rosa: AvatarAsset, tools: Path, tmp_path: Path) -> None:
    path = tmp_path / "rosa.glb"
    export_posed_gltf(
        GltfSubject(rosa, with_hair=False), path, build(rosa).evaluate(performance()[0])
    )
    data = bytearray(path.read_bytes())
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    document["accessors"][0]["min"][0] -= 1.0
    _write(path, document, bytes(data[28 + length :]))
    assert validated(tools, path)["issues"]["numErrors"] > 0


def _rename_attributes(source: Path, target: Path) -> None:
    data = source.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    for mesh in document["meshes"]:
        for primitive in mesh["primitives"]:
            primitive["attributes"] = {
                name.replace(f"{SPLATTING}:", "_"): index
                for name, index in primitive["attributes"].items()
            }
    _write(target, document, data[28 + length :])


def _write(path: Path, document: dict[str, Any], binary: bytes) -> None:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    size = 28 + len(text) + len(binary)
    path.write_bytes(
        struct.pack("<4sII", b"glTF", 2, size)
        + struct.pack("<I4s", len(text), b"JSON") + text
        + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    )  # fmt: skip
