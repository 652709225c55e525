"""Files made to do harm, or broken: one clear sentence, nothing executed, nothing overwritten."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import yaml

from avatar_core import cli
from avatar_core.errors import AvatarError, WeightsError
from avatar_core.exchange.official_import import import_official
from avatar_core.mega.checkpoint import read_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar_core.io.flame_sources import FlameSources

LATEST = "checkpoint_latest.pth"


class Attack:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


@pytest.fixture
def refused(
    run_folder: Path, flame_sources: FlameSources, flame_cache: Path
) -> Callable[[], AvatarError]:
    """Imports the run, and gives the error it must end with."""

    def run() -> AvatarError:
        with pytest.raises(AvatarError) as caught:
            import_official(run_folder, flame_sources, None, flame_cache)
        assert caught.value.message.count("\n") == 0
        return caught.value

    return run


def changed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = torch.load(folder / LATEST, weights_only=True)
    change(content)
    torch.save(content, folder / LATEST)


@pytest.mark.parametrize("place", ["beside", "inside", "alone"])
def test_code_in_a_checkpoint(place: str, run_folder: Path, refused: Any) -> None:
    trace = run_folder / "executed"
    attack = Attack(f"touch {trace}")

    def change(content: dict[str, Any]) -> None:
        if place == "beside":
            content["optimizer"] = attack
        else:
            content["pe"]["m_u"] = attack

    if place == "alone":
        (run_folder / LATEST).write_bytes(pickle.dumps(attack))
        assert "checkpoint_latest.pth" in refused().message
    else:
        changed(run_folder, change)
        assert "wants to use posix.system" in refused().message.replace("nt.system", "posix.system")
    assert not trace.exists()


def test_numpys_numbers_in_the_optimizer_are_no_harm(run_folder: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        rates = [{"lr": np.float64(1e-3), "name": "gs.xyz", "of": np.arange(3)}]
        content["optimizer"] = {"state": {}, "param_groups": rates}
        content["epoch"] = np.int64(7)

    before = read_checkpoint(run_folder / LATEST)
    changed(run_folder, change)
    after = read_checkpoint(run_folder / LATEST)
    assert after.states.keys() == before.states.keys()
    assert "epoch" not in after.progress


def repacked(folder: Path, change: Callable[[zipfile.ZipInfo, bytes], bytes],
             method: int = zipfile.ZIP_STORED) -> None:  # fmt: skip
    source = io.BytesIO((folder / LATEST).read_bytes())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(folder / LATEST, "w", method) as new:
        for info in old.infolist():
            new.writestr(info.filename, change(info, old.read(info)))


def test_a_zip_bomb(run_folder: Path, refused: Any) -> None:
    big = bytes(200_000_000)

    def change(info: zipfile.ZipInfo, data: bytes) -> bytes:
        return big if info.filename.endswith("/data/0") else data

    repacked(run_folder, change, zipfile.ZIP_DEFLATED)
    assert (run_folder / LATEST).stat().st_size < 5_000_000
    assert "packed" in refused().message


def test_members_over_one_another(run_folder: Path, refused: Any) -> None:
    """Many names for the same bytes, as in bombs without nesting."""
    path = run_folder / LATEST
    with zipfile.ZipFile(path, "a") as archive:
        largest = max(archive.infolist(), key=lambda info: info.file_size)
        for number in range(400):
            twin = zipfile.ZipInfo(f"again/{number}")
            for name in ("file_size", "compress_size", "CRC", "header_offset"):
                setattr(twin, name, getattr(largest, name))
            archive.filelist.append(twin)
        archive._didModify = True  # type: ignore[attr-defined]
    assert "packed" in refused().message


def test_numbers_that_are_not_there(run_folder: Path, refused: Any) -> None:
    """A tensor of gigabytes made of one number, repeated by a stride of zero."""
    changed(
        run_folder,
        lambda content: content["canonical_gs"].update(_xyz=torch.zeros(1).expand(1 << 30, 3)),
    )
    assert "damaged tensors: canonical_gs._xyz" in refused().message


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(4).to_sparse(),
        torch.zeros(4, dtype=torch.complex64),
        "text",
        [1.0],
        torch.zeros((1,) * 9),
        torch.zeros(3, device="meta"),
    ],
    ids=["sparse", "complex", "text", "list", "dimensions", "meta"],
)
def test_things_that_are_no_weights(value: Any, run_folder: Path, refused: Any) -> None:
    changed(run_folder, lambda content: content["pe"].update(m_u=value))
    assert LATEST in refused().message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(value: float, run_folder: Path, refused: Any) -> None:
    def change(content: dict[str, Any]) -> None:
        content["head_mlp"]["final_siren.0.net.3.bias"][1] = value
        content["canonical_gs"]["_opacity"][3] = value

    changed(run_folder, change)
    message = refused().message
    assert "not finite" in message
    assert "head_mlp.final_siren.0.net.3.bias" in message
    assert "canonical_gs._opacity" in message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99, 0.9999])
def test_truncated_checkpoints(share: float, run_folder: Path, refused: Any) -> None:
    data = (run_folder / LATEST).read_bytes()
    (run_folder / LATEST).write_bytes(data[: int(share * len(data))])
    assert "cut off" in refused().message


def test_flipped_bytes_give_an_error_or_an_avatar(run_folder: Path) -> None:
    """Wherever the pickle is damaged, the reader ends with a sentence."""
    data = bytearray((run_folder / LATEST).read_bytes())
    start = bytes(data).index(b"data.pkl")
    rng = np.random.default_rng(0)
    for place in rng.integers(start, start + 6000, 60):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        (run_folder / "broken.pth").write_bytes(broken)
        try:
            read_checkpoint(run_folder / "broken.pth")
        except WeightsError as error:
            assert "broken.pth" in error.message  # noqa: PT017


def test_wrong_shapes(run_folder: Path, refused: Any) -> None:
    changed(run_folder, lambda content: content["canonical_gs"].update(_rotation=torch.ones(7, 4)))
    assert "_rotation has shape [7, 4] instead of [30, 4]" in refused().message


def test_other_files_under_the_name(run_folder: Path, refused: Any) -> None:
    torch.save({"weights": torch.zeros(3)}, run_folder / LATEST)
    assert "no checkpoint of MeGA" in refused().message
    torch.save([1, 2], run_folder / LATEST)
    assert "no checkpoint of MeGA" in refused().message


YAML = {
    "python object": "training.tex_size: !!python/object/apply:os.system ['touch executed']",
    "merge bomb": "a: &a {x: 1}\nb: &b {<<: [*a, *a, *a]}\ntraining.tex_size: 64",
    "nested": "training:\n  tex_size: 64",
    "a list": "[1, 2]",
    "broken": "training.tex_size: [64",
    "size": "training.tex_size: 1000000000",
    "odd size": "training.tex_size: 65",
    "type": "training.tex_size: big",
    "layers": "gs.deform_layers: [100000000, 4]",
    "attribute": "gs.deform_attr: [sparkle]",
    "twice": "gs.deform_attr: [xyz, xyz]",
    "variant": "training.neural_texture: false",
    "mouth": "flame.subdivision.mouth: 2",
    "weight norm": "gs.deform_weightnorm: true",
    "pose": "flame.n_pose: 6",
    "deep": "a: " + "[" * 5000,
    "large": "a: " + "x" * 200_000,
    "number": "flame.n_expr: " + "9" * 6000,
}


@pytest.mark.parametrize("name", list(YAML))
def test_configurations_that_cannot_be(
    name: str, run_folder: Path, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run_folder)
    (run_folder / "params.yaml").write_text(YAML[name])
    assert "params.yaml" in refused().message
    assert not (run_folder / "executed").exists()


def test_a_path_in_the_configuration_is_not_followed(
    run_folder: Path, flame_sources: FlameSources, flame_cache: Path
) -> None:
    elsewhere = run_folder.parent / "secret.npz"
    (run_folder / "00000.npz").rename(elsewhere)
    values = yaml.safe_load((run_folder / "params.yaml").read_text())
    values["data.canonical_flame_path"] = str(elsewhere)
    (run_folder / "params.yaml").write_text(yaml.safe_dump(values))
    report = import_official(run_folder, flame_sources, None, flame_cache)
    assert elsewhere not in report.used_files
    for name in ("..", ".", "../..", "/"):
        values["data.canonical_flame_path"] = name
        (run_folder / "params.yaml").write_text(yaml.safe_dump(values))
        import_official(run_folder, flame_sources, None, flame_cache)


@pytest.mark.parametrize(
    "arrays",
    [
        {"expr": np.zeros((3, 6), np.float32)},
        {"shape": np.full((1, 10), np.nan, np.float32)},
        {"rotation": np.zeros((2, 3), np.float32)},
        {"expr": np.zeros((0, 5), np.float32)},
        {"eyes_pose": None},
        {"translation": np.array([{"a": 1}], object)},
    ],
)
def test_head_parameters_that_cannot_be(
    arrays: dict[str, Any], run_folder: Path, refused: Any
) -> None:
    path = run_folder / "flame_params.npz"
    with np.load(path) as stored:
        kept = {**{name: stored[name] for name in stored.files}, **arrays}
    np.savez(path, **{name: values for name, values in kept.items() if values is not None})
    assert "flame_params.npz" in refused().message


def test_a_refused_import_leaves_the_old_avatar(
    run_folder: Path, flame_user_folder: Path, tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "a.avatar"
    out.write_bytes(b"what was there before")
    trace = run_folder / "executed"
    changed(run_folder, lambda content: content.update(epoch=Attack(f"touch {trace}")))
    arguments = [str(run_folder), "--flame", str(flame_user_folder / "flame2023.pkl")]
    assert cli.main(["import-mega", *arguments, "--out", str(out)]) == 2
    assert "wants to use" in capsys.readouterr().err
    assert out.read_bytes() == b"what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["306_full", "a.avatar"]
    assert not trace.exists()
