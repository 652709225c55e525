"""How right a spoken mouth is: visemes, closed lips, the jaw's course, and how late it comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.timing import FPS
from avatar_core.driving.speech.visemes import (
    MAIN_VISEMES,
    PHONES_OF_VISEME,
    Phone,
    Viseme,
    lip_gap,
)
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry import Float32, UInt8

SHUT_JAW = 0.15
"""A jaw that is open no further may belong to closed lips."""

SHUT_GAP = 0.02
"""Lips no further apart, in jaw openings, are together: about half a millimetre."""

_EARLY_S = 0.02
"""Lips may close this much before their sound begins; they do so by more in fact."""

_LARGEST_LAG = 10


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """An utterance as a driver of speech performs it, beside how it should look.

    Args:
        phones: what is said.
        wanted: [T, 52] weights, 50 moments a second.
        visemes: [T] class of what is heard.
        weights: [T, 52] given.
        scores: [T, V] of the classes, as the driver tells them; the highest wins.
    """

    phones: tuple[Phone, ...]
    wanted: Float32
    visemes: UInt8
    weights: Float32
    scores: Float32


@dataclass(frozen=True, slots=True)
class SpeechScores:
    """Over many utterances.

    Args:
        viseme_accuracy: part of the moments of the six main classes that are told right, of those
            six.
        viseme_accuracy_ten: of the same moments, told right of all ten classes.
        viseme_accuracy_all: of all moments that are not silent, told right of all ten.
        closure_rate: part of the sounds m, b, p in which the lips are together at some moment.
        jaw_correlation: of the jaw's opening with how it should be.
        lag_ms: median over utterances of how late the jaw comes; negative is early.
    """

    viseme_accuracy: float
    viseme_accuracy_ten: float
    viseme_accuracy_all: float
    closure_rate: float
    jaw_correlation: float
    lag_ms: float


def scores_of(spoken: Sequence[Spoken]) -> SpeechScores:
    """The scores of utterances, at least one."""
    visemes = np.concatenate([each.visemes for each in spoken])
    scores = np.concatenate([each.scores for each in spoken])
    right = scores.argmax(1) == visemes
    is_main = np.isin(visemes, MAIN_VISEMES)
    of_six = np.array(MAIN_VISEMES)[scores[:, list(MAIN_VISEMES)].argmax(1)]
    closures = np.concatenate([closed_lips(each.phones, each.weights) for each in spoken])
    jaws = np.concatenate([_jaw(each.weights) for each in spoken])
    wanted = np.concatenate([_jaw(each.wanted) for each in spoken])
    return SpeechScores(
        viseme_accuracy=_share((of_six == visemes)[is_main]),
        viseme_accuracy_ten=_share(right[is_main]),
        viseme_accuracy_all=_share(right[visemes != Viseme.SILENCE]),
        closure_rate=_share(closures),
        jaw_correlation=correlation(jaws, wanted),
        lag_ms=float(
            np.median([1000 * lag_s(_jaw(each.weights), _jaw(each.wanted)) for each in spoken])
        ),
    )


def closed_lips(
    phones: Sequence[Phone], weights: Float32
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """[P] for each m, b and p whether the lips are together at some moment of it.

    Args:
        phones: what is said.
        weights: [T, 52], 50 moments a second.
    """
    shut = (_jaw(weights) <= SHUT_JAW) & (lip_gap(weights) <= SHUT_GAP)
    closures = []
    for phone in phones:
        if phone.name in PHONES_OF_VISEME[Viseme.CLOSED]:
            first = int(np.ceil((phone.start_s - _EARLY_S) * FPS))
            end = max(int(np.ceil(phone.end_s * FPS)), first + 1)
            closures.append(bool(shut[max(first, 0) : end].any()))
    return np.array(closures, bool)


def correlation(first: Float32, second: Float32) -> float:
    """Pearson's; 0 where one of both does not change at all."""
    a = first - first.mean(dtype=np.float64)
    b = second - second.mean(dtype=np.float64)
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 1e-9 else 0.0


def lag_s(late: Float32, early: Float32) -> float:
    """Seconds by which one course [T], 50 moments a second, follows another: cross-correlation.

    The best of whole moments is refined by a parabola through its neighbours. 0 where the courses
    have nothing in common.
    """
    most = min(_LARGEST_LAG, len(late) // 4)
    lags = np.arange(-most, most + 1)
    alike = np.array([_alike(late, early, int(lag)) for lag in lags])
    best = int(alike.argmax())
    if alike[best] <= 0:
        return 0.0
    offset = 0.0
    if 0 < best < len(lags) - 1:
        before, at, after = alike[best - 1 : best + 2]
        bend = before - 2 * at + after
        offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(lags[best] + offset) / FPS


def _alike(late: Float32, early: Float32, lag: int) -> float:
    count = len(late)
    return correlation(
        late[max(lag, 0) : count + min(lag, 0)], early[max(-lag, 0) : count - max(lag, 0)]
    )


def _jaw(weights: Float32) -> Float32:
    return weights[:, UNIT_INDEX["jawOpen"]]


def _share(right: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    return float(right.mean()) if len(right) else 0.0
