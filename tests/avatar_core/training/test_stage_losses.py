"""Losses of whole pictures: which terms a stage has, and what they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.training import stage_losses
from avatar_core.training.captures import open_capture
from avatar_core.training.decoded_batch import DecodedBatch
from avatar_core.training.densification import resize
from avatar_core.training.losses import picture_loss
from avatar_core.training.mega_trainer import MegaTrainer
from avatar_core.training.settings import Stage, StagePlan, TrainerSettings, preset
from avatar_core.training.stage_losses import Sample, head_terms

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.heads import BlendshapeHead
    from avatar_core.mega.model import DecodedMaps

TINY = replace(
    preset("official"), tex_size=16, gaussians=60, device="cpu", tracking=None, densify=None
)


def trainer(
    capture_folder: Path, head: BlendshapeHead, run: Path, settings: TrainerSettings = TINY
) -> MegaTrainer:
    plans = {Stage.JOINT: StagePlan(1)}
    return MegaTrainer(open_capture(capture_folder), head, replace(settings, plans=plans), run)


@pytest.fixture
def run(capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path) -> MegaTrainer:
    made = trainer(capture_folder, ball_head, tmp_path / "run")
    made.model.networks.eval()
    return made


def sample_of(run: MegaTrainer, series: str) -> Sample:
    return run.sample_of(run.capture.frames(series)[1], 1.0)


def test_the_joint_stage_compares_the_whole_face_with_the_picture(run: MegaTrainer) -> None:
    """Hair and all, as published; the scalp's colour alone is the other way."""
    sample = sample_of(run, "full")
    terms, _ = run._terms(Stage.JOINT, sample)
    assert "scalp" not in terms
    face, _ = run.model.face(sample.posed, sample.camera)
    expected = picture_loss(face.rgb, torch.from_numpy(sample.picture.image), 0.2)
    torch.testing.assert_close(terms["face"], expected)
    weights = replace(run.settings.weights, joint_face=0.0, scalp_colour=0.3)
    run.settings = replace(run.settings, weights=weights)
    others, _ = run._terms(Stage.JOINT, sample)
    assert "face" not in others
    assert float(others["scalp"].detach()) > 0


def test_the_scalp_is_drawn_under_the_hair(run: MegaTrainer) -> None:
    """Pictures with hair over the face pull what lies under it; bald ones pull nothing."""
    weights = replace(run.settings.weights, scalp_shrink=4.0)
    terms = head_terms(run.model, sample_of(run, "full"), run._tables, weights)
    # The ball has a radius of 10 cm, and its scalp's centre lies about 7.5 cm above its own.
    assert 0.02 < float(terms["shrink"].detach()) / 4 < 0.1
    bald = head_terms(run.model, sample_of(run, "face"), run._tables, weights)
    assert float(bald["shrink"]) == 0
    assert "shrink" not in head_terms(
        run.model, sample_of(run, "full"), run._tables, replace(weights, scalp_shrink=0.0)
    )


def test_a_downhill_step_of_the_shrink_term_shrinks_the_scalp(run: MegaTrainer) -> None:
    weights = replace(run.settings.weights, scalp_shrink=1.0)
    sample = sample_of(run, "full")
    decoder = run.model.networks.disp_decoder
    decoder.requires_grad_(True)
    before = head_terms(run.model, sample, run._tables, weights)["shrink"]
    before.backward()
    with torch.no_grad():
        for parameter in decoder.parameters():
            if parameter.grad is not None:
                parameter -= 100.0 * parameter.grad  # its outputs are millimetres
    after = head_terms(run.model, sample, run._tables, weights)["shrink"]
    assert float(after.detach()) < float(before.detach()) - 1e-6


def decoded(run: MegaTrainer) -> tuple[list[Sample], DecodedMaps]:
    samples = [run.sample_of(frame, 1.0) for frame in run.capture.frames("face")[1:5:3]]
    return samples, run.model.decoded([s.posed for s in samples], [s.camera for s in samples])


def test_pictures_are_the_same_decoded_together_or_one_by_one(run: MegaTrainer) -> None:
    samples, maps = decoded(run)
    batch = DecodedBatch(maps)
    for k, sample in enumerate(samples):
        alone, vertices = run.model.face(sample.posed, sample.camera)
        together, displaced = run.model.face(sample.posed, sample.camera, maps=batch.of(k))
        torch.testing.assert_close(displaced, vertices, atol=1e-6, rtol=0)
        torch.testing.assert_close(together.rgb, alone.rgb, atol=1e-5, rtol=0)


def test_gradients_reach_the_decoders_through_the_cut(run: MegaTrainer) -> None:
    samples, maps = decoded(run)
    run.model.networks.requires_grad_(True)
    weight = run.model.networks.view_texture.upsample[0].conv2.weight  # type: ignore[union-attr]
    losses = []
    for sample in samples:
        losses.append(run.model.face(sample.posed, sample.camera)[0].rgb.square().mean())
    expected = torch.autograd.grad(sum(losses), weight)[0]  # type: ignore[arg-type]
    samples, maps = decoded(run)
    batch = DecodedBatch(maps)
    for k, sample in enumerate(samples):
        face, _ = run.model.face(sample.posed, sample.camera, maps=batch.of(k))
        face.rgb.square().mean().backward()
    assert weight.grad is None  # type: ignore[union-attr]
    batch.backward()
    torch.testing.assert_close(weight.grad, expected, rtol=1e-4, atol=1e-9)  # type: ignore[union-attr]


def test_a_head_posed_elsewhere_is_the_same_head(run: MegaTrainer) -> None:
    parameters = run.capture.frames("full")[4].parameters
    posed = run.model.posed(parameters)
    again = run.model.posed_as(
        posed.vertices, posed.expression, torch.from_numpy(parameters.joints)
    )
    for one, other in zip(posed, again, strict=True):
        assert torch.equal(one, other)
    assert posed.driving.shape == (1, 58)  # 52 units, two eyes
    np.testing.assert_array_equal(posed.driving[0, :52].numpy(), parameters.expression)


def test_the_deformation_is_weighed_as_published(run: MegaTrainer) -> None:
    """10 times the mean lengths of all offsets but the centres', in raw units; no factor beside."""
    sample = sample_of(run, "full")
    last = run.model.networks.deform_mlp.deform_expr[-1]
    with torch.no_grad():
        last.bias.copy_(torch.arange(14.0))  # type: ignore[union-attr,operator]
    terms, _ = run._terms(Stage.JOINT, sample)
    thousandths = np.arange(14) / 1000
    attributes = (thousandths[3:7], thousandths[7:10], thousandths[10:11], thousandths[11:14])
    expected = 10 * sum(float(np.linalg.norm(part)) for part in attributes)
    assert float(terms["deform"].detach()) == pytest.approx(expected, rel=1e-5)
    # Offsets that are the same for all keep every distance.
    assert float(terms["neighbours"].detach()) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("count", [0, 1])
def test_a_head_that_lost_its_hair_still_trains(
    count: int, capture_folder: Path, ball_head: BlendshapeHead, tmp_path: Path
) -> None:
    run = trainer(capture_folder, ball_head, tmp_path / "run")
    resize(run.model.networks.canonical_gs, count)
    run._enter(Stage.JOINT)
    losses, finite = run._gradients(Stage.JOINT)
    assert finite
    assert "deform" not in losses


@pytest.mark.parametrize("series", ["full", "face"])
def test_the_mouth_is_compared_once_more(
    series: str, run: MegaTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ball that is all mouth: the term is the mean distance of its pixels."""
    weights = replace(run.settings.weights, mouth=10.0)
    run.settings = replace(run.settings, weights=weights)
    sample = sample_of(run, series)
    assert float(run._terms(Stage.JOINT, sample)[0]["mouth"].detach()) == 0
    monkeypatch.setattr(stage_losses, "_MOUTH_PARTS", ("skin",))
    terms, _ = run._terms(Stage.JOINT, sample)
    face, _ = run.model.face(sample.posed, sample.camera)
    away = (face.rgb - torch.from_numpy(sample.picture.image)).norm(dim=-1) * face.valid
    expected = 10 * float(away.detach().mean())
    assert float(terms["mouth"].detach()) == pytest.approx(expected, rel=1e-4)
