from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from avatar_core.render import software


def _context(name: str) -> Any:
    return SimpleNamespace(info={"GL_RENDERER": name})


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(software, "_gl_finish", lambda: lambda: calls.append("finish"))
    return calls


def test_waits_for_a_software_rasteriser(finished: list[str]) -> None:
    software.make_way(_context("llvmpipe (LLVM 15.0.6, 256 bits)"))
    assert finished == ["finish"]


def test_never_waits_for_a_graphics_card(finished: list[str]) -> None:
    software.make_way(_context("NVIDIA GeForce RTX 4090/PCIe/SSE2"))
    assert finished == []


def test_does_without_where_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_LIBRARIES", {})
    software._gl_finish.cache_clear()
    try:
        software.make_way(_context("llvmpipe"))
    finally:
        software._gl_finish.cache_clear()
