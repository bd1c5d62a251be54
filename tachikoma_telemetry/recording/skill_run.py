"""`skill_run`: a run as a ``with`` block, an ``async with`` block, or a decorator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Token
from typing import Literal, ParamSpec, TypeVar, overload

from ..vocabulary import ids
from .context import activation_run_id, identity, replaced
from .misspelling import forgiving, misspelt_attribute
from .problems import problem
from .run import Run, current_run, enclosing_run_id, end, leave

P = ParamSpec("P")
R = TypeVar("R")


_NAMES = (
    "per",
    "run_id",
    "finish",
    "session_id",
    "call_id",
    "skill_call_id",
    "model",
    "agent",
    "trigger",
    "exit_code",
)


class SkillRun:
    """What `skill_run` returns; entering it begins a run, each time a new one."""

    def __init__(
        self,
        name: str,
        *,
        run_id: str | None,
        finish: bool,
        per: str | None,
        known: Mapping[str, str | None],
        trigger: str | None,
        attributes: Mapping[str, object],
        exit_code: bool = False,
    ) -> None:
        self._name = name
        self._run_id = run_id
        self._finish = finish
        self._per = per
        self._known = known
        self._trigger = trigger
        self._attributes = attributes
        self._exit_code = exit_code
        # Threads and tasks may share this object: each leaves the run that is current to it.
        self._open: dict[Run, Token[Run | None]] = {}

    def begin(self) -> Run:
        """Begin a run without making it the current one; for adapters, which `end` it.

        Raises:
            TelemetryError: in strict mode.

        """
        known = identity()
        known = replaced(known, self._known)
        activation = activation_run_id(known, self._name) if self._per else None
        run_id = self._run_id or activation
        run = Run(
            self._name,
            run_id or ids.run_id(),
            known,
            finish=self._finish,
            until_said=activation is not None,
            exit_code=self._exit_code,
        )
        parent = enclosing_run_id(known)
        fields = {
            "parent_run_id": parent if parent != run.id else None,
            "trigger": self._trigger,
            "continued": True if run_id else None,
        }
        run._start(fields, self._attributes)
        return run

    def __enter__(self) -> Run:
        run = self.begin()
        self._open[run] = current_run.set(run)
        return run

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        run = current_run.get()
        token = self._open.pop(run, None) if run is not None else None
        if run is None or token is None:  # left in another context than entered
            run, token = self._open.popitem()
        leave(token)
        end(run, error)

    async def __aenter__(self) -> Run:
        return self.__enter__()

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Decorate `function`: each call is a run, which ends when the call has ended.

        A coroutine ends when it was awaited, a generator when it is exhausted or closed.
        """
        # Brings `inspect`, which most skills do without.
        from .decorate import decorate

        return decorate(self.begin, function)


@overload
def skill_run(name: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def skill_run(
    name: str,
    *,
    per: Literal["activation"] | None = None,
    run_id: str | None = None,
    finish: bool = True,
    session_id: str | None = None,
    call_id: str | None = None,
    skill_call_id: str | None = None,
    model: str | None = None,
    agent: str | None = None,
    trigger: str | None = None,
    exit_code: bool = False,
    **attributes: object,
) -> SkillRun: ...


@forgiving
def skill_run(
    name: str | Callable[P, R],
    *,
    per: Literal["activation"] | None = None,
    run_id: str | None = None,
    finish: bool = True,
    session_id: str | None = None,
    call_id: str | None = None,
    skill_call_id: str | None = None,
    model: str | None = None,
    agent: str | None = None,
    trigger: str | None = None,
    exit_code: bool = False,
    **attributes: object,
) -> SkillRun | Callable[P, R]:
    """A run of the skill `name`, as ``with``, ``async with`` or decorator.

    An exception of the body is recorded by its class name and goes on unchanged. As a bare
    decorator (``@skill_run``) the skill is named after the function.

    Args:
        name: the skill's name.
        per: ``"activation"``: inside of OpenCode, all processes of one activation of the skill are
            one run, until `Run.succeed`, `Run.fail`, `Run.escalate` or `Run.cancel` says how it
            ended. Outside of OpenCode it is an ordinary run.
        run_id: continues a run that another process began; None begins a new one.
        finish: False leaves the run open for another process to continue. An exception and a
            verdict end it nevertheless; the last end wins.
        exit_code: of a decorated function: True takes an int that it returns as an exit code, as
            ``sys.exit(main())`` does, so that one other than 0 is a failure.
        session_id: OpenCode's session; None is the plugin's value. So for the next four.
        call_id: the OpenCode call that this code runs in.
        skill_call_id: the call that loaded the skill.
        model: ``provider/model``.
        agent: OpenCode's agent.
        trigger: what started the run.
        **attributes: small scalars.

    """
    if not isinstance(name, str):
        if callable(name):
            decorate = skill_run(getattr(name, "__name__", "skill"))
            return decorate(name)
        problem("a skill's name is no text")
        name = "unknown"
    for each in attributes:
        said = misspelt_attribute(each, _NAMES)
        if said:
            problem(said)
    if per not in (None, "activation"):
        problem(f"per={per!r} is unknown; `activation` is the only one")
        per = None
    known = {
        "session_id": session_id,
        "call_id": call_id,
        "skill_call_id": skill_call_id,
        "model": model,
        "agent": agent,
    }
    return SkillRun(
        name,
        run_id=run_id,
        finish=finish,
        per=per,
        known=known,
        trigger=trigger,
        attributes=attributes,
        exit_code=exit_code,
    )
