"""The sliders, undo and the history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from avatar_core.commands import (
    PosePart,
    ResetExpression,
    SetBlendshape,
    SetExpression,
    SetHeadPose,
)
from avatar_core.motion import ChannelGroup, indices_of_group
from avatar_core.project import Change, Expression, Part

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.panels.expression import ExpressionPanel
    from app.panels.history import HistoryPanel

_POSE_OF_GROUP = {
    ChannelGroup.HEAD_TURN: PosePart.ROTATION,
    ChannelGroup.HEAD_POSITION: PosePart.TRANSLATION,
    ChannelGroup.GAZE: PosePart.GAZE,
}


class EditHandler(QObject):
    """Turns slider requests into commands, and steps through the history."""

    def __init__(
        self, context: StudioContext, expression: ExpressionPanel, history: HistoryPanel
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._expression = expression
        self._history = history
        session, actions = context.session, context.actions
        expression.weights_edited.connect(self._set_weights)
        expression.pose_edited.connect(self._set_pose)
        expression.gesture_started.connect(session.begin_gesture)
        expression.gesture_ended.connect(session.end_gesture)
        expression.gesture_cancelled.connect(session.cancel_gesture)
        expression.reset_requested.connect(self._reset)
        expression.group_reset_requested.connect(self._reset_group)
        history.jump_requested.connect(session.jump)
        actions["edit.undo"].triggered.connect(session.undo)
        actions["edit.redo"].triggered.connect(session.redo)
        actions["edit.neutral"].triggered.connect(self._reset)
        context.events.changed.connect(self._changed)
        context.events.replaced.connect(self.refresh)

    def refresh(self) -> None:
        """Show everything as it is now."""
        self._expression.show_expression(self._context.project.expression)
        self._show_history()

    def _changed(self, change: Change) -> None:
        if Part.EXPRESSION in change.parts:
            self._expression.show_expression(self._context.project.expression)
        self._show_history()

    def _set_weights(self, weights: dict[str, float]) -> None:
        project = self._context.project
        if len(weights) == 1:
            ((unit, value),) = weights.items()
            self._context.push(SetBlendshape.of(project, unit, value))
            return
        expression = project.expression
        for unit, value in weights.items():
            expression = expression.with_weight(unit, value)
        pair = next(iter(weights)).removesuffix("Left").removesuffix("Right")
        self._context.push(SetExpression.of(project, expression, f"Set {pair} of both sides"))

    def _set_pose(self, field: str, axis: int, value: float) -> None:
        project = self._context.project
        values = getattr(project.expression, field).copy()
        values[axis] = value
        self._context.push(SetHeadPose.of(project, PosePart(field), values))

    def _reset(self) -> None:
        self._context.push(ResetExpression.of(self._context.project))

    def _reset_group(self, group: ChannelGroup) -> None:
        project = self._context.project
        weights = project.expression.weights.copy()
        weights[indices_of_group(group)] = 0.0
        expression = replace(project.expression, weights=weights)
        if group in _POSE_OF_GROUP:
            field = _POSE_OF_GROUP[group].value
            expression = replace(expression, **{field: getattr(Expression(), field)})
        self._context.push(SetExpression.of(project, expression, f"Reset {group.label}"))

    def _show_history(self) -> None:
        history, actions = self._context.session.history, self._context.actions
        self._history.show_history([step.label for step in history.steps], history.index)
        for name, label, is_possible in (
            ("undo", history.undo_label, history.can_undo),
            ("redo", history.redo_label, history.can_redo),
        ):
            action = actions[f"edit.{name}"]
            action.setEnabled(is_possible)
            action.setText(f"&{name.capitalize()} {label}".strip())
