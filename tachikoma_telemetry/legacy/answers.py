"""The answers of the predecessor's getters: its old totals and the events since, together.

An unknown value counts nowhere: an average is over the known values, and None without any. The old
file did not keep how many intents were judged, so accuracies are those of the events alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from ..journal.predecessor import EditTotals, History, IntentTotals, SkillTotals
from ..vocabulary.events import fold_format, model_key
from .local_stamps import earliest, latest, moment

Event = dict[str, Any]


class Answers:
    """The answers for one project.

    Args:
        events: of its journal, each once, by time.
        histories: the predecessor's totals there.
    """

    def __init__(self, events: list[Event], histories: list[History]) -> None:
        self._events = events
        self._histories = histories

    def skill_stats(self, skill: str) -> dict[str, Any]:
        """Of a skill's finished runs: rates, averages, percentiles; empty when there are none."""
        runs = [run for run in self._finished() if run.get("skill") == skill]
        old = [each for each in self._old_skills() if each.skill == skill]
        invocations = len(runs) + sum(each.invocations for each in old)
        if not invocations:
            return {}
        took = [run["duration_ms"] for run in runs if "duration_ms" in run]
        durations = sorted([*took, *(ms for each in old for ms in each.durations_ms)])
        succeeded = sum(run["outcome"] == "succeeded" for run in runs)
        used = [moment(each.last_used) for each in old]
        return {
            "invocations": invocations,
            "avg_tokens": _pooled(
                map(_tokens, runs), [(each.tokens, each.invocations) for each in old]
            ),
            "avg_duration_ms": _pooled(
                took, [(each.duration_ms, each.invocations) for each in old]
            ),
            "success_rate": (succeeded + sum(each.succeeded for each in old)) / invocations,
            "avg_iterations": _pooled(
                (run.get("iterations") for run in runs),
                [(each.iterations, each.invocations) for each in old],
            ),
            "last_used": latest([*used, *(run["time"] for run in runs)]),
            **{f"p{each}_duration_ms": _percentile(durations, each) for each in (50, 90, 95)},
        }

    def edit_success_rate(self, model: str) -> dict[str, float]:
        """By format, the share of edits (not of attempts) whose last attempt succeeded."""
        wanted = model_key(model)
        counts: dict[str, list[int]] = {}
        for edit in self._edits():
            known = "format" in edit and "success" in edit
            if known and model_key(edit.get("model", "")) == wanted:
                _add(counts, fold_format(edit["format"]), 1, edit["success"])
        for old in self._old_edits():
            # Without the number of edits there is no rate; one over attempts means something else.
            if old.edits and model_key(old.model) == wanted:
                _add(counts, fold_format(old.format), old.edits, min(old.successes, old.edits))
        return {name: succeeded / edits for name, (edits, succeeded) in counts.items()}

    def rlm_stats(self) -> dict[str, Any]:
        """Of all recursive runs: counts, averages over the runs that said the value, sums."""
        runs: dict[str, list[Event]] = {}
        for event in self._events:
            if event["type"] == "rlm_chunk":
                runs.setdefault(_run_of(event), []).append(event)
        old = [each.rlm for each in self._histories if each.rlm is not None]
        modes = [_first(chunk.get("mode") for chunk in run) for run in runs.values()]
        parallel = modes.count("parallel") + sum(each.parallel_runs for each in old)
        sequential = modes.count("sequential") + sum(each.sequential_runs for each in old)
        sizes = [_mean(chunk.get("size") for chunk in run) for run in runs.values()]
        accuracies = [_mean(chunk.get("accuracy") for chunk in run) for run in runs.values()]
        tokens = sum(chunk.get("tokens", 0) for run in runs.values() for chunk in run)
        return {
            "total_chunks": sum(map(len, runs.values())) + sum(each.chunks for each in old),
            "parallel_runs": parallel,
            "sequential_runs": sequential,
            "parallel_vs_sequential_ratio": parallel / max(sequential, 1),
            "avg_chunk_size": _mean([*sizes, *(one for each in old for one in each.chunk_sizes)]),
            "avg_processing_time_ms": _mean(
                [
                    *map(_processing_ms, runs.values()),
                    *(ms for each in old for ms in each.durations_ms),
                ]
            ),
            "avg_accuracy": _mean([*accuracies, *(one for each in old for one in each.accuracies)]),
            "total_tokens": tokens + sum(each.tokens or 0 for each in old),
        }

    def intent_stats(self, intent: str) -> dict[str, Any]:
        """Of one intent; accuracy is over those of which it is known."""
        found = [each for each in self._intents() if each.get("intent") == intent]
        old = [each for each in self._old_intents() if each.intent == intent]
        count = len(found) + sum(each.classified for each in old)
        return {
            "count": count,
            "avg_confidence": _pooled(
                (event.get("confidence") for event in found),
                [
                    (each.confidence and each.confidence * each.classified, each.classified)
                    for each in old
                ],
            ),
            "classification_accuracy": _mean(event.get("correct") for event in found),
            "escalation_rate": _pooled(
                (event.get("escalated") for event in found),
                [(each.escalated, each.classified) for each in old],
            ),
        }

    def summary(self) -> dict[str, Any]:
        """Totals over everything."""
        runs, old_skills = self._finished(), list(self._old_skills())
        edits = [event for event in self._events if event["type"] == "edit_format"]
        old_edits = list(self._old_edits())
        times = [event["time"] for event in self._events]
        begun = [moment(each.created_at) for each in self._histories]
        updated = [moment(each.last_updated) for each in self._histories]
        invocations = len(runs) + sum(each.invocations for each in old_skills)
        succeeded = sum(run["outcome"] == "succeeded" for run in runs)
        succeeded += sum(each.succeeded for each in old_skills)
        models = {model_key(edit["model"]) for edit in edits if "model" in edit}
        models |= {model_key(each.model) for each in old_edits}
        return {
            "created_at": earliest([*begun, *times]),
            "last_updated": latest([*updated, *times]),
            "total_skills": len(
                {run.get("skill") for run in runs} | {each.skill for each in old_skills}
            ),
            "total_models": len(models),
            "total_intents": len(
                {event.get("intent") for event in self._intents()}
                | {each.intent for each in self._old_intents()}
            ),
            "total_invocations": invocations,
            "total_edits": len(edits) + sum(each.attempts for each in old_edits),
            "overall_success_rate": succeeded / invocations if invocations else None,
            "rlm_stats": self.rlm_stats(),
        }

    def _finished(self) -> list[Event]:
        """The last end of each run."""
        ends = {_run_of(end): end for end in self._events if end["type"] == "skill_run_finished"}
        return [event for event in ends.values() if isinstance(event.get("outcome"), str)]

    def _edits(self) -> list[Event]:
        """The last attempt of each edit."""
        attempts = (event for event in self._events if event["type"] == "edit_format")
        return list({event.get("edit_id") or event["id"]: event for event in attempts}.values())

    def _intents(self) -> list[Event]:
        return [event for event in self._events if event["type"] == "intent"]

    def _old_skills(self) -> Iterator[SkillTotals]:
        return (each for history in self._histories for each in history.skills)

    def _old_edits(self) -> Iterator[EditTotals]:
        return (each for history in self._histories for each in history.edits)

    def _old_intents(self) -> Iterator[IntentTotals]:
        return (each for history in self._histories for each in history.intents)


def _run_of(event: Event) -> str:
    return str(event.get("run_id") or event["id"])


def _tokens(run: Event) -> float | None:
    said: list[float] = [run[name] for name in ("tokens_input", "tokens_output") if name in run]
    said += [run["attributes"]["tokens"]] if "tokens" in run.get("attributes", {}) else []
    return float(sum(said)) if said else None


def _processing_ms(run: list[Event]) -> float | None:
    """How long a recursive run took, ms: its own total, else the time in which a chunk ran."""
    whole: float | None = _first(
        chunk.get("attributes", {}).get("processing_time_ms") for chunk in run
    )
    if whole is not None:
        return whole
    spans = sorted(
        (chunk["time"] - chunk["duration_ms"], chunk["time"])
        for chunk in run
        if "duration_ms" in chunk
    )
    if not spans:
        return None
    total, until = 0.0, -math.inf
    for began, ended in spans:
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def _add(counts: dict[str, list[int]], name: str, edits: int, succeeded: int) -> None:
    both = counts.setdefault(name, [0, 0])
    both[0] += edits
    both[1] += succeeded


def _mean(values: Iterable[float | None]) -> float | None:
    return _pooled(values, ())


def _pooled(
    values: Iterable[float | None], sums: Iterable[tuple[float | None, int]]
) -> float | None:
    """The mean of values, and of others of which only the sum and the number are known."""
    known = [value for value in values if value is not None]
    together = [(total, n) for total, n in sums if total is not None and n]
    number = len(known) + sum(n for _, n in together)
    total = math.fsum([*known, *(total for total, _ in together)])
    return total / number if number else None


def _percentile(ordered: list[float], percent: int) -> float | None:
    """Nearest rank."""
    return ordered[math.ceil(percent * len(ordered) / 100) - 1] if ordered else None


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)
