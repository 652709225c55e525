"""What RayCrew makes of a cluster's answers, with a stand-in for Ray itself."""

from __future__ import annotations

import sys
import types

import pytest

from avatar_core.batch import ray_crew
from avatar_core.batch.ray_crew import RayCrew
from avatar_core.batch.worker import Piece, PieceMade
from avatar_core.errors import AssetError, DeviceError

MADE = PieceMade(b"film", ["x"], 3, "node:7")


class RayError(Exception):
    pass


class RayTaskError(RayError):
    def __init__(self, cause: Exception) -> None:
        super().__init__("Traceback of the node")
        self.cause = cause


class StandIn(types.ModuleType):
    """Answers each piece with what `answers` holds next."""

    exceptions = types.SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self) -> None:
        super().__init__("ray")
        self.answers: list[object] = []
        self.cpus = 4.0
        self.put_takes = self.shut_down = 0
        self.options: dict[str, object] = {}

    def init(self, address: str, **_options: object) -> None:
        if address == "nowhere":
            raise ConnectionError("It was tried:\n  no answer from nowhere\n")

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.cpus}

    def remote(self, **options: object):
        self.options = options
        return lambda _function: types.SimpleNamespace(remote=lambda piece, _take: object())

    def put(self, _take: bytes) -> object:
        self.put_takes += 1
        return object()

    def wait(self, running: list[object], num_returns: int):
        return running[:num_returns], running[num_returns:]

    def get(self, _reference: object) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def cancel(self, _reference: object, *, force: bool) -> None:
        assert force

    def shutdown(self) -> None:
        self.shut_down += 1


@pytest.fixture
def ray(monkeypatch) -> StandIn:
    ray = StandIn()
    monkeypatch.setitem(sys.modules, "ray", ray)
    return ray


def _piece(film: str) -> Piece:
    return Piece(film, {"out": "a.mp4"}, 0, 1)


def test_ray_repeats_nothing_by_itself(ray):
    assert RayCrew("auto", cpus=2).places == 2
    assert ray.options["max_retries"] == 0


@pytest.mark.parametrize(
    ("answer", "words", "is_lost"),
    [
        (RayTaskError(AssetError("It is gone there.")), "It is gone there.", False),
        (RayTaskError(MemoryError()), "A worker failed: MemoryError.", False),
        (
            RayTaskError(ValueError("Far down:\n  the reason\n")),
            "A worker failed: the reason.",
            False,
        ),
        (RayError(), "ended from outside", True),
    ],
)
def test_what_a_node_cannot_do_is_one_sentence(ray, answer, words, is_lost):
    crew = RayCrew("auto")
    ray.answers = [answer, MADE]
    for film in ("a", "a"):
        crew.submit(_piece(film), b"take")
    failed, done = crew.answer(), crew.answer()
    assert words in failed.error.message
    assert (failed.is_lost, failed.made) == (is_lost, None)
    assert done.made is MADE


def test_performances_are_sent_once_and_not_kept_for_ever(ray, monkeypatch):
    monkeypatch.setattr(ray_crew, "_MOST_TAKES", 2)
    crew = RayCrew("auto")
    for film in "aabbccda":
        crew.submit(_piece(film), b"take")
    assert ray.put_takes == 5
    assert len(crew._takes) == 2
    crew.close()
    assert ray.shut_down == 1


def test_a_cluster_that_is_not_there_or_full_is_told(ray):
    with pytest.raises(DeviceError, match="no answer from nowhere") as caught:
        RayCrew("nowhere")
    assert "\n" not in caught.value.message
    ray.cpus = 1.0
    with pytest.raises(DeviceError, match="no room"):
        RayCrew("auto")
    assert ray.shut_down == 1
