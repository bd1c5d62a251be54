"""The predecessor's logger: each of its calls becomes the events that say the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..atomic_file import write_file
from ..clock import now_ms
from ..journal.predecessor import History, old_files, read_histories, read_history
from ..recording import delivery, record
from ..recording.problems import problem
from ..recording.settings import enabled
from ..vocabulary import ids
from .answers import Answers, Event
from .config import DEFAULT_CONFIG, read_config
from .local_stamps import is_before, iso

# The most attempts, iterations or chunks of one call; a greater number means something else.
_STEPS_MAX = 10_000
_DAY_MS = 86_400_000


class TelemetryLogger:
    """The predecessor's logger.

    The journal is always that of the project, never one of a subfolder.

    Args:
        config_path: its YAML file; see `config`.
    """

    def __init__(self, config_path: str = DEFAULT_CONFIG) -> None:
        self._enabled, self._retention_days = read_config(config_path)

    def is_enabled(self) -> bool:
        """Whether anything is recorded."""
        return self._enabled and enabled()

    def log_skill_invocation(
        self,
        skill_name: str,
        tokens: int,
        duration_ms: int,
        success: bool,
        iterations: int = 1,
        additional_data: Mapping[str, Any] | None = None,
    ) -> None:
        """A skill ran: recorded as a run that began `duration_ms` ago, with its iterations.

        Lists and mappings in `additional_data` are recorded as JSON text.
        """
        if not self.is_enabled():
            return
        envelope = {"skill": skill_name, "run_id": ids.run_id()}
        known = isinstance(duration_ms, int | float) and 0 <= duration_ms < now_ms()
        began = now_ms() - int(duration_ms) if known else None
        record("skill_run_started", {"trigger": "legacy"}, envelope=envelope, time=began)
        number = _steps(iterations, "iterations")
        for index in range(1, (number or 0) + 1):
            # The predecessor's call does not say which of them passed.
            record("iteration", {"index": index, "max": None}, envelope=envelope)
        fields = {
            "outcome": "succeeded" if success else "failed",
            "duration_ms": duration_ms,
            "iterations": number,
        }
        extra = additional_data if isinstance(additional_data, Mapping) else {}
        attributes = {str(name): _scalar(value) for name, value in extra.items()}
        record(
            "skill_run_finished",
            fields,
            envelope=envelope,
            attributes={**attributes, "tokens": tokens},
        )

    def log_edit_attempt(
        self,
        model: str,
        format_type: str,
        success: bool,
        attempts: int = 1,
        tokens_used: int = 0,
        duration_ms: int = 0,
    ) -> None:
        """An edit, after `attempts` attempts: all but the last one failed."""
        if not self.is_enabled():
            return
        edit = ids.edit_id()
        # An edit was tried at least once.
        last = max(_steps(attempts, "attempts") or 1, 1)
        whole = {"tokens": tokens_used or None, "duration_ms": duration_ms or None}
        for attempt in range(1, last + 1):
            final = attempt == last
            fields = {
                "format": format_type,
                "success": bool(success) if final else False,
                "edit_id": edit,
                "attempt": attempt,
                "final": True if final else None,
                **(whole if last == 1 else {}),
            }
            attributes = {f"edit_{name}": value for name, value in whole.items()}
            record(
                "edit_format",
                fields,
                envelope={"model": model},
                attributes=attributes if final and last > 1 else None,
            )

    def log_rlm_performance(
        self,
        chunk_count: int,
        processing_time_ms: int,
        parallel: bool,
        chunk_size: int,
        tokens_processed: int = 0,
        accuracy: float = 0.0,
    ) -> None:
        """A recursive run: its chunks; of a single chunk, only the size is known.

        The tokens are those of all chunks, so each gets its share; the accuracy is that of the
        result, so it counts once. The time is that of a chunk only if there is just one.
        """
        number = _steps(chunk_count, "chunk_count") if self.is_enabled() else None
        if not number:
            return
        envelope = {"run_id": ids.run_id()}
        tokens = _shares(tokens_processed, number)
        for index in range(number):
            last = index == number - 1
            fields = {
                "index": index,
                "total": number,
                "size": chunk_size,
                "unit": "chars",
                "mode": "parallel" if parallel else "sequential",
                "duration_ms": processing_time_ms if number == 1 else None,
                "tokens": tokens[index],
                "accuracy": (accuracy or None) if last else None,
            }
            whole = {"processing_time_ms": processing_time_ms} if last and number > 1 else None
            record("rlm_chunk", fields, envelope=envelope, attributes=whole)

    def log_intent_classification(
        self, intent: str, confidence: float, correct: bool | None = None, escalated: bool = False
    ) -> None:
        """A request was classified."""
        if not self.is_enabled():
            return
        fields = {
            "intent": intent,
            "confidence": confidence,
            "correct": correct,
            "escalated": escalated,
        }
        record("intent", fields)

    def get_skill_stats(self, skill_name: str) -> dict[str, Any]:
        """Of a skill's finished runs: rates, averages, percentiles; empty when there are none.

        Percentiles are over all recorded runs and the last hundred of the predecessor's.
        """
        return _answers().skill_stats(skill_name)

    def get_edit_success_rate(self, model: str) -> dict[str, float]:
        """By format, the share of edits (not of attempts) whose last attempt succeeded.

        Models are compared without their providers: `zai/glm-4.7` is `glm-4.7`.
        """
        return _answers().edit_success_rate(model)

    def get_best_format_for_model(self, model: str) -> str | None:
        """The format with the highest success rate; None without data."""
        rates = self.get_edit_success_rate(model)
        return max(rates, key=rates.__getitem__) if rates else None

    def get_rlm_stats(self) -> dict[str, Any]:
        """Of all recursive runs: counts, averages over the runs with a value, sums."""
        return _answers().rlm_stats()

    def get_intent_stats(self, intent: str) -> dict[str, Any]:
        """Of one intent; accuracy is over the classifications for which it is known."""
        return _answers().intent_stats(intent)

    def get_summary(self) -> dict[str, Any]:
        """Totals over everything in the journal, and over what the predecessor left."""
        return _answers().summary()

    def export_metrics(self, filepath: str) -> None:
        """Write all events and the predecessor's totals to a file, as JSON.

        Raises:
            OSError: when it can't be written; an older file stays as it was.
        """
        journal = _journal()
        histories = [_as_json(history) for history in read_histories(journal)]
        exported = {
            "exported_at": iso(now_ms()),
            "events": _events(journal),
            "predecessor": histories,
        }
        write_file(filepath, [json.dumps(exported).encode()])

    def clear_old_metrics(self, days: int | None = None) -> None:
        """Delete events older than `days` (default: the configured retention), merged or not.

        A file of the predecessor goes when all of it is older. What is merged stays in the store.

        Raises:
            OSError: when the journal can't be written; it is as it was.
        """
        from ..journal.prune import prune

        journal = _journal()
        before = now_ms() - int(self._retention_days if days is None else days) * _DAY_MS
        prune(journal, lambda event: bool(event["time"] < before), lambda found: found)
        for file in old_files(journal):
            if file != journal and _ended_before(file, before):
                file.unlink(missing_ok=True)


_instance: TelemetryLogger | None = None


def get_telemetry(config_path: str = DEFAULT_CONFIG) -> TelemetryLogger:
    """The one logger of this process; `config_path` counts in the first call only."""
    global _instance
    if _instance is None:
        _instance = TelemetryLogger(config_path)
    return _instance


def _journal() -> Path:
    return Path(delivery.target().path)


def _answers() -> Answers:
    journal = _journal()
    return Answers(_events(journal), read_histories(journal))


def _events(journal: Path) -> list[Event]:
    """Every event of a journal once, by time."""
    from ..journal.read import JournalReader, journal_files

    found = {
        line.event["id"]: line.event
        for file in journal_files(journal)
        for line in JournalReader(file)
    }
    return sorted(found.values(), key=lambda event: (event["time"], event["id"]))


def _ended_before(file: Path, time_ms: int) -> bool:
    """Whether a file of the predecessor was last updated before that moment."""
    try:
        return is_before(read_history(file).last_updated, time_ms)
    except (OSError, ValueError):
        return False


def _as_json(history: History) -> dict[str, Any]:
    return {
        **history._asdict(),
        "skills": [each._asdict() for each in history.skills],
        "edits": [each._asdict() for each in history.edits],
        "rlm": history.rlm and history.rlm._asdict(),
        "intents": [each._asdict() for each in history.intents],
    }


def _steps(value: object, name: str) -> int | None:
    """A number of steps; None where it can't be one."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _STEPS_MAX:
        return value
    problem(f"{name} is no number from 0 to {_STEPS_MAX}; dropped")
    return None


def _shares(total: object, number: int) -> list[int | None]:
    """`total` in parts that are as equal as whole numbers can be; None where it is not known."""
    if not isinstance(total, int) or total <= 0:
        return [None] * number
    share, rest = divmod(total, number)
    return [share + (index < rest) for index in range(number)]


def _scalar(value: object) -> object:
    """What an attribute can hold of a value that may be a list or a mapping."""
    if isinstance(value, list | tuple | set | frozenset):
        value = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
    elif not isinstance(value, Mapping):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return value  # recording reports that it is no scalar
