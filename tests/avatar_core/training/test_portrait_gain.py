from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from avatar_core.emoportraits.latent_map import REGIONS, LatentMap, region_units
from avatar_core.emoportraits.latents import LatentBasis
from avatar_core.emoportraits.learned import Learned
from avatar_core.motion import ARKIT_UNITS
from avatar_core.training import portrait_gain
from avatar_core.training.portrait_data import People
from avatar_core.training.portrait_gain import best_gains, gained
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from pathlib import Path

SHRUNK = {"mouth": 1 / 1.5, "upper face": 1.0, "lids": 1 / 2.0, "gaze": 1 / 1.25}
"""How small a model draws what it is told."""


@pytest.fixture
def identity_map() -> LatentMap:
    """Latents are the weights."""
    nothing = np.zeros((0, 52), np.float32)
    return LatentMap(
        np.zeros(52, np.float32), np.eye(52, dtype=np.float32), nothing, np.ones(1, np.float32)
    )


def test_a_gain_counts_for_the_units_of_its_region(identity_map: LatentMap) -> None:
    told = gained(identity_map, {"mouth": 1.5})
    weights = np.full((1, 52), 0.4, np.float32)
    latent = told.apply(weights)[0]
    mouth = region_units("mouth")
    np.testing.assert_allclose(latent[mouth], 0.6, rtol=1e-6)
    np.testing.assert_allclose(np.delete(latent, mouth), 0.4, rtol=1e-6)


@pytest.mark.parametrize(
    ("seen_up_to", "lids"), [(9.0, 2.0), (0.8, 1.5)], ids=["all are seen", "wild ones are lost"]
)
def test_what_is_drawn_too_small_is_told_larger(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    identity_map: LatentMap,
    seen_up_to: float,
    lids: float,
) -> None:
    """A stand-in draws latents as bare numbers, smaller by region; another reads them.

    That one finds no face where a brow is beyond `seen_up_to`, as gains above 1.5 make it.
    """
    brow = ARKIT_UNITS.index("browInnerUp")
    people = People(write_people(tmp_path / "people"), "train", 32)
    for name in people.names:  # toys move little: let every unit move
        person = people.person(name)
        person.weights[:] = np.random.default_rng(1).uniform(0.1, 0.5, person.weights.shape)
        person.weights[:, brow] = 0.5
    factors = np.ones(52, np.float32)
    for region, factor in SHRUNK.items():
        factors[region_units(region)] = factor
    asked: list[np.ndarray] = []

    class StandIn:
        def __init__(self, _model: object) -> None: ...

        def encoded(self, _batch: object) -> SimpleNamespace:
            return SimpleNamespace(theta=torch.eye(4)[None])

        def seen(self, images: torch.Tensor) -> torch.Tensor:
            return images

        def drawn(self, _code: object, latents: torch.Tensor, _theta: torch.Tensor) -> Any:
            return latents.numpy() * factors

    def tracked(_tracker: object, shown: Any) -> np.ndarray:
        if isinstance(shown, torch.Tensor):  # true pictures, the source's alone or all others
            return asked[-1] if len(shown) == 1 else asked[-2]
        found = np.concatenate([shown, np.zeros((len(shown), 3), np.float32)], 1)
        return np.where(found[:, brow, None] > seen_up_to, np.nan, found)

    def batch_of(person: Any, frames: list[int]) -> SimpleNamespace:
        asked.append(np.concatenate([person.weights[frames], np.zeros((len(frames), 3))], 1))
        pictures = torch.zeros(1, len(frames), 3, 4, 4)
        return SimpleNamespace(images=pictures, targets=pictures)

    monkeypatch.setattr(portrait_gain, "EvaluatedModel", StandIn)
    monkeypatch.setattr(portrait_gain, "tracked", tracked)
    monkeypatch.setattr(portrait_gain, "batch_of", batch_of)
    monkeypatch.setattr(portrait_gain, "FaceTracker", lambda threads: None)
    monkeypatch.setattr(portrait_gain, "mixed_pose", lambda _source, theta: theta)
    nothing = LatentBasis(
        np.zeros(52, np.float32), np.eye(52, dtype=np.float32)[:1], np.ones(1, np.float32)
    )
    monkeypatch.setattr(portrait_gain, "learned_of", lambda *_: Learned(identity_map, nothing))

    class HeadPose:
        def pose(self, images: torch.Tensor) -> SimpleNamespace:
            return SimpleNamespace(theta=torch.eye(4).expand(len(images), 4, 4))

    model = SimpleNamespace(
        extra={}, config=SimpleNamespace(expression_size=52), head_pose=HeadPose()
    )
    told: list[tuple[int, int]] = []
    found = best_gains(model, people, lambda *done: told.append(done))  # type: ignore[arg-type]
    assert found == {"mouth": 1.5, "upper face": 1.0, "lids": lids, "gaze": 1.25}
    assert told[-1] == (len(people), len(people))
    assert set(found) == set(REGIONS)
