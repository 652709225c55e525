"""Regularisers of the mesh on shapes small enough to reckon by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar_core.training.mesh_terms import (
    MeshTables,
    edge_length_term,
    laplacian_term,
    normal_term,
    scalp_shrink_term,
)

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def square() -> tuple[MeshTables, torch.Tensor]:
    return MeshTables.of(FACES, SQUARE), torch.from_numpy(SQUARE)


def test_edges_that_keep_their_length_cost_nothing() -> None:
    tables, vertices = square()
    assert edge_length_term(tables, vertices + 3, vertices) == pytest.approx(0, abs=1e-6)
    longer = edge_length_term(tables, 2 * vertices, vertices)
    assert float(longer) == pytest.approx((4 + 2**0.5) / 5)


def test_edges_between_loose_vertices_are_left_out() -> None:
    tables = MeshTables.of(FACES, SQUARE, np.array([0, 2], np.int32))
    vertices = torch.from_numpy(SQUARE)
    assert len(tables.firm_edges) == 4
    assert float(edge_length_term(tables, 2 * vertices, vertices)) == pytest.approx(1)


def test_a_flat_mesh_has_one_normal_and_a_folded_one_two() -> None:
    tables, vertices = square()
    assert float(normal_term(tables, vertices)) == pytest.approx(0, abs=1e-6)
    folded = vertices.clone()
    folded[3] = torch.tensor([0.5, 0.5, 0.5**0.5])
    assert float(normal_term(tables, folded)) == pytest.approx(1, abs=1e-6)


def test_offsets_that_all_agree_are_smooth() -> None:
    tables, vertices = square()
    assert float(laplacian_term(tables, torch.ones_like(vertices))) == pytest.approx(0, abs=1e-6)
    assert float(laplacian_term(tables, vertices)) > 0.1


def test_covered_scalp_is_pulled_to_its_centre() -> None:
    """Of the covered face (0, 1, 2) and vertex 3: distances 1, 0, 1 and the square root of 2."""
    tables, vertices = square()
    vertices.requires_grad_()
    centre = torch.tensor([1.0, 0, 0], requires_grad=True)
    covered, inner = torch.tensor([0, 0], dtype=torch.int32), torch.tensor([3])
    term = scalp_shrink_term(tables, vertices, centre, covered, inner)
    assert float(term.detach()) == pytest.approx((1 + 0 + 1 + 2**0.5) / 4)
    term.backward()
    assert centre.grad is None
    assert vertices.grad is not None
    torch.testing.assert_close(vertices.grad[0], torch.tensor([-0.25, 0, 0]))


def test_nothing_is_pulled_where_nothing_is_covered() -> None:
    tables, vertices = square()
    none = torch.zeros(0, dtype=torch.int64)
    assert scalp_shrink_term(tables, vertices, vertices[0], none, none) == 0


def test_tables_move_together() -> None:
    tables = MeshTables.of(FACES, SQUARE).to("meta")
    assert {value.device.type for value in (tables.faces, tables.cotangents)} == {"meta"}
