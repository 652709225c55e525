"""The tracker's 478 landmarks as the 68 of iBUG, which FLAME's landmark embedding carries.

The table follows from what the 68 mean. Each group is a number of points at even distances along a
line of the face, ends included; the lines are those of the face mesh's own contours, and lengths
are measured on the neutral reference face. Of the mesh the point next to each place is taken. The
mesh is symmetric, so only the person's right half and the middle are found that way.

| iBUG      | line                                                       | points    |
|-----------|------------------------------------------------------------|-----------|
| 0 to 16   | outline, from where the eyes' height meets it over the chin | 17        |
| 17 to 26  | upper edge of the brows, which has five points             | 5 each    |
| 27 to 30  | ridge of the nose, from between the eyes to the tip        | 4         |
| 31 to 35  | below the nostrils, which has five points                  | 5         |
| 36 to 47  | upper lid, then lower lid back, corners shared             | 4 and 4   |
| 48 to 59  | outer lips: corner, half way to a peak, peak, middle; below in sixths | 7 and 7 |
| 60 to 67  | inner lips in quarters, corners shared                     | 5 and 5   |

Source:
    Sagonas et al. 2013, 300 Faces in-the-Wild Challenge, figure 1 (the 68 points);
    Kartynnik et al. 2019, arXiv:1907.06724, and MediaPipe's face mesh connections (contours).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

IBUG_68: Final[tuple[int, ...]] = (
    127, 234, 132, 58, 172, 136, 150, 176, 152, 400, 379, 365, 397, 288, 361, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    168, 197, 195, 4, 98, 97, 2, 326, 327,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91,
    78, 81, 13, 311, 308, 402, 14, 178,
)  # fmt: skip
"""Index among the tracker's landmarks of each iBUG point; the person's right side comes first."""

PUPILS: Final[tuple[int, int]] = (473, 468)
"""Middles of the (left, right) iris, which the 68 leave out."""


def ibug_landmarks(landmarks: Float32) -> Float32:
    """The 68 points of a tracked face.

    Args:
        landmarks: [478, C] or [468, C], the tracker's.

    Returns:
        [68, C].

    Raises:
        ShapeError: fewer landmarks than a face mesh has.
    """
    expect_shapes(landmarks=(landmarks, "N C"))
    if len(landmarks) < 468:
        expect_shapes(landmarks=(landmarks, "478 C"))
    return landmarks[list(IBUG_68)]
