"""`opencode stats` and our report on the same databases: equal where no fork is involved, and
different as docs/comparison.md says where they are not.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tachikoma_telemetry.merge.merge import MergeRequest, merge
from tachikoma_telemetry.reports import Filters, Report, build
from tachikoma_telemetry.store.store import read_store

from ..scripted import recordings
from ..scripted.fixtures import ALL_VERSIONS, available
from ..scripted.history import History
from ..scripted.stats import Stats, dollars, shown, stats
from ..scripted.versions import NEWEST

pytestmark = pytest.mark.opencode

DAY_MS = 86_400_000

Change = Callable[[sqlite3.Connection, History], None]


def recorded(version: str, folder: Path, *changes: Change) -> History:
    """A version's recording, after these changes to its database."""
    history = recordings.unpack(version, folder / "recording")
    database = sqlite3.connect(history.database)
    with database:
        for change in changes:
            change(database, history)
    database.close()
    return history


def theirs(history: History, folder: Path, *options: str) -> Stats:
    """What `opencode stats` of that version says."""
    return stats(history.version, history.database, folder / "stats", *options)


def ours(history: History, folder: Path, filters: Filters | None = None) -> Report:
    """What our report says."""
    store = folder / "unified.db"
    merge(MergeRequest(store, folder, [], databases=[history.database], all_projects=True))
    connection = read_store(store)
    try:
        return build(connection, filters=filters)
    finally:
        connection.close()


def without_fork(database: sqlite3.Connection, history: History) -> None:
    """Delete the forked session, so that nothing is in the database twice."""
    fork = history.expected.sessions["forked"]
    for table, column in (("part", "session_id"), ("message", "session_id"), ("session", "id")):
        database.execute(f"DELETE FROM {table} WHERE {column} = ?", (fork,))


def with_reasoning(database: sqlite3.Connection, history: History) -> None:
    """Give one message of the model gpt-5 5,000 reasoning tokens."""
    database.execute(
        "UPDATE message SET data = json_set(data, '$.tokens.reasoning', 5000) WHERE id = "
        "(SELECT max(id) FROM message WHERE json_extract(data, '$.modelID') = 'gpt-5')"
    )


def long_ago(database: sqlite3.Connection, history: History) -> None:
    """Make all of it 90 days older, but for the time at which one session was last touched."""
    ago = 90 * DAY_MS
    for table in ("session", "message", "part"):
        database.execute(
            f"UPDATE {table} SET time_created = time_created - {ago}, "
            f"time_updated = time_updated - {ago}"
        )
    for table, key in (("message", "$.time.created"), ("part", "$.state.time.start")):
        database.execute(
            f"UPDATE {table} SET data = json_set(data, '{key}', json_extract(data, '{key}') "
            f"- {ago}) WHERE json_extract(data, '{key}') IS NOT NULL"
        )
    touched = int(time.time() * 1000)
    second = history.expected.sessions["second"]
    database.execute("UPDATE session SET time_updated = ? WHERE id = ?", (touched, second))


@pytest.fixture(scope="module", params=ALL_VERSIONS)
def unforked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Report, Stats]:
    """Ours and theirs of each version's recording, without its fork."""
    available(request.param)
    folder = tmp_path_factory.mktemp("unforked")
    history = recorded(request.param, folder, without_fork)
    return ours(history, folder), theirs(history, folder)


def test_tools_are_equal(unforked: tuple[Report, Stats]) -> None:
    """Without a fork both count the same calls; an invalid one is its tool's in our report."""
    report, counted = unforked
    rows = report.parts["tools"]

    counts = {row.tool: row.calls - row.invalid for row in rows if row.calls > row.invalid}
    counts["invalid"] = sum(row.invalid for row in rows)
    assert 1 == counts["invalid"]
    assert counts == counted.tools


def test_models_are_equal(unforked: tuple[Report, Stats]) -> None:
    """Without a fork both find the same messages, tokens and cost of each model."""
    report, counted = unforked
    rows = report.parts["models"]

    assert 2 == len(rows)
    assert {
        row.model: {
            "Messages": str(row.messages),
            "Input Tokens": shown(row.tokens_input),
            "Output Tokens": shown(row.tokens_output),
            "Cache Read": shown(row.tokens_cache_read),
            "Cache Write": shown(row.tokens_cache_write),
            "Cost": dollars(row.cost, 4),
        }
        for row in rows
    } == counted.models


def test_totals_are_equal(unforked: tuple[Report, Stats]) -> None:
    """Without a fork both find the same sums, those of subagents in them."""
    report, counted = unforked
    totals = report.totals
    assert totals is not None

    # Theirs are the user's messages as well: one in each session, and one more in `main`.
    messages = totals.messages + totals.sessions + 1
    assert {
        "Sessions": str(totals.sessions),
        "Messages": str(messages),
        "Total Cost": dollars(totals.cost, 2),
        "Avg Cost/Day": dollars(totals.cost_per_day, 2),
        "Median Tokens/Session": shown(totals.tokens_per_session_median),
        "Input": shown(totals.tokens_input),
        "Output": shown(totals.tokens_output),
        "Cache Read": shown(totals.tokens_cache_read),
        "Cache Write": shown(totals.tokens_cache_write),
    }.items() <= counted.overview.items()


def test_what_a_fork_copied_counts_twice_in_theirs(opencode_version: str, tmp_path: Path) -> None:
    """What they count more than we do is what the fork copied: no more and no less."""
    history = recorded(opencode_version, tmp_path)

    report = ours(history, tmp_path)
    counted = theirs(history, tmp_path)

    assert (38, 23) == (report.coverage.calls, report.coverage.copies)
    assert 38 + 23 == sum(counted.tools.values())
    assert {
        "mock/glm-4.7": (39, 62),
        "mock/gpt-5": (5, 5),
    } == {
        row.model: (row.messages, int(counted.models[row.model]["Messages"]))
        for row in report.parts["models"]
    }
    assert report.totals is not None
    assert ("$0.09", "$0.13") == (
        dollars(report.totals.cost, 2),
        counted.overview["Total Cost"],
    )
    # Of eight sessions: ours is the smaller of the two in the middle, theirs lies between them.
    assert ("10.2K", "13.9K") == (
        shown(report.totals.tokens_per_session_median),
        counted.overview["Median Tokens/Session"],
    )


def test_reasoning_is_output_of_a_model_in_theirs(tmp_path: Path) -> None:
    """Their models have it in the output tokens, their totals have not; ours tell it apart."""
    available(NEWEST)
    history = recorded(NEWEST, tmp_path, without_fork, with_reasoning)

    counted = theirs(history, tmp_path)
    rows = {row.model: row for row in ours(history, tmp_path).parts["models"]}

    model = rows["mock/gpt-5"]
    assert (1360, 5000) == (model.tokens_output, model.tokens_reasoning)
    assert shown(1360 + 5000) == counted.models["mock/gpt-5"]["Output Tokens"]
    assert shown(1360 + rows["mock/glm-4.7"].tokens_output) == counted.overview["Output"]


def test_their_days_are_those_of_the_last_touch(tmp_path: Path) -> None:
    """`--days` takes whole sessions by when they were last changed; `--since` takes what began."""
    available(NEWEST)
    history = recorded(NEWEST, tmp_path, without_fork, long_ago)
    since = int(time.time() * 1000) - 7 * DAY_MS

    counted = theirs(history, tmp_path, "--days", "7")
    totals = ours(history, tmp_path, Filters(since=since)).totals

    assert ("1", "5", 3) == (
        counted.overview["Sessions"],
        counted.overview["Messages"],
        sum(counted.tools.values()),
    )
    assert totals is not None
    assert (0, 0, 0) == (totals.sessions, totals.messages, totals.calls)


def test_the_newest_adds_up_what_the_session_says(tmp_path: Path) -> None:
    """1.18 takes its totals from the sums in the session's row, and its models from messages."""
    available(NEWEST)

    def dearer(database: sqlite3.Connection, history: History) -> None:
        main = history.expected.sessions["main"]
        database.execute("UPDATE session SET cost = cost + 5 WHERE id = ?", (main,))

    history = recorded(NEWEST, tmp_path, without_fork, dearer)

    counted = theirs(history, tmp_path)

    assert "$5.08" == counted.overview["Total Cost"]
    assert ["$0.0165", "$0.0664"] == sorted(each["Cost"] for each in counted.models.values())
