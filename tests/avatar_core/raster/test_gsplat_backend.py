"""Splatting on lists made by gsplat: with a stand-in on the CPU, with the real one on CUDA."""

from __future__ import annotations

import math
import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

from avatar_core.errors import DeviceError
from avatar_core.geometry import Camera, look_at
from avatar_core.raster import gsplat_backend, splats
from avatar_core.raster.projection import Projected, project_gaussians
from avatar_core.raster.splats import (
    MEGA_RULE,
    SplatBackend,
    SplatImage,
    SplatRule,
    chosen_backend,
    rasterize_splats,
)

HEIGHT, WIDTH = 40, 56
TILE = 16
RULES = {"mega": MEGA_RULE, "gsplat": SplatRule(0.999), "gap": SplatRule(0.99, 0.4)}


def camera() -> Camera:
    view = look_at(np.array([0, 0, 3.2], np.float32), np.zeros(3, np.float32))
    intrinsics = np.array([[50, 0, WIDTH / 2], [0, 50, HEIGHT / 2], [0, 0, 1]], np.float32)
    return Camera(view, intrinsics, WIDTH, HEIGHT)


def shell(opaque: bool = False) -> list[Tensor]:
    """300 Gaussians around the origin, some of them behind the camera or not finite."""
    generator = torch.Generator().manual_seed(1)
    means = torch.randn(300, 3, generator=generator)
    means = means / means.norm(dim=1, keepdim=True) * 1.1
    means[0] = torch.tensor([0.0, 0.0, 5.0])
    means[1] = torch.nan
    opacities = torch.rand(300, generator=generator) * 0.7 + 0.3
    return [
        means,
        torch.randn(300, 4, generator=generator),
        torch.exp(torch.randn(300, 3, generator=generator) * 0.3) * 0.06,
        torch.full((300,), 1.0) if opaque else opacities,
        torch.rand(300, 3, generator=generator),
    ]


class FakeGsplat(ModuleType):
    """What gsplat 1.5 does with its arguments, pixel by pixel, as its documentation says."""

    def __init__(self) -> None:
        super().__init__("gsplat")
        self.tiled: list[int] = []

    def isect_tiles(
        self,
        means2d: Tensor,
        radii: Tensor,
        depths: Tensor,
        tile_size: int,
        width: int,
        height: int,
    ) -> tuple[None, Tensor, Tensor]:
        count = means2d.shape[1]
        assert means2d.shape == (1, count, 2)
        assert radii.shape == (1, count, 2)
        assert depths.shape == (1, count)
        assert radii.dtype == torch.int32
        assert means2d.dtype == depths.dtype == torch.float32
        assert all(value.is_contiguous() for value in (means2d, radii, depths))
        assert not any(value.requires_grad for value in (means2d, radii, depths))
        rows = []
        for i in torch.nonzero((radii[0] > 0).all(-1)).flatten().tolist():
            self.tiled.append(i)
            low = ((means2d[0, i] - radii[0, i]) / tile_size).floor().clamp(min=0).int()
            high = ((means2d[0, i] + radii[0, i]) / tile_size).ceil().int()
            bits = np.float32(depths[0, i]).view(np.uint32)
            for y in range(int(low[1]), min(int(high[1]), height)):
                for x in range(int(low[0]), min(int(high[0]), width)):
                    rows.append(((y * width + x) << 32 | int(bits), i))
        rows.sort(key=lambda row: row[0])
        keys = torch.tensor([row[0] for row in rows], dtype=torch.int64)
        return None, keys, torch.tensor([row[1] for row in rows], dtype=torch.int32)

    def isect_offset_encode(self, keys: Tensor, images: int, width: int, height: int) -> Tensor:
        assert images == 1
        first = torch.searchsorted(keys >> 32, torch.arange(width * height))
        return first.view(1, height, width).int()

    def rasterize_to_indices_in_range(
        self,
        start: int,
        end: int,
        light: Tensor,
        means2d: Tensor,
        conics: Tensor,
        opacities: Tensor,
        width: int,
        height: int,
        tile_size: int,
        offsets: Tensor,
        ids: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        assert start == 0
        assert end < 2**31
        assert light.shape == (1, height, width)
        assert conics.shape == (1, means2d.shape[1], 3)
        assert opacities.shape == (1, means2d.shape[1])
        assert all(value.is_contiguous() for value in (light, means2d, conics, opacities))
        pairs = []
        bounds = [*offsets.flatten().tolist(), len(ids)]
        order, centres, shapes = ids.tolist(), means2d[0].tolist(), conics[0].tolist()
        solid = opacities[0].tolist()
        for pixel in range(width * height):
            y, x = divmod(pixel, width)
            tile = y // tile_size * offsets.shape[2] + x // tile_size
            left = float(light[0, y, x])
            for g in order[bounds[tile] : bounds[tile + 1]]:
                dx, dy = centres[g][0] - x - 0.5, centres[g][1] - y - 0.5
                a, b, c = shapes[g]
                falloff = math.exp(-0.5 * (a * dx * dx + c * dy * dy) - b * dx * dy)
                alpha = min(0.999, solid[g] * falloff)
                if alpha < 1 / 255:
                    continue
                if left * (1 - alpha) <= 1e-4:
                    break
                left *= 1 - alpha
                pairs.append((g, pixel))
        table = torch.tensor(pairs, dtype=torch.int64).view(-1, 2)
        return table[:, 0], table[:, 1], torch.zeros(len(table), dtype=torch.int64)


@pytest.fixture
def on_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets tensors on the CPU through to the back end."""
    monkeypatch.setattr(splats, "chosen_backend", lambda backend, _: backend)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, on_cpu: None) -> FakeGsplat:
    module = FakeGsplat()
    monkeypatch.setitem(sys.modules, "gsplat", module)
    return module


def draw(inputs: list[Tensor], rule: SplatRule, backend: SplatBackend) -> SplatImage:
    return rasterize_splats(*inputs, camera(), rule=rule, backend=backend)


def on_lists(inputs: list[Tensor], rule: SplatRule = MEGA_RULE) -> SplatImage:
    return draw(inputs, rule, SplatBackend.GSPLAT)


def projected_of(inputs: list[Tensor]) -> Projected:
    eye = camera()
    view, intrinsics = torch.from_numpy(eye.view), torch.from_numpy(eye.intrinsics)
    return project_gaussians(*inputs[:3], view, intrinsics, WIDTH, HEIGHT)


def gradients(
    inputs: list[Tensor], rule: SplatRule, backend: SplatBackend
) -> tuple[SplatImage, list[Tensor]]:
    leaves = [value.clone().requires_grad_() for value in inputs]
    image = draw(leaves, rule, backend)
    target = torch.rand(HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(3))
    error = (image.rgb - target.to(image.rgb.device)).square().mean()
    (error + image.alpha.mean() + 0.1 * image.depth.mean()).backward()
    finite = torch.arange(300) != 1
    return image, [leaf.grad.cpu()[finite] for leaf in leaves if leaf.grad is not None]


def assert_agree(
    ours: tuple[SplatImage, list[Tensor]], twin: tuple[SplatImage, list[Tensor]]
) -> None:
    for field in ("rgb", "alpha", "depth", "near"):
        mine, theirs = getattr(ours[0], field).cpu(), getattr(twin[0], field)
        torch.testing.assert_close(mine, theirs, atol=3e-6, rtol=1e-5)
    assert torch.equal(ours[0].contributors.cpu(), twin[0].contributors)
    for a, b in zip(ours[1], twin[1], strict=True):
        assert float((a - b).norm() / b.norm()) <= 1e-4


@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize("opaque", [False, True])
def test_lists_give_the_dense_twins_picture_and_gradients(
    name: str, opaque: bool, fake: FakeGsplat
) -> None:
    inputs, rule = shell(opaque), RULES[name]
    ours = gradients(inputs, rule, SplatBackend.GSPLAT)
    assert_agree(ours, gradients(inputs, rule, SplatBackend.NUMBA))
    finite = [torch.cat([value[:1], value[2:]]) for value in inputs]
    twin = draw(finite, rule, SplatBackend.TORCH_DENSE)
    torch.testing.assert_close(ours[0].rgb, twin.rgb, atol=3e-6, rtol=0)


def test_what_cannot_be_seen_is_not_handed_over(fake: FakeGsplat) -> None:
    inputs = shell()
    inputs[3][2] = 0.003
    on_lists(inputs)
    assert not {0, 1, 2} & set(fake.tiled)
    assert len(set(fake.tiled)) > 200


def test_reach_covers_all_that_counts(fake: FakeGsplat) -> None:
    inputs = shell()
    drawn = gsplat_backend._radii_px(projected_of(inputs), inputs[3])
    centres, conics = projected_of(inputs)[:2]
    for i in range(2, 300, 23):
        a, b, c = conics[i].tolist()
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        dx, dy = float(centres[i, 0]) - columns, float(centres[i, 1]) - rows
        alpha = float(inputs[3][i]) * np.exp(-0.5 * (a * dx**2 + c * dy**2) - b * dx * dy)
        counts = alpha >= 1 / 255
        assert np.abs(dx[counts]).max(initial=0) <= drawn[i, 0]
        assert np.abs(dy[counts]).max(initial=0) <= drawn[i, 1]


@pytest.mark.parametrize("kept", [0, 1])
def test_an_empty_view_is_an_empty_picture(kept: int, fake: FakeGsplat) -> None:
    image = on_lists([value[:kept] for value in shell()])
    assert image.alpha.shape == (HEIGHT, WIDTH)
    assert image.alpha.max() == 0
    assert image.near.max() == -1
    assert image.contributors.max() == 0


def test_without_gsplat_the_error_says_how_to_get_it(
    on_cpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gsplat", None)
    with pytest.raises(DeviceError, match=r"not installed.*avatar-studio\[cuda\].*numba"):
        on_lists(shell())


def test_a_gsplat_that_cannot_compile_says_what_it_lacks(
    fake: FakeGsplat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ImportError("gsplat_cuda.so: cannot open shared object file")

    monkeypatch.setattr(fake, "isect_tiles", broken)
    with pytest.raises(DeviceError, match=r"gsplat_cuda\.so.*nvcc"):
        on_lists(shell())


def test_gsplat_wants_tensors_on_cuda() -> None:
    with pytest.raises(DeviceError, match=r"on CUDA only.*'cpu'.*numba"):
        rasterize_splats(*shell(), camera(), backend=SplatBackend.GSPLAT)


@pytest.mark.parametrize(
    ("device", "installed", "chosen"),
    [
        ("cpu", True, SplatBackend.NUMBA),
        ("cuda", True, SplatBackend.GSPLAT),
        ("cuda", False, SplatBackend.NUMBA),
    ],
)
def test_auto_takes_gsplat_where_it_can(
    device: str, installed: bool, chosen: SplatBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gsplat_backend, "is_installed", lambda: installed)
    assert chosen_backend(SplatBackend.AUTO, torch.device(device)) is chosen


@pytest.mark.gpu
@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize("backend", [SplatBackend.GSPLAT, SplatBackend.NUMBA])
def test_cuda_tensors_give_the_dense_twins_picture_and_gradients(
    name: str, backend: SplatBackend
) -> None:
    if backend is SplatBackend.GSPLAT:
        pytest.importorskip("gsplat")
    inputs, rule = shell(), RULES[name]
    inputs[0][1] = torch.tensor([0.0, 0.0, 6.0])
    twin = gradients(inputs, rule, SplatBackend.TORCH_DENSE)
    ours = gradients([value.cuda() for value in inputs], rule, backend)
    assert all(ours_field.is_cuda for ours_field in ours[0][:5])
    assert_agree(ours, twin)
