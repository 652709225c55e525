"""The mesh rasteriser with nvdiffrast: a stand-in on the CPU, the real one on CUDA."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

from avatar_core.errors import DeviceError
from avatar_core.geometry import Camera, look_at
from avatar_core.raster import meshes
from avatar_core.raster.meshes import MeshBackend, MeshImage, rasterize_mesh

WIDTH, HEIGHT = 45, 37


def camera() -> Camera:
    view = look_at(np.array([0.2, 0.1, 2], np.float32), np.zeros(3, np.float32))
    intrinsics = np.array([[50, 0, 21.3], [0, 52, 19.1], [0, 0, 1]], np.float32)
    return Camera(view, intrinsics, WIDTH, HEIGHT)


def mesh() -> tuple[np.ndarray, np.ndarray]:
    """Twenty triangles; one of them reaches behind the camera, one is seen from its back."""
    rng = np.random.default_rng(4)
    vertices = rng.uniform(-0.8, 0.8, (60, 3)).astype(np.float32)
    vertices[4, 2] = 5.0
    faces = np.arange(60, dtype=np.int32).reshape(20, 3)
    faces[3] = faces[3, ::-1]
    return vertices, faces


class FakeNvdiffrast(ModuleType):
    """nvdiffrast's conventions: row 0 at y = -1, weights of the first two corners, ids from 1."""

    def __init__(self) -> None:
        super().__init__("nvdiffrast.torch")

    class RasterizeCudaContext:
        def __init__(self, device: torch.device) -> None:
            self.device = device

    def rasterize(
        self, context: object, pos: Tensor, tri: Tensor, resolution: tuple[int, int], grad_db: bool
    ) -> tuple[Tensor, Tensor]:
        assert isinstance(context, FakeNvdiffrast.RasterizeCudaContext)
        assert pos.dtype == torch.float32
        assert pos.is_contiguous()
        assert tri.dtype == torch.int32
        assert tri.is_contiguous()
        assert all(length % 8 == 0 for length in resolution)
        assert not grad_db
        height, width = resolution
        rows, columns = np.mgrid[0:height, 0:width]
        x, y = (columns + 0.5) / width * 2 - 1, (rows + 0.5) / height * 2 - 1
        drawn = np.zeros((height, width, 4), np.float32)
        nearest = np.full((height, width), np.inf)
        for place, corners in enumerate(tri.numpy()):
            clip = pos[0].double().numpy()[corners]
            assert (np.abs(clip[:, 2]) <= clip[:, 3]).all(), "cut by the near or far plane"
            edges = np.linalg.inv(clip[:, [0, 1, 3]].T)
            weights = np.stack([x, y, np.ones_like(x)], -1) @ edges.T
            total = weights.sum(-1)
            weights = weights / total[..., None]
            z = (weights @ clip[:, 2]) / (weights @ clip[:, 3])
            hit = (weights >= 0).all(-1) & (z < nearest)
            nearest[hit] = z[hit]
            drawn[hit] = np.stack([weights[..., 0], weights[..., 1], z, 0 * z + place + 1], -1)[hit]
        return torch.from_numpy(drawn)[None], torch.empty(1, height, width, 0)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nvdiffrast.torch", FakeNvdiffrast())
    monkeypatch.setattr(meshes, "_cuda_device", lambda _: torch.device("cpu"))


def assert_agree(ours: MeshImage, twin: MeshImage) -> None:
    same = ours.face_ids == twin.face_ids
    assert same.mean() > 0.998
    assert (twin.face_ids >= 0).mean() > 0.2
    np.testing.assert_allclose(ours.barycentrics[same], twin.barycentrics[same], atol=2e-4)
    np.testing.assert_allclose(ours.depths[same], twin.depths[same], atol=2e-4)


def test_pictures_match_the_compiled_rasteriser(fake: None) -> None:
    ours = rasterize_mesh(*mesh(), camera(), backend=MeshBackend.NVDIFFRAST)
    assert ours.face_ids.dtype == np.int32
    assert ours.barycentrics.dtype == ours.depths.dtype == np.float32
    assert_agree(ours, rasterize_mesh(*mesh(), camera()))


def test_a_mesh_behind_the_camera_is_an_empty_picture(fake: None) -> None:
    vertices, faces = mesh()
    image = rasterize_mesh(
        vertices + np.float32([0, 0, 9]), faces, camera(), backend=MeshBackend.NVDIFFRAST
    )
    assert (image.face_ids == -1).all()
    assert image.barycentrics.shape == (HEIGHT, WIDTH, 3)
    assert image.depths.max() == 0


def test_without_nvdiffrast_the_error_says_so(fake: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nvdiffrast.torch", None)
    with pytest.raises(DeviceError, match=r"not installed.*non-commercial.*numba"):
        rasterize_mesh(*mesh(), camera(), backend=MeshBackend.NVDIFFRAST)


def test_without_cuda_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="CUDA"):
        rasterize_mesh(*mesh(), camera(), backend=MeshBackend.NVDIFFRAST)


@pytest.mark.gpu
@pytest.mark.parametrize("backend", list(MeshBackend))
def test_cuda_tensors_give_the_compiled_rasterisers_picture(backend: MeshBackend) -> None:
    if backend is MeshBackend.NVDIFFRAST:
        pytest.importorskip("nvdiffrast")
    vertices, faces = mesh()
    ours = rasterize_mesh(torch.from_numpy(vertices).cuda(), faces, camera(), backend=backend)
    assert_agree(ours, rasterize_mesh(vertices, faces, camera()))
