"""How well a portrait model performs people it has never seen.

Everything is held against rendered truth. Expression and head are read by the studio's own face
tracker, from what was drawn and from the driver's true picture alike; identity is judged by a
network that was trained on true pictures alone (`portrait_identity`). A ratio is against no motion
at all: the source left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.emoportraits.learned import learned_of
from avatar_core.emoportraits.pose import mixed_pose
from avatar_core.emoportraits.source_detail import resized
from avatar_core.geometry.rotations import matrix_from_axis_angle
from avatar_core.training.metrics import score_picture
from avatar_core.training.portrait_batch import batch_of, joined
from avatar_core.training.portrait_cross import TrueDrives, true_drives
from avatar_core.training.portrait_sheets import pixels

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.emoportraits.generator import SourceCode
    from avatar_core.emoportraits.model import PortraitModel
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.training.portrait_batch import PortraitBatch
    from avatar_core.training.portrait_data import People, Person
    from avatar_core.training.portrait_identity import IdentityReferee

_TRACKED_PX = 512
_UNITS = 52
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """How much is drawn.

    Args:
        sources: persons that are driven, each from the picture nearest to neutral.
        drivers: pictures that drive each, of as many other persons.
        own: pictures of its own that drive each.
    """

    sources: int = 20
    drivers: int = 12
    own: int = 6


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """One source under N drivers.

    Args:
        source: [1, 3, S, S] the source on green.
        drivers: [N, 3, S, S] the drivers on green: what a perfect model of the driver would draw.
        drawn: [N, 3, S, S] by the model, from pictures.
        told: [N, 3, S, S] by the model, from the drivers' 52 weights.
        weights: [N, 52] true.
        theta: [N, 4, 4] true.
        truth: what some of these pictures should be, where that was rendered.
    """

    source: Tensor
    drivers: Tensor
    drawn: Tensor
    told: Tensor
    weights: Tensor
    theta: Tensor
    truth: TrueDrives | None = None


def evaluate_portrait(
    model: PortraitModel,
    people: People,
    referee: IdentityReferee,
    plan: EvaluationPlan | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, Any], list[Drive]]:
    """Scores of a model, and the pictures they are about.

    Args:
        model: with folded weights.
        people: never trained on, two at least. A model that keeps the source's pixels draws them as
            large as these pictures are; its networks see them at its own size.
        referee: judges identities.
        plan: how much is drawn.
        progress: called with (done, planned).
    """
    plan = plan or EvaluationPlan()
    names = people.names[: plan.sources]
    performer = EvaluatedModel(model)
    drives, own, poses = [], [], []
    for index, name in enumerate(names):
        person = people.person(name)
        source = nearest_to_neutral(person)
        drivers = _drivers(people, index, plan.drivers)
        drive = performer.drive(batch_of(person, [source]), drivers)
        truth = true_drives(people, name, drive.weights, people.image_size)
        drives.append(replace(drive, truth=truth))
        own.append(_self_scores(performer, person, source, plan.own))
        poses.append(performer.pose_errors(person))
        if progress is not None:
            progress(index + 1, len(names))
    scores = _scores(drives, referee)
    scores["head_pose_net_error_deg_median"] = _rounded(np.median(np.concatenate(poses)))
    scores["self"] = _mean([each for scored in own for each in scored])
    scores["people"] = len(names)
    scores["pictures"] = sum(len(drive.drawn) for drive in drives)
    return scores, drives


def sheet_rows(drives: list[Drive], rows: int = 8, columns: int = 8) -> list[UInt8]:
    """Rows for a contact sheet: of each source the drivers, then what was drawn."""
    made = []
    for drive in drives[:rows]:
        blank = torch.ones_like(drive.source)
        made.append(pixels(torch.cat([blank, drive.drivers[:columns]])))
        made.append(pixels(torch.cat([drive.source, drive.drawn[:columns]])))
    return made


def nearest_to_neutral(person: Person) -> int:
    """The frame with the least expression, looking ahead."""
    turned = np.abs(person.theta[:, 2, :2]).sum(1)
    return int((person.weights.sum(1) + 4 * turned).argmin())


class EvaluatedModel:
    """Drives a model as the studio does: every pose and latent is the model's own."""

    def __init__(self, model: PortraitModel) -> None:
        self._model = model
        self._learned = learned_of(model.extra, model.config.expression_size)

    @torch.inference_mode()
    def drive(self, source: PortraitBatch, drivers: PortraitBatch) -> Drive:
        """A source [1 person, 1 picture] under drivers [N persons, 1 picture]."""
        code = self.encoded(source)
        images = self.seen(drivers.images[:, 0])
        weights = drivers.motion[:, 0, :52]
        theta = self._model.head_pose.pose(images).theta
        posed = mixed_pose(code.theta, theta)
        seen = self._model.generator.expression(images, theta)
        told = seen
        if self._learned is not None:
            told = torch.from_numpy(self._learned.latent_map.apply(weights.numpy()))
        return Drive(
            source=source.targets[0],
            drivers=drivers.targets[:, 0],
            drawn=self.drawn(code, seen, posed),
            told=self.drawn(code, told, posed),
            weights=weights,
            theta=drivers.theta[:, 0],
        )

    @torch.inference_mode()
    def own(self, person: Person, source: int, frames: list[int]) -> Tensor:
        """A person under pictures of its own, [N, 3, S, S]."""
        code = self.encoded(batch_of(person, [source]))
        images = self.seen(batch_of(person, frames).images[0])
        theta = self._model.head_pose.pose(images).theta
        latents = self._model.generator.expression(images, theta)
        return self.drawn(code, latents, mixed_pose(code.theta, theta))

    @torch.inference_mode()
    def pose_errors(self, person: Person) -> Float32:
        """Degrees by which the head-pose network is off in every picture of a person."""
        batch = batch_of(person, range(len(person)))
        found = true_rotation(self._model.head_pose.pose(self.seen(batch.images[0])).theta)
        return angle_between(found, true_rotation(batch.theta[0])).numpy()

    def encoded(self, source: PortraitBatch) -> SourceCode:
        """The source as drivers need it, its pose read from the masked picture."""
        image, mask = source.images[:, 0], source.masks[:, 0]
        theta = self._model.head_pose.pose(self.seen(image) * self.seen(mask)).theta
        return self._model.generator.encode_source(image, mask, theta)

    def seen(self, pictures: Tensor) -> Tensor:
        """Pictures as the networks get them."""
        return resized(pictures, self._model.config.image_size)

    def drawn(self, code: SourceCode, latents: Tensor, theta: Tensor) -> Tensor:
        """[N, 3, S, S] of latents [N, Z] and poses [N, 4, 4]."""
        rows = [
            self._model.generator.drive(_repeated(code, len(part)), part, pose)
            for part, pose in zip(latents.split(8), theta.split(8), strict=True)
        ]
        return torch.cat(rows)


def _repeated(code: SourceCode, count: int) -> SourceCode:
    return type(code)(*(part.expand(count, *part.shape[1:]) for part in code.parts))


def _drivers(people: People, index: int, count: int) -> PortraitBatch:
    """One picture each of persons after a person in the set, going round."""
    parts = []
    for step in range(count):
        others = len(people) - 1
        name = people.names[(index + 1 + step % others) % len(people)]
        person = people.person(name)
        parts.append(batch_of(person, [(7 * index + 11 * step + 3) % len(person)]))
    return joined(parts)


def _scores(drives: list[Drive], referee: IdentityReferee) -> dict[str, Any]:
    tracker = FaceTracker(threads=1)
    rows: list[dict[str, Float32]] = []
    truths: list[dict[str, Float32]] = []
    for drive in drives:
        drawn, told = tracked(tracker, drive.drawn), tracked(tracker, drive.told)
        source, drivers = tracked(tracker, drive.source), tracked(tracker, drive.drivers)
        shown, own = referee.describe(drive.drawn), referee.describe(drive.source)
        others = referee.describe(drive.drivers)
        rows.append(
            {
                **_against(drawn, told, source, drivers),
                "lost": np.asarray(np.isnan(drawn[:, 0]), np.float32),
                "to_source": (shown * own).sum(1).numpy(),
                "to_driver": (shown * others).sum(1).numpy(),
                "swapped": (others * own).sum(1).numpy(),
            }
        )
        if drive.truth is not None:
            chosen, true = list(drive.truth.rows), tracked(tracker, drive.truth.images)
            row = _against(drawn[chosen], told[chosen], source, true)
            truths.append(row | {"perfect": _off(true, drivers[chosen])})
            truths[-1]["still_there"] = rows[-1]["still"][chosen]
    all_of = _joined(rows)
    mean = {name: _known_mean(values) for name, values in all_of.items()}
    nearer = all_of["to_source"] > all_of["to_driver"]
    return {
        "expression_error_tracker": _rounded(mean["drawn"]),
        "expression_error_tracker_from_weights": _rounded(mean["told"]),
        "expression_error_tracker_no_motion": _rounded(mean["still"]),
        "expression_ratio_tracker": _rounded(mean["drawn"] / mean["still"]),
        "expression_ratio_tracker_from_weights": _rounded(mean["told"] / mean["still"]),
        "pose_error_tracker_deg_median": _rounded(_known_median(all_of["pose"])),
        "pose_error_tracker_deg_median_no_motion": _rounded(_known_median(all_of["pose_still"])),
        "tracker_lost": int(all_of["lost"].sum()),
        "render_identity_to_source": _rounded(mean["to_source"]),
        "render_identity_to_driver": _rounded(mean["to_driver"]),
        "render_identity_driver_to_source": _rounded(mean["swapped"]),
        "render_identity_nearer_to_source_share": _rounded(nearer.mean()),
        **_truth_scores(truths),
    }


def _against(drawn: Float32, told: Float32, source: Float32, true: Float32) -> dict[str, Float32]:
    """How far what was found [B, 55] in drawn pictures and in the source [1, 55] is from `true`."""
    return {
        "drawn": _off(drawn, true),
        "told": _off(told, true),
        "still": _off(source, true),
        "pose": _turned(drawn, true),
        "pose_still": _turned(source, true),
    }


def _joined(rows: list[dict[str, Float32]]) -> dict[str, Float32]:
    """All pictures together; those without a face the tracker knows count as not moved."""
    all_of = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    for name, still in (("drawn", "still"), ("told", "still"), ("pose", "pose_still")):
        all_of[name] = np.where(np.isnan(all_of[name]), all_of[still], all_of[name])
    return all_of


def _truth_scores(rows: list[dict[str, Float32]]) -> dict[str, Any]:
    """Against true pictures of the source's person; nothing where none were rendered."""
    if not rows:
        return {}
    all_of = _joined(rows)
    mean = {name: _known_mean(values) for name, values in all_of.items()}
    return {
        "truth_pictures": len(all_of["still"]),
        "expression_error_truth": _rounded(mean["drawn"]),
        "expression_error_truth_no_motion": _rounded(mean["still"]),
        "expression_ratio_truth": _rounded(mean["drawn"] / mean["still"]),
        "expression_ratio_truth_from_weights": _rounded(mean["told"] / mean["still"]),
        "expression_ratio_tracker_perfect": _rounded(mean["perfect"] / mean["still_there"]),
        "pose_error_truth_deg_median": _rounded(_known_median(all_of["pose"])),
        "pose_error_truth_deg_median_no_motion": _rounded(_known_median(all_of["pose_still"])),
    }


def _self_scores(
    performer: EvaluatedModel, person: Person, source: int, count: int
) -> list[dict[str, float]]:
    frames = [frame for frame in range(len(person)) if frame != source]
    frames = frames[:: max(1, len(frames) // count)][:count]
    drawn = performer.own(person, source, frames).permute(0, 2, 3, 1).numpy()
    batch = batch_of(person, [source, *frames])
    targets = batch.targets[0].permute(0, 2, 3, 1).numpy()
    masks = batch.masks[0, :, 0].numpy()
    rows = []
    for made, wanted, mask in zip(drawn, targets[1:], masks[1:], strict=True):
        scored = score_picture(made.copy(), wanted.copy(), mask)
        still = score_picture(targets[0].copy(), wanted.copy(), mask)
        rows.append(
            {
                "psnr_masked_db": scored.psnr_masked_db,
                "psnr_db": scored.psnr_db,
                "ssim": scored.ssim,
                "psnr_masked_db_no_motion": still.psnr_masked_db,
                "ssim_no_motion": still.ssim,
            }
        )
    return rows


def tracked(tracker: FaceTracker, images: Tensor) -> Float32:
    """Weights and rotation [B, 52 + 3] that the studio's tracker finds; NaN without a face."""
    import cv2

    rows = []
    for image in pixels(images):
        tracker.reset()
        size = (_TRACKED_PX, _TRACKED_PX)
        face = tracker.track(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), 0.0)
        if face is None:
            rows.append(np.full(_UNITS + 3, np.nan, np.float32))
        else:
            rows.append(np.concatenate([face.motion.weights, face.motion.head_rotation]))
    return np.stack(rows).astype(np.float32)


def true_rotation(theta: Tensor) -> Tensor:
    """Rotations [B, 3, 3] of poses [B, 4, 4] with one scale."""
    linear = theta[:, :3, :3]
    scale = torch.linalg.det(linear).abs().pow(1 / 3)
    rotation: Tensor = linear / scale[:, None, None]
    return rotation


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Angles [B] between rotations [B, 3, 3], degrees."""
    cosine: Tensor = ((first * second).sum((1, 2)) - 1) / 2
    return torch.rad2deg(torch.acos(cosine.clamp(-1, 1)))


def _known_mean(values: Float32) -> float:
    """The mean without NaN; NaN where there is nothing else."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _known_median(values: Float32) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _off(found: Float32, wanted: Float32) -> Float32:
    """Mean absolute differences [B] of weights."""
    difference: Float32 = np.abs(found[:, :_UNITS] - wanted[:, :_UNITS])
    return np.asarray(difference.mean(1), np.float32)


def _turned(found: Float32, wanted: Float32) -> Float32:
    """Degrees [B] between head rotations, NaN where one is."""
    first, second = (
        torch.from_numpy(matrix_from_axis_angle(np.nan_to_num(each[:, _UNITS:]))).expand(
            len(wanted), 3, 3
        )
        for each in (found, wanted)
    )
    known = np.isfinite(found[:, 0]) & np.isfinite(wanted[:, 0])
    return np.where(known, angle_between(first, second).numpy(), np.nan).astype(np.float32)


def _mean(rows: list[dict[str, float]]) -> dict[str, float | None]:
    return {name: _rounded(np.mean([row[name] for row in rows])) for name in rows[0]}


def _rounded(value: float | np.floating[Any]) -> float | None:
    """For people and JSON, which knows no NaN."""
    return round(float(value), _DIGITS) if np.isfinite(value) else None
