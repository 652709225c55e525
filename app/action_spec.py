"""ActionSpec: the words, icon and default keys of one action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.theme import COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Args:
        id: stable name, e.g. "file.open"; before the point stands its menu.
        text: words of the menu, with & before the access key.
        shortcut: default keys in Qt's portable notation; empty for none.
        tip: one sentence for tool tip and shortcut sheet.
        icon: name of an icon of the theme; empty for none.
        checkable: stays on or off.
        colour: of the icon.
        branch: the menu within the menu, see `app.actions.BRANCHES`; empty for none.
        brief: words of a button among others of its kind; the title where left out.
    """

    id: str
    text: str
    shortcut: str
    tip: str
    icon: str = ""
    checkable: bool = False
    colour: str = COLOURS.text
    branch: str = ""
    brief: str = ""

    @property
    def title(self) -> str:
        """The words without access key and dots."""
        return self.text.replace("&", "").removesuffix(" …")


def with_access_keys(labels: Sequence[str]) -> list[str]:
    """Menu texts with & before a letter that no other has, where there is one left.

    Short labels choose first: they have the fewest letters to choose from.
    """
    places: dict[str, int] = {}
    used: set[str] = set()
    for label in sorted(labels, key=len):
        free = (at for at, sign in enumerate(label) if sign.isalpha() and sign.lower() not in used)
        places[label] = next(free, 0)
        used.add(label[places[label]].lower())
    return [f"{label[: places[label]]}&{label[places[label] :]}" for label in labels]
