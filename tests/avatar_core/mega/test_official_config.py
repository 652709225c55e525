"""params.yaml: every key that matters, and what happens without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from avatar_core.errors import WeightsError
from avatar_core.mega.networks import MegaConfig
from avatar_core.mega.official_config import OfficialConfig, shipped_values, yaml_of
from avatar_core.project.mega_options import OFFICIAL

TEXT = (Path(__file__).resolve().parents[2] / "data" / "mega" / "params.yaml").read_text()


def config(**changes: Any) -> OfficialConfig:
    return OfficialConfig.from_values({**yaml.safe_load(TEXT), **changes}, "params.yaml")


def test_what_the_file_says() -> None:
    said = OfficialConfig.from_yaml(TEXT, "params.yaml")
    assert (said.n_shape, said.n_expr, said.tex_size, said.tex_ch) == (10, 5, 64, 12)
    assert (said.deform_layers, said.num_freqs, said.uv_freqs) == ((16, 8), 6, 0)
    assert said.deform_attr == ("xyz", "rotation", "scaling", "opacity", "features_dc")
    assert said.still_parts == ()
    assert said.canonical_file == "00000.npz"
    assert said.pretrained_hair == ""
    assert (said.is_bald, said.is_hair_run, said.is_blur_older) == (False, False, False)
    assert said.assumed == ()


def test_what_it_does_not_say_is_assumed_and_told() -> None:
    said = OfficialConfig.from_yaml("{}", "params.yaml")
    assert (said.n_shape, said.n_expr, said.tex_size, said.deform_layers) == (
        300,
        100,
        1024,
        (128, 64),
    )
    assert "gs.deform_layers = (128, 64)" in said.assumed
    assert said.is_blur_older


def test_windows_paths_have_names_too() -> None:
    assert config(**{"data.canonical_flame_path": "D:\\data\\7.npz"}).canonical_file == "7.npz"


@pytest.mark.parametrize("written", ["xyz rotation", "xyz, rotation", ["xyz", "rotation"]])
def test_lists_may_be_texts(written: Any) -> None:
    assert config(**{"gs.deform_attr": written}).deform_attr == ("xyz", "rotation")


def test_plain_data_comes_back() -> None:
    said = OfficialConfig.from_yaml(TEXT + "run.date: 2025-04-01\nrun.rate: .inf\n", "params.yaml")
    assert said.values["run.date"] == "2025-04-01"
    assert said.values["run.rate"] == "inf"
    assert yaml.safe_load(yaml_of(said.values)) == said.values
    assert OfficialConfig.from_values(said.values, "params.yaml") == said


def test_the_shipped_configuration_describes_its_networks() -> None:
    sizes = MegaConfig(n_expr=50, tex_size=256, deform_layers=(32, 16), gaussians=3, uv_freqs=4)
    said = OfficialConfig.from_yaml(yaml_of(shipped_values(sizes, OFFICIAL, 80)), "params.yaml")
    assert (said.n_shape, said.n_expr, said.tex_size, said.uv_freqs) == (80, 50, 256, 4)
    assert said.deform_layers == (32, 16)
    assert not said.is_bald
    assert said.assumed == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("flame.n_expr", 101),
        ("flame.n_expr", True),
        ("flame.subdivision", 2),
        ("training.tex_size", 96),
        ("training.pe", "fourier"),
        ("gs.deform_layers", []),
        ("gs.pe.num_freqs", -1),
        ("flame.add_teeth", "yes"),
        ("gs.pretrain", 3),
        ("training.enc.mode", "deep_prior"),
    ],
)
def test_impossible_values_are_named(key: str, value: Any) -> None:
    with pytest.raises(WeightsError) as caught:
        config(**{key: value})
    assert key in caught.value.message


def test_a_number_where_names_belong_is_refused() -> None:
    with pytest.raises(WeightsError, match=r"offsets_ignore_parts should be a list of names"):
        config(**{"flame.offsets_ignore_parts": 3})
