"""The attempts of one edit, numbered."""

from __future__ import annotations

from collections.abc import Callable

from ..vocabulary import ids
from .misspelling import forgiving


class EditChain:
    """Number the attempts of one edit, whatever formats they use.

        edit = run.edit_chain()
        if not edit.attempt("hashline", success=apply_hashline()):
            edit.attempt("str_replace", success=apply_replace(), final=True)

    Attributes:
        edit_id: the edit's name; hand it to another process to go on there.
        attempts: how many were recorded.

    """

    def __init__(
        self, edit: Callable[..., object], edit_id: str | None, *, attempts: int = 0
    ) -> None:
        self._edit = edit
        self.edit_id = edit_id or ids.edit_id()
        self.attempts = attempts

    @forgiving
    def attempt(
        self,
        format: str,
        success: bool,
        *,
        final: bool | None = None,
        tokens: int | None = None,
        duration_ms: float | None = None,
        error_type: str | None = None,
        model: str | None = None,
        edit_call_id: str | None = None,
        **attributes: object,
    ) -> bool:
        """Record one attempt; returns `success`, so that a fallback chain reads as one.

        Args:
            format: the edit format.
            success: whether it succeeded; a success is the final attempt.
            final: whether no further attempt follows.
            tokens: tokens the attempt cost.
            duration_ms: ms.
            error_type: class name of the error.
            model: ``provider/model``; None is the model of the context.
            edit_call_id: the OpenCode call that was this attempt, if it was one.
            **attributes: small scalars.

        """
        self.attempts += 1
        self._edit(
            format,
            success,
            edit_id=self.edit_id,
            attempt=self.attempts,
            final=True if success else final,
            tokens=tokens,
            duration_ms=duration_ms,
            error_type=error_type,
            model=model,
            edit_call_id=edit_call_id,
            derived=None,
            **attributes,
        )
        return success
