"""What skill code can record: one method for each event type, and the loops made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .attempts import Attempts
from .chunk import Chunk
from .edit_chain import EditChain
from .misspelling import forgiving
from .rlm import RlmRun

Score = float | int


def _fields(given: dict[str, object]) -> dict[str, object]:
    """The fields of an event: all that the method that records it was given (its `locals`)."""
    fields = given.copy()  # a debugger writes into the original
    del fields["self"], fields["attributes"]
    fields.pop("model", None)
    return fields


class EventMethods:
    """The events that a run, or code outside of any run, can record.

    Every method returns the event's id, for a `label` later. None means "unknown" everywhere, and
    keyword arguments that are not named here become attributes: small scalars (texts of up to 256
    characters, numbers, booleans). No method raises an exception, except in strict mode.
    """

    def _record(
        self,
        kind: str,
        fields: Mapping[str, object],
        attributes: Mapping[str, object],
        model: object = None,
    ) -> str:
        raise NotImplementedError

    @forgiving
    def iteration(
        self,
        /,
        stage: str | None = None,
        index: int | None = None,
        max: int | None = None,
        passed: bool | None = None,
        *,
        verdict: str | None = None,
        failed_criteria: Iterable[str] | None = None,
        score: float | None = None,
        duration_ms: float | None = None,
        tokens: int | None = None,
        **attributes: object,
    ) -> str:
        """One turn of a generate, verify, revise loop.

        Args:
            stage: ``generate``, ``verify``, ``revise``, or a word of your own.
            index: which turn, from 1.
            max: how many turns are allowed.
            passed: whether it passed.
            verdict: ``pass``, ``fail``, ``needs_revision`` or ``cant_evaluate``.
            failed_criteria: names of the criteria that failed.
            score: 0–1.
            duration_ms: how long it took, ms.
            tokens: tokens it used.
            **attributes: small scalars.

        """
        return self._record("iteration", _fields(locals()), attributes)

    @forgiving
    def retry(
        self,
        /,
        reason: str | None = None,
        attempt: int | None = None,
        max: int | None = None,
        *,
        error_type: str | None = None,
        delay_ms: float | None = None,
        **attributes: object,
    ) -> str:
        """Something is tried again.

        Args:
            reason: why, in a word or two.
            attempt: which attempt begins now, from 1.
            max: how many attempts are allowed.
            error_type: class name of the error that made it necessary.
            delay_ms: the wait before it, ms.
            **attributes: small scalars.

        """
        return self._record("retry", _fields(locals()), attributes)

    @forgiving
    def edit(
        self,
        /,
        format: str,
        success: bool | None,
        *,
        edit_id: str | None = None,
        edit_call_id: str | None = None,
        attempt: int | None = None,
        final: bool | None = None,
        tokens: int | None = None,
        duration_ms: float | None = None,
        error_type: str | None = None,
        model: str | None = None,
        derived: bool | None = None,
        **attributes: object,
    ) -> str:
        """One attempt to edit a file.

        Args:
            format: ``str_replace``, ``apply_patch``, ``hashline``, ``whole``, ``udiff``, ….
            success: whether this attempt succeeded.
            edit_id: names the edit that several attempts belong to.
            edit_call_id: the OpenCode call that was this attempt, if it was one: then the call
                and this event count once.
            attempt: which attempt, from 1.
            final: whether no further attempt follows.
            tokens: tokens the attempt cost.
            duration_ms: how long it took, ms.
            error_type: class name of the error.
            model: ``provider/model``; None is the model of the context.
            derived: True when the event was derived from the call that it names as its own.
            **attributes: small scalars.

        """
        return self._record("edit_format", _fields(locals()), attributes, model)

    @forgiving
    def intent(
        self,
        /,
        intent: str,
        confidence: float | None = None,
        *,
        actual: str | None = None,
        correct: bool | None = None,
        escalated: bool | None = None,
        alternatives: Mapping[str, Score] | None = None,
        strategy: str | None = None,
        complexity: str | float | None = None,
        **attributes: object,
    ) -> str:
        """A request was classified.

        Args:
            intent: the predicted intent.
            confidence: as the classifier states it, 0–1.
            actual: the true intent, if already known; else `label` it later.
            correct: follows from `actual` when that is known.
            escalated: whether the router turned to the user.
            alternatives: other intents and their scores.
            strategy: how it was classified.
            complexity: the router's estimate.
            **attributes: small scalars.

        """
        return self._record("intent", _fields(locals()), attributes)

    @forgiving
    def rlm_chunk(
        self,
        /,
        index: int | None = None,
        total: int | None = None,
        size: int | None = None,
        *,
        unit: str = "chars",
        mode: str | None = None,
        wave: int | None = None,
        content_type: str | None = None,
        depth: int | None = None,
        **attributes: object,
    ) -> Chunk:
        """Time one chunk of a recursive language model run; use it as ``with`` or ``async with``.

        Args:
            index: which chunk, from 0.
            total: how many there are.
            size: in `unit`.
            unit: ``chars``, ``tokens`` or ``lines``.
            mode: ``parallel`` or ``sequential``.
            wave: which wave of parallel chunks, from 1.
            content_type: ``log``, ``code``, ….
            depth: recursion depth, from 0.
            **attributes: small scalars.

        """
        return Chunk(self._record, _fields(locals()), attributes)

    @forgiving
    def label(
        self,
        /,
        event_id: str,
        *,
        actual: str | None = None,
        correct: bool | None = None,
        accuracy: float | None = None,
        **attributes: object,
    ) -> str:
        """The truth about an earlier event; the last label wins.

        Args:
            event_id: what the event's call returned.
            actual: the true intent.
            correct: whether the event was right.
            accuracy: 0–1, for a chunk.
            **attributes: small scalars.

        """
        return self._record("label", _fields(locals()), attributes)

    @forgiving
    def attempts(
        self,
        /,
        max: int = 3,
        *,
        stage: str = "verify",
        first: int = 1,
        retry_on: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> Attempts:
        """Loop until an attempt passes or `max` is reached; see `Attempts`.

        Args:
            max: how many attempts are allowed.
            stage: the iterations' stage.
            first: the number of the first attempt here, when an earlier process made others.
            retry_on: exceptions of an attempt that lead to the next one instead of out of the loop.

        """
        return Attempts(self.iteration, self.retry, self._exhaust, max, stage, first, retry_on)

    @forgiving
    def edit_chain(self, /, edit_id: str | None = None, *, attempts: int = 0) -> EditChain:
        """Number the attempts of one edit; see `EditChain`.

        Args:
            edit_id: names the edit; None makes a name that no other edit has.
            attempts: how many an earlier process made.

        """
        return EditChain(self.edit, edit_id, attempts=attempts)

    @forgiving
    def rlm(
        self,
        /,
        total: int | None = None,
        size: int | None = None,
        *,
        workers: int = 1,
        unit: str = "chars",
        content_type: str | None = None,
        depth: int | None = None,
    ) -> RlmRun:
        """Chunks that know their wave; see `RlmRun`.

        Args:
            total: how many chunks there are.
            size: of a chunk, in `unit`.
            workers: how many chunks are worked on at once: a wave.
            unit: ``chars``, ``tokens`` or ``lines``.
            content_type: ``log``, ``code``, ….
            depth: recursion depth, from 0.

        """
        shared = {"total": total, "unit": unit, "content_type": content_type, "depth": depth}
        return RlmRun(self.rlm_chunk, size, workers, **shared)

    def _exhaust(self) -> None:
        """All attempts of a loop were made; a run gives up then."""
