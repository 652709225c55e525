"""What the pen does over the viewport: one tool at a time, none of which knows the document."""

from app.viewport.tools.brush_ring import BrushRing
from app.viewport.tools.brush_tool import BrushTool
from app.viewport.tools.click_tool import ClickTool
from app.viewport.tools.gizmo import GizmoKind, GizmoMove
from app.viewport.tools.gizmo_tool import GizmoTool
from app.viewport.tools.line_tool import LineTool
from app.viewport.tools.marquee_tool import MarqueeShape, MarqueeTool
from app.viewport.tools.pen import PenSample
from app.viewport.tools.place_tool import PlaceTool
from app.viewport.tools.stencil_overlay import StencilOverlay
from app.viewport.tools.tool import ViewTool
from app.viewport.tools.tool_mouse import ToolMouse
from app.viewport.tools.tool_overlay import ToolOverlay

__all__ = [
    "BrushRing",
    "BrushTool",
    "ClickTool",
    "GizmoKind",
    "GizmoMove",
    "GizmoTool",
    "LineTool",
    "MarqueeShape",
    "MarqueeTool",
    "PenSample",
    "PlaceTool",
    "StencilOverlay",
    "ToolMouse",
    "ToolOverlay",
    "ViewTool",
]
