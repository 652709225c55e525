"""The enhancer's rule: detail is added where the head is, to a larger picture."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from avatar_core.emoportraits.enhancer import Enhancer, EnhancerConfig
from avatar_core.errors import ShapeError

CONFIG = EnhancerConfig(32, 8, 12, 8, 4, 64, 1)


def test_detail_is_added_under_the_mask_alone() -> None:
    torch.manual_seed(11)
    enhancer = Enhancer(CONFIG).eval()
    frame, matte, mask = (
        torch.rand(2, 3, 16, 16),
        torch.rand(2, 1, 16, 16),
        torch.zeros(2, 1, 32, 32),
    )
    mask[..., :16] = 1
    large = functional.interpolate(frame, (32, 32), mode="bilinear")
    seen = large * functional.interpolate(matte, (32, 32), mode="bilinear")
    detail = enhancer.decoder(enhancer.local_encoder(seen))
    found = enhancer(frame, matte, mask)
    torch.testing.assert_close(found[..., 16:], large[..., 16:])
    torch.testing.assert_close(found[..., :16], (large + detail).clamp(0, 1)[..., :16])
    assert bool((detail.abs() <= 1).all())
    assert not torch.allclose(found, large)


def test_there_is_no_spectral_norm_in_it() -> None:
    names = Enhancer(CONFIG).state_dict()
    assert not any(name.endswith("_orig") for name in names)
    assert "decoder.res_decoder.1.block_feats.2.bias" in names
    assert {name.partition(".")[0] for name in names} == {"local_encoder", "decoder"}


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ShapeError, match="matte"):
        Enhancer(CONFIG)(torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16), torch.rand(1, 1, 8, 8))
