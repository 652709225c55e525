"""Actions on portraits: their words, icons and default shortcuts."""

from __future__ import annotations

from app.action_spec import ActionSpec

PORTRAIT_IMPORTS: tuple[ActionSpec, ...] = (
    ActionSpec("file.import_emoportraits", "Import &EMOPortraits …", "",
               "Make a portrait model of the released weights, which you have fetched yourself",
               "import"),
)  # fmt: skip
"""Those of the File menu."""

PORTRAIT_ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("portrait.add", "A&dd portrait …", "Ctrl+P",
               "Let the person in a picture perform along with the avatar", "add"),
    ActionSpec("portrait.show", "Show &portraits", "Ctrl+Alt+P",
               "Open the view of the portraits beside the avatar's", "outline", checkable=True),
    ActionSpec("portrait.beside", "Driver &beside", "Ctrl+Alt+B",
               "Show the driver's picture beside the portraits, to compare", "split",
               checkable=True),
    ActionSpec("portrait.crop", "Edit &crop", "Ctrl+Alt+C",
               "Drag the square of the picture that performs, in the view", "frame",
               checkable=True),
    ActionSpec("portrait.still", "Save &still …", "Ctrl+Alt+E",
               "Keep the portraits as they are now as a picture", "picture"),
)  # fmt: skip
