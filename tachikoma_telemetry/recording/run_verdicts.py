"""How a run ended, in the words of the code that knows."""

from __future__ import annotations

from .misspelling import forgiving


class Verdicts:
    """The verdicts on a run; outside of any run, on that of the skill's activation."""

    def _said(self, outcome: str, reason: object, error_type: object = None) -> None:
        raise NotImplementedError

    @forgiving
    def succeed(self, /) -> None:
        """The run succeeded. Like the other verdicts, it may be said after the block, too.

        The last verdict holds, and over one that was said in the block, an exception that leaves
        it.
        """
        self._said("succeeded", None)

    @forgiving
    def escalate(self, /, reason: str | None = None) -> None:
        """The run gives up: its outcome is ``escalated``.

        Args:
            reason: why, e.g. ``max_iterations``.

        """
        self._said("escalated", reason)

    @forgiving
    def fail(self, /, reason: str | None = None, *, error_type: str | None = None) -> None:
        """The run failed, without an exception.

        Args:
            reason: why, in a few words.
            error_type: class name of an error that was caught.

        """
        self._said("failed", reason, error_type)

    @forgiving
    def cancel(self, /, reason: str | None = None, *, error_type: str | None = None) -> None:
        """The run was called off: it neither succeeded nor failed.

        Args:
            reason: why, in a few words.
            error_type: what called it off, e.g. ``SIGTERM``.

        """
        self._said("cancelled", reason, error_type)
