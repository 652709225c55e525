"""What the engine is really built from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.workers.backends import Backends, PerformerOpener, build_avatar, inference_threads
from avatar_core.mega import LIVE
from avatar_core.project import FaceKind


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts of threads that were asked for; avatars are their asset and their tolerance."""
    asked: list[int] = []
    monkeypatch.setattr("avatar_core.training.threads.use_threads", asked.append)
    monkeypatch.setattr("avatar_core.mega.build", lambda *arguments: arguments)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return asked


def _asset(kind: FaceKind) -> Any:
    return SimpleNamespace(face=SimpleNamespace(kind=kind))


def test_neural_avatars_are_built_for_live_use_and_leave_a_core_free(threads: list[int]) -> None:
    asset = _asset(FaceKind.NEURAL)
    assert build_avatar(asset) == (asset, LIVE)  # type: ignore[comparison-overlap]
    assert threads == [1]


def test_plain_avatars_need_no_threads(threads: list[int]) -> None:
    build_avatar(_asset(FaceKind.PLAIN))
    assert threads == []


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 1), (4, 2), (8, 4), (64, 4)])
def test_inference_takes_half_of_the_cores_at_most(cores: int, threads: int) -> None:
    assert inference_threads(cores) == threads


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Notices of the engines that were made; those answer with whom they were asked for."""
    notices: list[Any] = []

    class Engines:
        wishes: Any = "as it is"

        def __init__(self, notice: Any) -> None:
            notices.append(notice)

        def open(self, portrait: Any, settings: Any) -> tuple[Any, Any, Any]:
            return portrait, settings, self.wishes

    monkeypatch.setattr("avatar_core.exchange.portrait_engines.PortraitEngines", Engines)
    return notices


def test_one_model_serves_all_portraits(made: list[Any]) -> None:
    backends = Backends()
    assert made == []
    said: list[str] = []
    ada = backends.open_performer("Ada", "calm", said.append)  # type: ignore[arg-type]
    assert ada == ("Ada", "calm", "as it is")  # type: ignore[comparison-overlap]
    backends.open_performer("Bo", "calm", said.append)  # type: ignore[arg-type]
    assert made == [said.append]


@pytest.mark.usefixtures("made")
def test_each_portrait_is_opened_as_the_user_wishes_now() -> None:
    wishes: list[Any] = ["plain", "enhanced"]
    opener = PerformerOpener(lambda: wishes.pop(0))
    opened = [opener(name, "calm", print) for name in ("Ada", "Bo")]  # type: ignore[arg-type]
    assert opened == [("Ada", "calm", "plain"), ("Bo", "calm", "enhanced")]  # type: ignore[comparison-overlap]
