"""The registry: every reader of the studio that takes what anyone may have written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.targets import documents, jobs, media, motion, pictures, points, runs, weights

if TYPE_CHECKING:
    from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for module in (documents, jobs, points, weights, motion, pictures, media, runs)
    for target in module.TARGETS
}
"""By name."""
