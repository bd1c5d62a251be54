"""What has to hold of any filters on any history: parts are parts, and they add up."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tachikoma_telemetry import reports
from tachikoma_telemetry.reports import Calendar, Comparison, Filters, Installed, InstalledSkill
from tachikoma_telemetry.store.session_sums import add_all_up

from ..goldens import histories
from ..random_history import filled, seeds
from ..reports_store import DAY, HOUR, NOW

# By part: what a row is known by, and what of it adds up.
_SUMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "skills": (
        ("skill",),
        (
            "loads", "failed_loads", "runs", "succeeded", "failed", "escalations", "cancelled",
            "abandoned", "tokens_input", "tokens_output", "tool_calls", "run_tokens_input",
            "iterations", "retries",
        ),
    ),
    "iterations": (
        ("skill", "stage"),
        ("iterations", "passed", "verdicts", "retries", "retries_inferred", "escalations"),
    ),
    "edits": (
        ("model", "format"),
        ("attempts", "successes", "edits", "edits_succeeded", "tokens_wasted"),
    ),
    "rlm": (("skill", "mode"), ("chunks", "succeeded", "failed", "tokens", "accuracy_n")),
    "waves": (("wave",), ("chunks", "failed", "tokens")),
    "chunk_sizes": (("unit", "size_low"), ("chunks", "failed", "accuracy_n")),
    "intents": (
        ("intent",),
        ("classified", "labelled", "correct", "escalated", "escalation_n"),
    ),
    "confusion": (("actual", "predicted"), ("count",)),
    "calibration": (("confidence_low",), ("n",)),
    "calls": (("call_key", "outcome"), ()),
    "tools": (
        ("tool",),
        (
            "calls", "succeeded", "failed", "timed_out", "invalid", "cancelled", "abandoned",
            "running",
        ),
    ),
    "models": (("model",), ("messages", "tokens_input", "tokens_output", "errors")),
    "sessions": (("session_id",), ()),
    "trend": (("subject", "skill", "name", "model"), ("uses", "finished", "loads", "runs")),
    "errors_seen": (("source", "name", "error"), ("times",)),
}  # fmt: skip
_SECTIONS = ("calls", "patterns", None)
_RANDOM = 4
# The fast suite has one of the random histories, and those of the fixtures.
_PLACES = [*range(_RANDOM, _RANDOM + 3), *seeds(fast=1, all=_RANDOM)]
_SUBJECTS = ("skills", "iterations", "edits", "rlm", "intents", "tools", "models", "sessions")


def build(
    store: sqlite3.Connection,
    section: str | None,
    filters: Filters,
    *options: object,
    now: int = NOW,
) -> reports.Report:
    return reports.build(store, section, filters, options=options, utc=True, now_ms=now)


def sums(store: sqlite3.Connection, filters: Filters, now: int = NOW) -> Counter[Any]:
    """Everything that adds up, of all sections."""
    found: Counter[Any] = Counter()
    for section in _SECTIONS:
        report = build(store, section, filters, now=now)
        for part, rows in report.parts.items():
            key, names = _SUMS.get(part, ((), ()))
            for row in rows if key else ():
                which = (part, *(getattr(row, each) for each in key))
                found[which] += 1 if not names else 0
                for name in names:
                    found[(*which, name)] += getattr(row, name) or 0
        if section is None:
            coverage = asdict(report.coverage)
            del coverage["malformed"], coverage["unknown"]
            found.update({("coverage", name): many for name, many in coverage.items()})
    return +found


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[sqlite3.Connection]]:
    """The fixture histories, and random ones; some calls and loads are a fork's copies."""
    random = [filled(seed).connection for seed in range(_RANDOM)]
    for store in random:
        for table in ("calls", "messages", "skill_metrics"):
            store.execute(f"UPDATE {table} SET counted = 0 WHERE rowid % 7 = 0")
        add_all_up(store)
    with histories(tmp_path_factory.mktemp("histories")) as made:
        yield [*random, *made.values()]


def _among(store: sqlite3.Connection, query: str) -> list[Any]:
    return [value for (value,) in store.execute(f"{query} ORDER BY 1").fetchall()]


def _random(store: sqlite3.Connection, random: Random) -> Filters:
    """Two or more filters whose values the store holds."""
    moments = _among(store, "SELECT DISTINCT started FROM calls WHERE started IS NOT NULL")
    since, until = sorted(random.choices(moments, k=2))
    among = {
        "since": [since],
        "until": [until + 1],
        "skill": _among(store, "SELECT DISTINCT skill FROM skill_metrics WHERE skill <> ''"),
        "model": _among(store, "SELECT DISTINCT model FROM messages WHERE model <> ''"),
        "session": _among(store, "SELECT session_id FROM sessions"),
        "directory": ["/srv", "/srv/b", "/home/ada", "/nowhere"],
        "source": ["event", "call"],
    }
    names = random.sample(sorted(among), random.randrange(2, 5))
    return Filters(**{name: random.choice(among[name]) for name in names})


def _alone(filters: Filters) -> list[Filters]:
    """Each of the filters by itself."""
    empty = Filters()
    return [
        replace(empty, **{name: value})
        for name, value in asdict(filters).items()
        if value != getattr(empty, name)
    ]


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6), st.integers(0, 2**32))
def test_a_part_is_no_more_than_the_whole(
    stores: list[sqlite3.Connection], place: int, seed: int
) -> None:
    """Filters only take away, each one more; together they leave the calls that each leaves."""
    store = stores[place]
    filters = _random(store, Random(seed))

    found = sums(store, filters)

    alone = [sums(store, each) for each in _alone(filters)]
    for each in (sums(store, Filters()), *alone):
        assert found <= each, found - each
    for part in ("calls", "sessions"):
        left = [{key for key in each if key[0] == part} for each in (found, *alone)]
        assert left[0] == set.intersection(*left[1:])


@pytest.mark.parametrize("place", _PLACES)
def test_periods_add_up(stores: list[sqlite3.Connection], place: int) -> None:
    """What began before a moment and what began after it are all."""
    store = stores[place]
    moments, everything = _among(store, "SELECT DISTINCT time FROM events"), sums(store, Filters())
    for moment in (moments[len(moments) // 2], moments[-1]):
        before, after = (sums(store, Filters(**{side: moment})) for side in ("until", "since"))
        assert everything == before + after


@pytest.mark.slow
@pytest.mark.parametrize("place", _PLACES)
def test_sessions_add_up(stores: list[sqlite3.Connection], place: int) -> None:
    """Those that nobody began from another hold all that belongs to a session."""
    store = stores[place]
    top = _among(store, "SELECT session_id FROM sessions WHERE parent_id IS NULL")

    found = sum((sums(store, Filters(session=each)) for each in top), Counter())

    assert sums(store, Filters()) == found


@pytest.mark.parametrize("place", _PLACES)
def test_the_sources_of_edits_add_up(stores: list[sqlite3.Connection], place: int) -> None:
    """Attempts and runs from events and from calls are all there are; nothing else changes."""
    store = stores[place]
    everything, event, call = (
        sums(store, Filters(source=source)) for source in ("all", "event", "call")
    )

    def chosen(of: Counter[Any]) -> Counter[Any]:
        return Counter({
            key: many
            for key, many in of.items()
            if key[0] == "edits" or (key[0] == "skills" and key[-1] == "runs")
        })  # fmt: skip

    def others(of: Counter[Any]) -> Counter[Any]:
        # What is counted of runs, and the uses of a skill, which are loads and runs.
        of_runs = ("edits", "skills", "trend", "iterations", "errors_seen")
        return Counter({key: many for key, many in of.items() if key[0] not in of_runs})

    assert chosen(everything) == chosen(event) + chosen(call)
    assert others(everything) == others(event) == others(call)


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize(
    ("filter", "parts"),
    [("skill", ("skills", "iterations", "rlm")), ("model", ("models", "edits", "best_formats"))],
)
def test_a_thing_s_own_rows_are_those_it_has_among_all(
    stores: list[sqlite3.Connection], place: int, filter: str, parts: tuple[str, ...]
) -> None:
    """Its percentiles, intervals and rates are no others because others are left out."""
    store = stores[place]
    everything = build(store, None, Filters()).parts
    own: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    for part in parts:
        for row in everything[part]:
            own[getattr(row, filter) or ""].append((part, row))
    for each in own.keys() - {""}:
        only: dict[str, Any] = {filter: each}
        mine = build(store, None, Filters(**only)).parts
        named = {part for part, _ in own[each]}
        assert own[each] == [(part, row) for part in parts if part in named for row in mine[part]]


@pytest.mark.parametrize("place", _PLACES)
def test_calls_by_tool_and_outcome(stores: list[sqlite3.Connection], place: int) -> None:
    """The rows that have it, among all: the section is cut after outcomes are known."""
    store = stores[place]
    everything = build(store, "calls", Filters()).parts["calls"]
    for name in ("tool", "outcome"):
        for each in {getattr(row, name) for row in everything} - {None}:
            mine = build(store, "calls", Filters(**{name: each})).parts["calls"]
            assert [row for row in everything if getattr(row, name) == each] == mine


@pytest.mark.parametrize("place", _PLACES)
def test_calls_of_a_skill(stores: list[sqlite3.Connection], place: int) -> None:
    """Those that are its own, and those of other skills in its windows."""
    store = stores[place]
    everything = build(store, "calls", Filters()).parts["calls"]
    for skill in {row.skill for row in everything} - {None}:
        mine = build(store, "calls", Filters(skill=skill)).parts["calls"]
        own = [row for row in everything if row.skill == skill]
        assert own == [row for row in mine if row in own]
        inside = store.execute(
            "SELECT call_key FROM calls WHERE active_skill = ?1 UNION SELECT call_key FROM calls "
            "JOIN also_active USING (message_id) WHERE also_active.skill = ?1 "
            "UNION SELECT call_key FROM calls WHERE script_skill = ?1",
            (skill,),
        )
        others = {row.call_key for row in mine if row not in own}
        assert others <= {call_key for (call_key,) in inside}


@pytest.mark.parametrize("of", _SUBJECTS)
@pytest.mark.parametrize("place", _PLACES)
def test_a_trend_adds_up_to_its_section(
    stores: list[sqlite3.Connection], place: int, of: Any
) -> None:
    """Under the same filters, over all periods."""
    store = stores[place]
    counted = {
        "skills": ("runs",), "iterations": ("iterations",), "edits": ("attempts",),
        "rlm": ("chunks",), "intents": ("classified",), "tools": ("calls",),
        "models": ("messages",), "sessions": (),
    }  # fmt: skip
    for seed in (0, 1 + _SUBJECTS.index(of), 10 + place):
        filters = _random(store, Random(seed)) if seed else Filters()
        calendar = Calendar(of=of, by="hour")
        trend = build(store, "trend", filters, calendar).parts["trend"]
        rows = build(store, of, filters).parts[of]
        known = sum(getattr(row, name) for row in rows for name in counted[of])
        uses = sum(row.uses for row in trend)
        assert (known if counted[of] else len(rows)) == uses, filters


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 6), st.integers(0, 2**32))
def test_every_section_takes_every_filter(
    stores: list[sqlite3.Connection], place: int, seed: int
) -> None:
    """None fails on any; what is compared, checked or unused is of the rows that are left."""
    store, random = stores[place], Random(seed)
    filters = _random(store, random)
    if random.random() < 0.3:
        filters = replace(filters, session="last")
    if random.random() < 0.3:
        filters = replace(filters, tool="bash", outcome="failed")
    options: list[object] = [
        Installed([InstalledSkill("code-agent", "/x", 9), InstalledSkill("z", "/z", 9)]),
        Comparison("period", after=(NOW - DAY + HOUR, None)),
        *(Calendar(of=of, by="day") for of in _SUBJECTS),  # type: ignore[arg-type]
    ]
    for section in reports.SECTIONS:
        for each in options:
            report = build(store, section, filters, each)
            for row in report.parts[section] if filters.skill is not None else ():
                assert getattr(row, "skill", None) in (None, filters.skill) or section == "calls"
