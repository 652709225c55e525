"""ActionSpec: the words, icon and default keys of one action."""

from __future__ import annotations

from dataclasses import dataclass

from app.theme import COLOURS


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
