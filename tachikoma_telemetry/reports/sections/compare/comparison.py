"""What a comparison sets against what: the sides `before` and `after`.

by version  one skill's: the one loaded last and the one before it, or versions named by how they
            begin. Of a version that was in use several times (A, B, A again) only the last span of
            use counts, on the side before the last one that comes before the side after.
            Of several people, each upgrades at another time: the newest version is the one that
            came up last among those that two people or more have used
by period   spans of time, each (since, until) in ms; None is open
by model    two models, with or without their provider
by format   two edit formats
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ....errors import ComparisonError
from ....vocabulary.events import model_key
from ... import figures
from ...engine import Engine
from ...figures import VERSION_LENGTH
from ...selection.filters import Filters
from ...suggestions import suggestion
from .rows import By, Metric

TimeSpan = tuple[int | None, int | None]

# Only those of which the filters chose a load or a run, but in the order of all their loads.
_SPANS = """
SELECT
    s.skill, s.skill_version, s.project, s.person, s.span, min(s.started) AS first_loaded,
    max(s.started) AS last_loaded
FROM version_spans s
WHERE s.span IN (
    SELECT v.span FROM skill_metrics m JOIN version_spans v ON v.metric_id = m.metric_id
    UNION
    SELECT v.span FROM skill_metrics m JOIN run_versions v ON v.run_id = m.run_id
)
GROUP BY s.skill, s.skill_version, s.project, s.person, s.span
ORDER BY s.skill, last_loaded DESC, s.span DESC
"""
_MODELS = """
SELECT model FROM main.skill_metrics WHERE model IS NOT NULL
UNION SELECT model FROM main.edit_metrics WHERE model IS NOT NULL
"""
_FORMATS = "SELECT DISTINCT format FROM main.edit_metrics WHERE format IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What to compare.

    Attributes:
        by: what the sides differ in.
        before: a version (how it begins), a model or a format; for periods a `TimeSpan`. None is
            chosen: the version before the other side's, the time before the other side's.
        after: likewise; None is the newest version, or the time after.
        measure: the metric that the verdict is about; the others are hints. Without values of it
            the first one that has some.

    """

    by: By = "version"
    before: str | TimeSpan | None = None
    after: str | TimeSpan | None = None
    measure: Metric = "success"


class _Side(NamedTuple):
    """What belongs to a side: a row of `compared`."""

    side: str
    name: str
    skill: str | None = None
    span: str | None = None
    since: int | None = None
    until: int | None = None
    model: str | None = None
    format: str | None = None


_COMPARED = {
    **dict.fromkeys(("side", "name", "skill", "span"), "TEXT"),
    **dict.fromkeys(("since", "until"), "INTEGER"),
    **dict.fromkeys(("model", "format"), "TEXT"),
}


def prepare_comparison(store: Engine, comparison: Comparison, filters: Filters) -> None:
    """Make the table `compared` that compare.sql reads.

    Raises:
        ComparisonError: when the sides are not known, are the same or overlap.

    """
    if comparison.by == "period":
        sides = _periods(comparison)
    elif comparison.by == "version":
        sides = _versions(store, comparison, filters.skill)
    else:
        sides = _named(store, comparison)
    store.keep("compared", _COMPARED, list(sides))


def _periods(comparison: Comparison) -> Iterator[_Side]:
    before, after = _span(comparison.before), _span(comparison.after)
    if before is None and after is not None:
        since, until = after
        if since is None:
            raise ComparisonError("the period after has no beginning; name the one before")
        before = (None if until is None else since - (until - since), since)
    elif after is None and before is not None:
        after = (before[1], None)
    if before is None or after is None:
        raise ComparisonError("comparing periods needs --before or --after: a time, or from..to")
    if before[1] is None or after[0] is None or before[1] > after[0]:
        raise ComparisonError("the period before must end when the one after begins, or earlier")
    for side, (since, until) in (("before", before), ("after", after)):
        yield _Side(side, _spelled(since, until), since=since, until=until)


def _span(side: str | TimeSpan | None) -> TimeSpan | None:
    if isinstance(side, str):
        raise ComparisonError(f"{side!r} is no period")
    return side


def _spelled(since: int | None, until: int | None) -> str:
    if since is None:
        return f"before {figures.moment(until)}"
    start = figures.moment(since)
    return f"since {start}" if until is None else f"{start} to {figures.moment(until)}"


class _VersionUse(NamedTuple):
    """A span of use of a version (prepared/version_spans.sql)."""

    version: str
    project: str
    person: str
    span: str
    first_loaded: int
    last_loaded: int

    @property
    def place(self) -> tuple[str, str]:
        """Where versions follow each other."""
        return self.project, self.person


def _versions(store: Engine, comparison: Comparison, skill: str | None) -> Iterator[_Side]:
    spans: dict[str, list[_VersionUse]] = {}
    for name, *used in store.execute(_SPANS).fetchall():
        spans.setdefault(name, []).append(_VersionUse._make(used))
    if store.people > 1:
        spans = {name: _as_they_came_up(used) for name, used in spans.items()}
    if skill is None:
        if comparison.before is not None or comparison.after is not None:
            raise ComparisonError("to name versions, name their --skill")
        for name, known in spans.items():
            before = _version_before(known, known[0].version)
            if before is not None:
                yield from _last_spans(name, known, before, known[0].version)
        return
    known = spans.get(skill, [])
    names = list(dict.fromkeys(each.version for each in known))
    after = _begins(comparison.after, names, skill) or next(iter(names), None)
    before = _begins(comparison.before, names, skill)
    if before is None and after is not None:
        before = _version_before(known, after)
    if before is not None and before == after:
        raise ComparisonError("both sides are the same version; name another --after")
    yield from _last_spans(skill, known, before, after)


def _as_they_came_up(spans: list[_VersionUse]) -> list[_VersionUse]:
    """The spans of several people, those of the version first that was first used last.

    Who was the last to load one says nothing here: it may be the one who has not upgraded yet. A
    version that one person alone has used is somebody's attempt, and comes after the others.
    """
    people: dict[str, set[str]] = {}
    first: dict[str, int] = {}
    for each in spans:
        people.setdefault(each.version, set()).add(each.person)
        first[each.version] = min(first.get(each.version, each.first_loaded), each.first_loaded)
    shared = sum(len(each) > 1 for each in people.values()) > 1
    return sorted(
        spans,
        key=lambda each: (
            not shared or len(people[each.version]) > 1,
            first[each.version],
            each.version,
        ),
        reverse=True,
    )


def _version_before(spans: list[_VersionUse], after: str) -> str | None:
    """The version that was in use before `after`: in its project, else in any.

    Of several people it is the one that came up before.
    """
    at = next(number for number, each in enumerate(spans) if each.version == after)
    others = [each for each in spans[at + 1 :] if each.version != after]
    earlier = [each for each in others if each.project == spans[at].project and not each.person]
    return next((each.version for each in (*earlier, *others)), None)


def _last_spans(
    skill: str, spans: list[_VersionUse], before: str | None, after: str | None
) -> Iterator[_Side]:
    """The last span of each side in each project, and of all people; `spans` are a skill's."""
    for place in dict.fromkeys(each.place for each in spans):
        here = [each for each in spans if each.place == place]
        here.sort(key=lambda each: -each.last_loaded)
        newest = next((each for each in here if each.version == after), None)
        earlier = here[here.index(newest) + 1 :] if newest is not None else here
        older = next((each for each in (*earlier, *here) if each.version == before), None)
        for side, used in (("before", older), ("after", newest)):
            if used is not None:
                yield _Side(side, used.version[:VERSION_LENGTH], skill=skill, span=used.span)


def _begins(wanted: str | TimeSpan | None, known: list[str], skill: str) -> str | None:
    if wanted is None:
        return None
    fits = [each for each in known if isinstance(wanted, str) and each.startswith(wanted.lower())]
    if len(fits) == 1:
        return fits[0]
    there = ", ".join(each[:VERSION_LENGTH] for each in known) or "none"
    wrong = "more than one version begins with" if fits else "no version begins with"
    raise ComparisonError(f"{wrong} {wanted!r}; those of {skill}, newest first: {there}")


def _named(store: Engine, comparison: Comparison) -> Iterator[_Side]:
    before, after = comparison.before, comparison.after
    if not isinstance(before, str) or not isinstance(after, str):
        raise ComparisonError(f"comparing by {comparison.by} needs --before and --after")
    known = [each for (each,) in store.execute(_MODELS if comparison.by == "model" else _FORMATS)]
    key = model_key if comparison.by == "model" else str
    if key(before) == key(after):
        raise ComparisonError(f"both sides are the same {comparison.by}")
    for side, wanted in (("before", before), ("after", after)):
        fits = [each for each in known if key(each) == key(wanted)]
        if not fits:
            said = suggestion(key(wanted), map(key, known))
            raise ComparisonError(f"no {comparison.by} {wanted!r} was recorded; {said}")
        for each in fits:
            yield _Side(side, key(wanted), **{comparison.by: each})
