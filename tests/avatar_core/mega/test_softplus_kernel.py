"""The compiled softplus against torch's."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import softplus

from avatar_core.mega.softplus_kernel import softplus_of_sum


def test_it_is_torchs_softplus() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate(
        [rng.normal(0, scale, (40, 33)) for scale in (1e-3, 1, 5, 50, 1e4)]
    ).astype(np.float32)
    shift = rng.normal(0, 1, 33).astype(np.float32)
    result = np.empty_like(rows)
    softplus_of_sum(rows, shift, result)
    expected = softplus(torch.from_numpy(rows + shift).double()).numpy()
    np.testing.assert_allclose(result, expected, rtol=2e-7, atol=1e-6)


def test_rows_may_be_written_over_and_none_are_fine() -> None:
    rows = np.array([[-1.0, 0.0, 2.0]], np.float32)
    softplus_of_sum(rows, np.zeros(3, np.float32), rows)
    np.testing.assert_allclose(rows[0], [0.3132617, 0.6931472, 2.126928], atol=1e-6)
    none = np.empty((0, 3), np.float32)
    softplus_of_sum(none, np.zeros(3, np.float32), none)
