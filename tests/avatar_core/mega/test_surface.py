"""Displacement, eyes and the place of texels on heads of both kinds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from avatar_core.errors import ShapeError, WeightsError
from avatar_core.heads import HeadParameters
from avatar_core.mega.atlas import atlas_places
from avatar_core.mega.model import MegaModel
from avatar_core.mega.networks import MegaConfig, MegaNetworks
from avatar_core.mega.surface import HeadSurface, displaced_vertices
from avatar_core.project.mega_options import OFFICIAL, MegaOptions

if TYPE_CHECKING:
    from avatar_core.heads.flame import FlameHead

CONFIG = MegaConfig(n_expr=5, tex_size=32, tex_ch=4, disp_size=16, deform_layers=(8,))


@pytest.fixture(scope="module")
def networks() -> MegaNetworks:
    torch.manual_seed(3)
    return MegaNetworks(CONFIG).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def model(flame_head: FlameHead, networks: MegaNetworks) -> MegaModel:
    return MegaModel.of(flame_head, networks, OFFICIAL)


def eyeball_ids(head: FlameHead) -> np.ndarray:
    parts = head.mesh.parts
    return np.concatenate([parts["left_eyeball"], parts["right_eyeball"]])


def posed(model: MegaModel) -> torch.Tensor:
    still = HeadParameters(np.zeros(5, np.float32), np.zeros((5, 3), np.float32))
    return model.posed(still).vertices


def test_displacement_is_sampled_where_the_vertex_lies(model: MegaModel) -> None:
    """Against a bilinear sample written out for one vertex at a time."""
    driving = torch.linspace(-1, 1, 20)[None]
    vertices = posed(model)
    moved = displaced_vertices(model.surface, model.networks, vertices, driving)
    offsets = model.networks.disp_decoder(driving)[0].numpy() * 1e-3
    head = model.head
    for vertex in (0, 1234, 7000, 13464):
        u, v = head.split.vertex_uv[vertex] * 15  # type: ignore[attr-defined]
        c, r = min(int(u), 14), min(int(v), 14)
        fu, fv = u - c, v - r
        sample = (
            (1 - fv) * ((1 - fu) * offsets[:, r, c] + fu * offsets[:, r, c + 1])
            + fv * ((1 - fu) * offsets[:, r + 1, c] + fu * offsets[:, r + 1, c + 1])
        )  # fmt: skip
        expected = vertices[vertex].numpy() + sample
        still = np.isin(vertex, eyeball_ids(head))  # type: ignore[arg-type]
        if not still:
            np.testing.assert_allclose(moved[vertex].numpy(), expected, atol=1e-6)


def test_only_eyeballs_and_named_parts_keep_their_place(
    model: MegaModel, flame_head: FlameHead
) -> None:
    driving = torch.ones(1, 20)
    vertices = posed(model)
    moved = displaced_vertices(model.surface, model.networks, vertices, driving)
    eyes = eyeball_ids(flame_head)
    assert torch.equal(moved[eyes], vertices[eyes])
    others = np.setdiff1d(np.arange(len(vertices)), eyes)
    assert (moved[others] != vertices[others]).any(1).float().mean() > 0.99
    options = replace(OFFICIAL, undisplaced_parts=("scalp",))
    with_scalp = MegaModel.of(flame_head, model.networks, options).surface
    moved = displaced_vertices(with_scalp, model.networks, vertices, driving)
    scalp = flame_head.mesh.parts["scalp"]
    assert torch.equal(moved[scalp], vertices[scalp])


def test_parts_around_the_eyes_are_displaced(flame_head: FlameHead) -> None:
    """FLAME's masks have eye regions; only the balls keep their place."""
    parts = dict(flame_head.mesh.parts)
    region = np.setdiff1d(np.unique(flame_head.mesh.faces[:50]), eyeball_ids(flame_head))
    parts["left_eye_region"] = region.astype(np.int32)
    head = replace(flame_head, mesh=replace(flame_head.mesh, parts=parts))
    surface = HeadSurface.of(head, len(head.mesh.template))
    assert surface.displaced[region].all()


def test_unknown_parts_are_named(flame_head: FlameHead, networks: MegaNetworks) -> None:
    with pytest.raises(WeightsError, match="moustache"):
        MegaModel.of(flame_head, networks, replace(OFFICIAL, undisplaced_parts=("moustache",)))


def test_eyes_are_scaled_and_moved(model: MegaModel, flame_head: FlameHead) -> None:
    decoder = model.networks.disp_decoder
    vertices, driving = posed(model), torch.zeros(1, 20)
    for ids, shift in (("left_eyeball", [0.001, 0, 0]), ("right_eyeball", [0.001, 0, 0])):
        before = vertices[flame_head.mesh.parts[ids]]
        try:
            decoder.lefteye_scale.fill_(np.log(2))
            moved = displaced_vertices(
                model.surface, model.networks, vertices, driving, move_eyes=True
            )
        finally:
            decoder.lefteye_scale.zero_()
        factor = 2 if ids == "left_eyeball" else 1
        middle = before.mean(0)
        expected = middle + factor * (before - middle) + torch.tensor(shift)
        after = moved[flame_head.mesh.parts[ids]]
        torch.testing.assert_close(after, expected, atol=1e-6, rtol=0)


def test_texels_lie_where_the_surface_shows_them(model: MegaModel, flame_head: FlameHead) -> None:
    """A corner's texel shows the corner, up to the rounding to a texel."""
    size = 257
    places = atlas_places(model.surface, model.canonical_vertices, size)
    assert places.shape == (size, size, 3)
    inside = (places != 0).any(-1)
    assert inside.float().mean() > 0.05
    rows, columns = torch.nonzero(inside, as_tuple=True)
    pick = slice(None, None, 997)
    for row, column in zip(rows[pick].tolist(), columns[pick].tolist(), strict=True):
        uv = np.array([column, row]) / (size - 1)
        corners = flame_head.mesh.uv[flame_head.mesh.uv_faces].astype(np.float64)
        edges = corners[:, 1:] - corners[:, :1]
        area = np.linalg.det(edges)
        ok = np.abs(area) > 1e-12
        weights = np.zeros((len(corners), 2))
        delta = (uv - corners[ok, 0])[:, None]
        weights[ok] = (delta @ np.linalg.inv(edges[ok]))[:, 0]
        full = np.concatenate([1 - weights.sum(1, keepdims=True), weights], 1)
        full[~ok] = -1
        candidates = np.flatnonzero((full > -1e-4).all(1))
        triangles = model.canonical_vertices[flame_head.mesh.faces[candidates]]
        expected = np.einsum("mk,mkc->mc", full[candidates], triangles)
        distance = np.linalg.norm(expected - places[row, column].numpy(), axis=1)
        assert distance.min() < 1e-4


def test_a_pixel_decoder_that_wants_places_gets_them(flame_head: FlameHead) -> None:
    torch.manual_seed(0)
    networks = MegaNetworks(replace(CONFIG, xyz_cond=True, uv_freqs=2)).eval()
    texels, uv, places = torch.randn(6, 4), torch.rand(6, 2) * 2 - 1, torch.randn(6, 3)
    with torch.no_grad():
        colours = networks.pixel_colours(texels, uv, places)
        code = torch.cat([uv, uv.sin(), uv.cos(), (2 * uv).sin(), (2 * uv).cos()], 1)
        expected = networks.head_mlp(torch.cat([places, code, texels], 1))
    assert torch.equal(colours, expected)
    with pytest.raises(ShapeError, match="places"):
        networks.pixel_colours(texels, uv)


def test_options_survive_as_plain_data() -> None:
    options = replace(OFFICIAL, undisplaced_parts=("neck",), eyes_moved=True)
    assert MegaOptions.from_plain(options.to_plain()) == options


@pytest.mark.parametrize(
    "wrong",
    [
        {"undisplaced_parts": [1]},
        {"eyes_moved": "yes"},
        {"sparkle": True},
        {"deform_attributes": ["sparkle"]},
        {"deform_attributes": [["xyz"]]},
    ],
)
def test_unknown_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WeightsError):
        MegaOptions.from_plain(wrong)
