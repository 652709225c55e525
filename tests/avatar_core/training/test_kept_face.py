"""Hair is trained around a face that is there already, and parts are left out on request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from avatar_core.errors import AssetError, AvatarError
from avatar_core.mega.networks import MegaNetworks
from avatar_core.training.captures import open_capture
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.settings import (
    Stage,
    StagePlan,
    TrainerSettings,
    preset,
    with_steps_scaled,
)

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead

PLANS = {stage: StagePlan(3) for stage in Stage}


def tiny(**changes: object) -> TrainerSettings:
    settings = replace(preset("compact"), tex_size=16, gaussians=60, plans=PLANS)
    return replace(settings, **changes)  # type: ignore[arg-type]


def face_of(capture_folder: Path, head: BlendshapeHead, run: Path) -> MegaNetworks:
    first = MegaTrainer(open_capture(capture_folder), head, tiny(tex_size=32), run)
    first.run(lambda _status: None)
    return first.finished().networks


def changed(networks: MegaNetworks, before: dict[str, torch.Tensor]) -> set[str]:
    after = networks.state_dict()
    return {key.split(".")[0] for key in before if not torch.equal(before[key], after[key])}


@pytest.mark.parametrize("frozen", [True, False])
def test_only_hair_learns_around_a_kept_face(
    frozen: bool, capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    face = face_of(capture_folder, ball_head, tmp_path / "face")
    kept = {key: value.clone() for key, value in face.state_dict().items()}
    settings = tiny(gaussians=40, frozen_statistics=frozen)
    run = MegaTrainer(open_capture(capture_folder), ball_head, settings, tmp_path / "hair", face)
    stages: list[Stage] = []
    run.run(lambda status: stages.append(status.stage))
    assert stages == [Stage.HAIR] * 3 + [Stage.JOINT] * 3
    networks = run.finished().networks
    assert len(networks.canonical_gs._xyz) == 40
    hair = {key for key in kept if key.startswith("canonical_gs")}
    assert changed(networks, {k: v for k, v in kept.items() if k not in hair}) == set()


def test_a_face_of_another_kind_of_head_is_refused(
    capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    face = face_of(capture_folder, ball_head, tmp_path / "face")
    other = MegaNetworks(replace(face.config, n_expr=7))
    with pytest.raises(AssetError, match="another kind of head"):
        MegaTrainer(open_capture(capture_folder), ball_head, tiny(), tmp_path / "hair", other)


@pytest.mark.parametrize(
    ("part", "entry"), [("view", "view_texture"), ("dynamic", "dynamic_texture")]
)
def test_a_part_left_out_of_the_joint_stage_learns_nothing_there(
    part: str, entry: str, capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    for left_out, learns in (((), True), ((part,), False)):
        settings = tiny(plans={Stage.JOINT: StagePlan(6)}, left_out=left_out)
        capture = open_capture(capture_folder)
        run = MegaTrainer(capture, ball_head, settings, tmp_path / f"{part}{learns}")
        before = {key: value.clone() for key, value in run.model.networks.state_dict().items()}
        run.run(lambda _status: None)
        assert (entry in changed(run.model.networks, before)) == learns


def test_runs_can_be_shortened() -> None:
    settings = with_steps_scaled(preset("compact"), 0.25)
    assert [plan.steps for plan in settings.plans.values()] == [
        plan.steps // 4 for plan in preset("compact").plans.values()
    ]
    assert with_steps_scaled(preset("draft"), 1e-9).plans[Stage.HEAD].steps == 1
    for factor in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(AvatarError, match="scaled"):
            with_steps_scaled(settings, factor)
