"""The run over a finished model: its warps alone, then the source's own pixels alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.errors import AssetError, Cancelled, WeightsError
from avatar_core.training.portrait_batch import Sampling
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_networks import PortraitNetworks
from avatar_core.training.portrait_presets import Part, PortraitSettings, preset
from avatar_core.training.portrait_recipes import PortraitJob, averaged_weights, train_portrait
from avatar_core.training.portrait_trainer import PortraitTrainer, rate_at
from avatar_core.training.run_state import CHECKPOINT
from tests.avatar_core.training.portrait_tiny import TINY, tiny_settings
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.training.told_run import StepStatus

WARPS = (
    "generator.xy_generator_nw.",
    "generator.uv_generator_nw.",
    "generator.pose_unsqueeze_nw.",
    "generator.warp_embed_head_orig_nw.",
)
DETAIL = ("generator.detail_nw.",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    splits = ("train", "train", "test", "val")
    return write_people(tmp_path_factory.mktemp("people") / "eggs", splits)


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(4)
    return PortraitNetworks(TINY).state_dict()


def settings(steps: int = 4, warps: float = 0.5) -> PortraitSettings:
    return replace(
        preset("compact-finish", steps=steps),
        config=TINY,
        sampling=Sampling(people=2, drivers=2),
        warps_alone_until=warps,
        half=False,
        warm_up=0,
        checkpoint_every=2,
        preview_every=2,
    )


def trainer(folder: Path, out: Path, chosen: PortraitSettings) -> PortraitTrainer:
    return PortraitTrainer(People(folder, "train", 32), chosen, out)


def changed(trainer: PortraitTrainer, before: dict[str, torch.Tensor]) -> set[str]:
    now = trainer.networks.state_dict()
    return {name for name, value in before.items() if not torch.equal(value, now[name])}


@pytest.mark.parametrize(("warps", "learning"), [(1.0, WARPS), (0.0, DETAIL)])
def test_nothing_else_learns(
    folder: Path,
    tmp_path: Path,
    weights: dict[str, torch.Tensor],
    warps: float,
    learning: tuple[str, ...],
) -> None:
    run = trainer(folder, tmp_path, settings(2, warps))
    run.start_from(weights)
    run.run(lambda _status: None)
    names = changed(run, weights)
    assert {name for name in names if not name.startswith(learning)} == set()
    for start in learning:
        assert any(name.startswith(start) for name in names), start


def test_a_stopped_run_goes_on_as_if_nothing_had_been(
    folder: Path, tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    whole = trainer(folder, tmp_path / "whole", settings())
    whole.start_from(weights)
    whole.run(lambda _status: None)

    def stop_at_1(status: StepStatus) -> None:
        if status.step == 1:
            raise Cancelled

    first = trainer(folder, tmp_path / "parts", settings())
    first.start_from(weights)
    with pytest.raises(Cancelled):
        first.run(stop_at_1)
    second = trainer(folder, tmp_path / "parts", settings())
    assert second.resume()
    second.run(lambda _status: None)
    assert changed(second, whole.networks.state_dict()) == set()


def test_learning_brings_the_source_to_its_place(
    folder: Path, tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    told: list[dict[str, float]] = []
    run = trainer(folder, tmp_path, replace(settings(40, 0.5), rate=1e-2, rate_end=1e-3))
    run.start_from(weights)
    run.run(lambda status: told.append(status.losses))

    def mean(steps: slice, name: str) -> float:
        values = [step[name] for step in told[steps]]
        return sum(values) / len(values)

    assert mean(slice(15, 20), "warp_from") < 0.7 * mean(slice(0, 5), "warp_from")
    assert mean(slice(35, 40), "final_picture") < 0.9 * mean(slice(20, 25), "final_picture")


def test_a_model_is_made_of_another_run(folder: Path, tmp_path: Path) -> None:
    """That run knew nothing of the source's own pixels; its averaged weights count."""
    start = tmp_path / "older"
    train_portrait(PortraitJob(folder, start, tiny_settings(4)), lambda _status: None)
    averaged = averaged_weights(start)
    older = {name: value for name, value in averaged.items() if not name.startswith(DETAIL)}
    torch.save({"average": older}, start / CHECKPOINT)
    path = train_portrait(
        PortraitJob(folder, tmp_path / "out", settings(2), start=start), lambda _status: None
    )
    assert path.is_file()
    ended = averaged_weights(tmp_path / "out")
    kept = [name for name in older if name.startswith("generator.decoder_nw.")]
    assert kept
    assert all(torch.equal(ended[name], older[name]) for name in kept)


def test_it_needs_something_to_start_from(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="finishes a model") as caught:
        train_portrait(PortraitJob(folder, tmp_path, settings(2)), lambda _status: None)
    assert "--start" in caught.value.hint
    other = tmp_path / "other.pth"
    for content in ({"weights": torch.zeros(2)}, [torch.zeros(2)], torch.zeros(2)):
        torch.save(content, other)
        with pytest.raises(WeightsError, match="no checkpoint of a portrait model"):
            averaged_weights(other)
    run = trainer(folder, tmp_path / "out", settings(2))
    with pytest.raises(WeightsError, match="other sizes"):
        run.start_from({"generator.nobody": torch.zeros(2)})


def test_the_rate_falls_twice() -> None:
    chosen = replace(preset("compact-finish"), steps=1000, warm_up=0)
    alone = chosen.warp_steps
    assert [chosen.part_at(step) for step in (0, alone - 1, alone)] == [
        Part.WARPS,
        Part.WARPS,
        Part.DETAIL,
    ]
    assert rate_at(0, chosen) == rate_at(alone, chosen) == chosen.rate
    assert rate_at(alone - 1, chosen) < 1.1 * chosen.rate_end
    assert rate_at(1000, chosen) == pytest.approx(chosen.rate_end)
