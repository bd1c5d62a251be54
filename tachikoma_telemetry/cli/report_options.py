"""The options of `report`: from words to what the report layer takes."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, get_args

import typer

from .times import parse_time

if TYPE_CHECKING:
    from ..reports import Calendar, Comparison
    from ..reports.sections.compare.comparison import Span


_WITH_INSTALLED = (None, "unused", "check")


class _Words(str, Enum):
    """An option that is one of a few words."""

    @classmethod
    def named(cls, word: str) -> Self:
        """What the word means.

        Raises:
            typer.BadParameter: when it is none of them.

        """
        return cls(_one_of(word, tuple(each.value for each in cls)))

    @classmethod
    def choices(cls) -> str:
        """How the words are shown in the help."""
        return f"<{'|'.join(each.value for each in cls)}>"


class Format(_Words):
    """How a report is written."""

    table = "table"
    json = "json"
    csv = "csv"
    md = "md"
    html = "html"


class Source(_Words):
    """Which edit attempts count."""

    event = "event"
    call = "call"
    all = "all"


def time_of(text: str | None, option: str, *, utc: bool) -> int | None:
    """An option's time in ms since the epoch; None stays None."""
    if text is None:
        return None
    try:
        return parse_time(text, utc=utc)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def outcome_of(text: str | None) -> Any:
    """How a call ended; None stays None."""
    from ..reports.selection.filters import Outcome

    return None if text is None else _one_of(text.replace("-", "_"), get_args(Outcome), "--outcome")


def only_for_calls(section: str | None, **options: str | None) -> None:
    """Refuse options that choose calls where no call is shown."""
    for option, value in options.items():
        if value is not None and section != "calls":
            raise typer.BadParameter("only for calls", param_hint=f"--{option}")


def section_options(
    section: str | None,
    root: Path,
    *,
    skill: str | None,
    by: str | None,
    of: str | None,
    before: str | None,
    after: str | None,
    utc: bool,
) -> list[object]:
    """What the sections `compare`, `trend`, `unused` and `check` are asked beside the filters.

    Raises:
        typer.BadParameter: when an option does not fit its section.
        ConfigError: when the thresholds can't be read.

    """
    for value, option, sections in (
        (by, "--by", ("trend", "compare")),
        (of, "--of", ("trend",)),
        (before, "--before", ("compare",)),
        (after, "--after", ("compare",)),
    ):
        if value is not None and section not in sections:
            raise typer.BadParameter(f"only for {' and '.join(sections)}", param_hint=option)
    options: list[object] = []
    # A skill that is installed is no misspelt one, though it was never used.
    if section in _WITH_INSTALLED or skill is not None:
        from ..reports import Installed, find_installed

        options.append(Installed(find_installed(root)))
    if section == "check":
        from ..project import telemetry_dir
        from ..reports import read_thresholds
        from ..reports.sections.check.thresholds import CONFIG_NAME

        options.append(read_thresholds(telemetry_dir(root) / CONFIG_NAME))
    if section == "compare":
        options.append(_comparison(by, before, after, utc=utc))
    if section == "trend":
        options.append(_calendar(by, of))
    return options


def _calendar(by: str | None, of: str | None) -> Calendar:
    from ..reports.sections.trend.calendar import Calendar, Period, Subject

    return Calendar(
        of=_one_of(of or "skills", get_args(Subject), "--of"),
        by=_one_of(by, get_args(Period), "--by") if by is not None else None,
    )


def _comparison(by: str | None, before: str | None, after: str | None, *, utc: bool) -> Comparison:
    from ..reports.sections.compare.comparison import Comparison
    from ..reports.sections.compare.rows import By

    sides = (before, after)
    if by is None:
        by = "period" if any(side and _is_time(side) for side in sides) else "version"
    wanted: By = _one_of(by, get_args(By), "--by")
    if wanted != "period":
        return Comparison(wanted, before, after)
    return Comparison(
        wanted,
        _span(before, "--before", utc=utc) if before else None,
        _span(after, "--after", utc=utc) if after else None,
    )


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return ".." in text
    return True


def _span(text: str, option: str, *, utc: bool) -> Span:
    """``from..to``, either of which may be left out; a time alone is the edge of its side."""
    start, dots, end = text.partition("..")
    if not dots:
        start, end = ("", text) if option == "--before" else (text, "")
    since, until = (time_of(each.strip() or None, option, utc=utc) for each in (start, end))
    if since is not None and until is not None and until <= since:
        raise typer.BadParameter("the period ends before it begins", param_hint=option)
    return since, until


def _one_of(word: str, words: tuple[Any, ...], option: str | None = None) -> Any:
    if word not in words:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(words)}", param_hint=option)
    return word
