"""A skill run: from entering `skill_run` to leaving it, with everything recorded in between."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar, Token
from itertools import count
from typing import Any

from ..clock import ms_since, steady_ns
from ..errors import TelemetryError
from ..vocabulary import ids, process
from ..vocabulary.cleaning import clean_fields
from ..vocabulary.events import EVENT_TYPES
from . import delivery, recorder, settings
from .context import Identity, activation_run_id, identity
from .delivery import Target, target_or_none
from .event_methods import EventMethods
from .misspelling import forgiving
from .problems import problem
from .run_verdicts import Verdicts

_FINISHED = EVENT_TYPES["skill_run_finished"].fields


class Run(EventMethods, Verdicts):
    """An open skill run; `skill_run` makes it.

    Threads may share it. A copy that was pickled for another process records into the same run
    there, but can't add tokens to it, nor end it.

    Attributes:
        id: the run's id; hand it to another process to continue the run there.
        skill: the skill's name.

    """

    def __init__(
        self,
        skill: str,
        run_id: object,
        known: Identity,
        *,
        finish: bool = True,
        until_said: bool = False,
        exit_code: bool = False,
    ) -> None:
        self._envelope = recorder.clean_envelope(run_id, skill, known)
        # What can't be recorded (a blank, a list) can't name the run either.
        self.id: str = self._envelope.setdefault("run_id", ids.run_id())
        self.skill = skill
        # All events of a run go to one journal, wherever its code changes folder to.
        self._to = target_or_none() if settings.enabled() else None
        self._finish = finish
        self._until_said = until_said
        self._exit_code = exit_code
        self._pid = os.getpid()
        if self._to is not None and recorder.sink is None:
            delivery.get_ready()
            process.mark()
        self._began = steady_ns()
        self._ended = False
        self._verdict: dict[str, object] | None = None
        # Threads add to these at the same time: a list's append and a count's step are one step.
        self._tokens: dict[str, list[int]] = {"tokens_input": [], "tokens_output": []}
        self._counts = {"iteration": count(), "retry": count()}

    def __getstate__(self) -> tuple[Any, ...]:
        return self.skill, self._envelope, self._to and self._to.path

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """In the process that unpickled it: another one than the run's."""
        skill, envelope, journal = state
        Run.__init__(self, skill, envelope["run_id"], Identity())
        self._envelope = envelope
        self._to = Target(journal) if journal else None
        self._pid = 0

    def _record(
        self,
        kind: str,
        fields: Mapping[str, object],
        attributes: Mapping[str, object],
        model: object = None,
    ) -> str:
        if self._ended and kind != "label":
            problem(f"{kind} recorded after its run ended")
        if kind in self._counts:
            next(self._counts[kind])
        return recorder.record(kind, fields, attributes, self._envelope, model=model, to=self._to)

    @forgiving
    def tokens(self, input: int | None = None, output: int | None = None) -> None:
        """Add to the tokens that the run itself used; recorded once, when this process leaves it.

        A process that is killed first records none.

        Args:
            input: input tokens.
            output: output tokens.

        """
        if self._ended:
            problem("tokens after the run ended; ignored")
            return
        if not self._is_mine("tokens"):
            return
        problems: list[str] = []
        added = {"tokens_input": input, "tokens_output": output}
        for name, value in clean_fields(added, _FINISHED, problems).items():
            self._tokens[name].append(value)
        for each in problems:
            problem(each)

    def _returned(self, value: object) -> None:
        """The decorated function returned `value`; an earlier verdict on the run wins."""
        if self._exit_code and self._verdict is None and isinstance(value, int):
            code = exit_code(value)
            if code:
                self.fail(f"exit {code}")

    def _exhaust(self) -> None:
        self.escalate("max_iterations")

    def _ended_as(self, outcome: str, reason: object, error_type: object) -> None:
        """How the process that was the run ended, which is no verdict where one has to be said."""
        if not self._until_said:
            self._said(outcome, reason, error_type)

    def _said(self, outcome: str, reason: object, error_type: object = None) -> None:
        """Keep a verdict for the run's end; once that was recorded, record it by itself."""
        if not self._is_mine(outcome):
            return
        self._verdict = {"outcome": outcome, "reason": reason, "error_type": error_type}
        if self._ended:
            # Without a duration: the run took as long as it did.
            recorder.record("skill_run_finished", self._verdict, {}, self._envelope, to=self._to)

    def _is_mine(self, call: str) -> bool:
        """Whether this process is the one that records the run's end."""
        if self._pid == os.getpid():
            return True
        problem(f"{call} in another process than its run's; ignored")
        return False

    def _start(self, fields: Mapping[str, object], attributes: Mapping[str, object]) -> None:
        known = {**fields, "process": process.mark()}
        recorder.record("skill_run_started", known, attributes, self._envelope, to=self._to)

    def _end(self, error: BaseException | None) -> None:
        """Record how the run ended, or that this process leaves it open.

        Not in a child forked inside of it, which leaves the block as well: the run is its parent's.
        """
        if self._ended or os.getpid() != self._pid:
            return
        self._ended = True
        verdict = self._outcome(error)
        fields: dict[str, object] = {
            **verdict,
            "duration_ms": ms_since(self._began),
            **{name: sum(added) for name, added in self._tokens.items() if added},
            "iterations": next(self._counts["iteration"]),
            "retries": next(self._counts["retry"]),
        }
        kind = "skill_run_finished" if "outcome" in verdict else "skill_run_paused"
        recorder.record(kind, fields, {}, self._envelope, to=self._to)

    def _outcome(self, error: BaseException | None) -> dict[str, object]:
        """The run's outcome as event fields; without an outcome, another process goes on with it.

        How one process of an activation ends says nothing of the activation: an agent runs a
        verifier that exits with 1, or fixes a script that raised and runs it again.
        """
        if self._until_said and self._verdict is None:
            raised = error is not None and isinstance(error, Exception)
            return {"error_type": type(error).__name__} if raised else {}
        if isinstance(error, SystemExit):
            code = exit_code(error.code)
            if self._verdict is None and code:
                return {"outcome": "failed", "reason": f"exit {code}", "error_type": "SystemExit"}
            # Exiting is how a script ends: an earlier verdict on its run holds.
            error = None
        if error is not None:
            # KeyboardInterrupt, GeneratorExit, asyncio's CancelledError, trio's Cancelled.
            ended = isinstance(error, Exception)
            return {
                "outcome": "failed" if ended else "cancelled",
                "error_type": type(error).__name__,
            }
        if self._verdict is not None:
            return self._verdict
        return {"outcome": "succeeded"} if self._finish else {}


def exit_code(value: object) -> int:
    """The code, 0 to 255, that a process ends with after ``sys.exit(value)``."""
    if value is None:
        return 0
    return int(value) & 0xFF if isinstance(value, int) else 1


# The run that this task, thread or coroutine is in. asyncio copies the context into each task;
# threads start with an empty one unless they are started with contextvars.copy_context().run.
current_run: ContextVar[Run | None] = ContextVar("tachikoma_telemetry_run", default=None)


class NoRun(EventMethods, Verdicts):
    """Code outside of any run: its events are of the run that the environment names."""

    def _record(
        self,
        kind: str,
        fields: Mapping[str, object],
        attributes: Mapping[str, object],
        model: object = None,
    ) -> str:
        if not settings.enabled():
            return ""
        known = identity()
        envelope = recorder.clean_envelope(run_id_of(known), known.skill, known)
        return recorder.record(kind, fields, attributes, envelope, model=model)

    @forgiving
    def tokens(self, input: int | None = None, output: int | None = None) -> None:
        """Add to the tokens of the activation's run."""
        if settings.enabled() and run_id_of(identity()) is None:
            problem("tokens outside of a run; ignored")
            return
        self._record("skill_run_paused", {"tokens_input": input, "tokens_output": output}, {})

    def _said(self, outcome: str, reason: object, error_type: object = None) -> None:
        if settings.enabled() and run_id_of(identity()) is None:
            problem(f"{outcome} outside of a run; ignored")
            return
        fields = {"outcome": outcome, "reason": reason, "error_type": error_type}
        self._record("skill_run_finished", fields, {})


def leave(token: Token[Run | None]) -> None:
    """Make the run before the current one current again."""
    try:
        current_run.reset(token)
    except ValueError:
        # Left in another context than entered (an async generator closed by the event loop): that
        # context never had the run.
        pass


def end(run: Run, error: BaseException | None) -> None:
    """End `run`; `error` is what leaves its body, and leaves it unchanged.

    Raises:
        TelemetryError: in strict mode, unless it would take the place of `error`.

    """
    try:
        run._end(error)
    except TelemetryError:
        if error is None:
            raise


def run_id_of(known: Identity) -> str | None:
    """The run of an event that names none: `log run`'s, or the one of the skill's activation."""
    # A history that is recorded later, by hand, has the runs that it says.
    return known.run_id or (activation_run_id(known, known.skill) if known.opencode else None)


def enclosing_run_id(known: Identity) -> str | None:
    """The run that a run beginning now is nested in: this context's, or `log run`'s."""
    run = current_run.get()
    return run.id if run is not None else known.run_id
