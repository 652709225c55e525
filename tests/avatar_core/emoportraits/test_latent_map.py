"""Maps to latents that are known exactly, and what they tell of a face's regions."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.emoportraits import latent_map as lm
from avatar_core.errors import ShapeError
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX


def drawn(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def random_weights(count: int, seed: int = 0, inputs: int = 52) -> np.ndarray:
    draw = np.random.default_rng(seed)
    sparse = draw.random((count, inputs)) * (draw.random((count, inputs)) < 0.3)
    return sparse.astype(np.float32)


def known_map(inputs: int = 52, size: int = 80, quadratic: bool = False) -> lm.LatentMap:
    pairs = inputs * (inputs + 1) // 2
    return lm.LatentMap(
        drawn(size, seed=1),
        drawn(inputs, size, seed=2),
        0.3 * drawn(pairs, size, seed=3) if quadratic else np.zeros((0, size), np.float32),
        np.ones(1, np.float32),
    )


@pytest.mark.parametrize("quadratic", [False, True])
def test_a_map_is_found_again(quadratic: bool) -> None:
    truth = known_map(inputs=6, size=20, quadratic=quadratic)
    weights = random_weights(400, inputs=6)
    found = lm.fit_latent_map(weights, truth.apply(weights), quadratic=quadratic)
    assert found.neutral == pytest.approx(truth.neutral, abs=1e-2)
    assert found.slopes == pytest.approx(truth.slopes, abs=3e-2)
    other = random_weights(50, seed=8, inputs=6)
    assert found.apply(other) == pytest.approx(truth.apply(other), abs=2e-2)
    assert found.explained[0] > 0.999


def test_products_of_weights_by_hand() -> None:
    known = lm.LatentMap(
        np.zeros(1, np.float32),
        np.array([[1], [10]], np.float32),
        np.array([[100], [1000], [10000]], np.float32),  # aa, ab, bb
        np.ones(1, np.float32),
    )
    assert known.apply(np.array([1, 2], np.float32)).tolist() == [1 + 20 + 100 + 2000 + 40000]


def test_ridge_is_chosen_so_that_noise_is_not_learned() -> None:
    truth = known_map(size=30)
    weights = random_weights(90)
    noisy = truth.apply(weights) + 3 * drawn(90, 30, seed=5)
    other = random_weights(300, seed=8)

    def error(found: lm.LatentMap) -> float:
        return float(((found.apply(other) - truth.apply(other)) ** 2).mean())

    chosen = lm.fit_latent_map(weights, noisy)
    assert error(chosen) < 0.8 * error(lm.fit_latent_map(weights, noisy, ridge=1e-7))
    residual = ((chosen.apply(other) - truth.apply(other)) ** 2).sum(1).mean() + 9 * 30
    variance = truth.apply(other).var(0).sum() + 9 * 30
    assert chosen.explained[0] == pytest.approx(1 - residual / variance, abs=0.15)


def test_a_map_goes_to_a_file_and_back() -> None:
    first = known_map(inputs=5, quadratic=True)
    second = lm.LatentMap.from_arrays(first.arrays())
    weights = random_weights(3, inputs=5)
    assert np.array_equal(first.apply(weights), second.apply(weights))
    with pytest.raises(ShapeError, match="0 or 15 rows, got 4"):
        lm.LatentMap.from_arrays({**first.arrays(), "products": first.products[:4]})


def test_every_unit_belongs_to_one_region() -> None:
    units = [unit for region in lm.REGIONS for unit in lm.region_units(region)]
    assert sorted(units) == list(range(len(ARKIT_UNITS)))
    assert UNIT_INDEX["jawOpen"] in lm.region_units("mouth")
    assert lm.region_units("gaze", 56)[-4:] == [52, 53, 54, 55]


def test_weights_are_recognised_in_a_latent() -> None:
    truth = known_map()
    weights = random_weights(4)
    read = lm.recognised(truth, truth.apply(weights) - truth.neutral)
    assert read == pytest.approx(weights, abs=0.02)


def test_gain_of_a_region_moves_that_region_alone() -> None:
    truth = known_map()
    weights = random_weights(1)[0]
    calm = weights.copy()
    calm[lm.region_units("mouth")] = 0
    strong = weights.copy()
    strong[lm.region_units("upper face")] *= 1.5
    found = lm.region_gained(truth.apply(weights), truth, {"mouth": 0.0})
    assert found == pytest.approx(truth.apply(calm), abs=0.05)
    found = lm.region_gained(truth.apply(weights), truth, {"upper face": 1.5})
    assert found == pytest.approx(truth.apply(strong), abs=0.05)


def test_what_no_weight_explains_stays() -> None:
    truth = known_map(size=80)
    outside = np.linalg.svd(truth.slopes)[2][60]  # no weight moves along this
    found = lm.region_gained(truth.neutral + outside, truth, {"mouth": 0.0, "lids": 3.0})
    assert found == pytest.approx(truth.neutral + outside, abs=1e-4)


def test_intensity_goes_from_the_face_at_rest() -> None:
    truth = known_map()
    latent, rest = drawn(80, seed=7), drawn(80, seed=8)
    assert lm.region_gained(latent, truth, {}) == pytest.approx(latent, abs=1e-6)
    assert lm.region_gained(latent, truth, {}, intensity=0, neutral=rest) == pytest.approx(rest)
    twice = lm.region_gained(latent, truth, {}, intensity=2, neutral=rest)
    assert twice == pytest.approx(2 * latent - rest, abs=1e-5)
