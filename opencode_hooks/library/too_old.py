"""Recording that does nothing, for an interpreter that is too old for it.

`tachikoma-telemetry doctor` says which one that is. Code runs as if it were recorded: loops go
round, blocks run, and exceptions leave them.
"""

# Never raised here; code may name it in an `except`.
TelemetryError = type("TelemetryError", (Exception,), {})


class _Nothing:
    """A run, a chunk and every function of them."""

    id = edit_id = ""
    skill = None
    passed = False

    def __call__(self, *args, **kwargs):
        # Of a decorator, bare or called: the function itself.
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return _Nothing()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return False

    def __bool__(self):
        return False

    def attempts(self, max=3, *, stage="verify", first=1, retry_on=()):
        return _Attempts(max, first, retry_on)

    def edit_chain(self, edit_id=None, *, attempts=0):
        return _EditChain()


for _name in ("iteration", "retry", "edit", "intent", "label", "record"):
    setattr(_Nothing, _name, lambda self, *args, **kwargs: "")
for _name in ("tokens", "succeed", "fail", "escalate", "cancel", "current"):
    setattr(_Nothing, _name, lambda self, *args, **kwargs: None)
_Nothing.enabled = lambda self: False
_Nothing.TelemetryError = TelemetryError


class _Attempt(_Nothing):
    """One attempt; an exception that may be retried stays inside of it."""

    def __init__(self, number, retry_on):
        self.number = number
        self.passed = None
        self._retry_on = tuple(retry_on) if isinstance(retry_on, (tuple, list)) else (retry_on,)

    def __exit__(self, kind, error, trace):
        if error is not None:
            self.passed = False
        return error is not None and isinstance(error, self._retry_on)

    async def __aexit__(self, kind, error, trace):
        return self.__exit__(kind, error, trace)


class _Attempts(_Nothing):
    """A loop that ends with the first attempt that passed."""

    def __init__(self, most, first, retry_on):
        self._numbers = range(first, most + 1)
        self._retry_on = retry_on
        self.passed = False

    def __iter__(self):
        for number in self._numbers:
            attempt = _Attempt(number, self._retry_on if number < self._numbers[-1] else ())
            yield attempt
            self.passed = bool(attempt.passed)
            if self.passed:
                return


class _EditChain(_Nothing):
    def attempt(self, format, success, **kwargs):
        return success


telemetry = _Nothing()
for _name in (
    "attempts cancel current edit edit_chain enabled escalate fail intent iteration label record "
    "retry rlm rlm_chunk skill_run succeed tokens"
).split():
    globals()[_name] = getattr(telemetry, _name)
Attempt = Attempts = Chunk = EditChain = RlmRun = Run = SkillRun = _Nothing
__all__ = [_name for _name in globals() if not _name.startswith("_")]
