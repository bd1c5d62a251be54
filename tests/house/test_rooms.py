"""The rooms of the package: which may import which, and what belongs to one room alone."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

from . import today
from .imports import ROOT, Module, circles, import_table, modules, way_round
from .rooms import ARROWS, ROOMS, WORDS, arrows, room_of, short

# `doctor` looks at each source by itself and joins nothing.
LOOKS_AT_BOTH = {"cli.doctor.source_checks"}

# A reading process: its standard output is the pipe to the process that started it.
WRITES_TO_A_PIPE = {"opencode.worker"}

OPENCODE_READING = {f"opencode.{name}" for name in ("census", "database", "readers", "source")}
JOURNAL_READING = {"journal.read"}

_NETWORK = {"socket", "ssl", "http", "ftplib", "smtplib", "requests", "opentelemetry"}

_OPENCODE_TABLES = re.compile(
    r"\b(?:session_message|session_entry|session_v2)\b"
    r"|\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:main\.|source\.)?\"?(?:part|message|todo|session)\b"
)


def test_no_circle_between_modules() -> None:
    """No two modules need each other, not even inside a function or for their types."""
    table = import_table()
    found = {tuple(map(short, circle)): circle for circle in circles(table)}

    new = [found[names] for names in sorted(set(found) - today.CIRCLES)]
    ways = [" → ".join(map(short, way_round(table, circle))) for circle in new]
    assert not new, f"these modules import each other in a circle: {'; '.join(ways)}"
    opened = sorted(today.CIRCLES - set(found))
    assert not opened, f"these circles are open: delete them from tests/house/today.py: {opened}"


def test_a_circle_is_found() -> None:
    """A circle of two or three is found, and named by its way round."""
    table = {"a": ["b"], "b": ["c"], "c": ["a", "d"], "d": [], "e": ["f"], "f": ["e"]}

    assert circles(table) == [("a", "b", "c"), ("e", "f")]
    assert way_round(table, ("a", "b", "c")) == ["a", "b", "c", "a"]


def test_every_module_is_in_a_room() -> None:
    """A module at the top of the package is a decision; `ROOMS` names each."""
    without = [short(name) for name in modules() if room_of(name) is None]
    assert not without, f"{without} belong to no room: say in tests/house/rooms.py to which"

    gone = [name for name in ROOMS if name and not (_exists(name))]
    assert not gone, f"{gone} are no longer in the package: delete them from tests/house/rooms.py"


def test_imports_go_down() -> None:
    """Rooms import only what is below them (`ARROWS`)."""
    backward = {
        each
        for (here, there), imports in arrows().items()
        if there not in ARROWS[here]
        for each in imports
    }

    new = [
        f"{importer} (room {room_of_short(importer)}) imports {imported} "
        f"(room {room_of_short(imported)}): that room is not below it"
        for importer, imported in sorted(backward - today.BACKWARD)
    ]
    assert not new, "; ".join(new)
    gone = sorted(today.BACKWARD - backward)
    assert not gone, f"nobody goes this way any more: delete from tests/house/today.py: {gone}"


def test_every_allowed_arrow_is_used() -> None:
    """An arrow that no import needs any more is no longer allowed."""
    drawn = arrows()
    unused = [
        f"{here} → {there}"
        for here, below in ARROWS.items()
        for there in sorted(below)
        if (here, there) not in drawn
    ]
    assert not unused, f"no import needs these: delete them from ARROWS: {'; '.join(unused)}"


def test_the_allowed_arrows_go_one_way() -> None:
    """The table has every room, and no circle of its own."""
    assert set(ROOMS.values()) == set(ARROWS)
    assert circles(ARROWS) == []
    assert not ARROWS[WORDS]


def test_recording_is_light() -> None:
    """A skill that records an event pays for none of the libraries of the reports."""
    script = (
        "import sys\n"
        "from tachikoma_telemetry import telemetry\n"
        "with telemetry.skill_run('code-agent') as run:\n"
        "    run.iteration(stage='verify', index=1, max=3, passed=True)\n"
        "heavy = {'pydantic', 'typer', 'rich', 'asyncio'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stdout + done.stderr


def test_only_the_command_line_prints() -> None:
    """No module outside `cli` calls print or has the standard output or error in its hands."""
    printing = {
        short(name): [node.lineno for node in _printing(module)]
        for name, module in modules().items()
        # The predecessor had a command line of its own.
        if room_of(name) != "cli" and short(name) != "legacy.__main__"
    }
    found = {name: lines for name, lines in printing.items() if lines}

    assert found.keys() >= WRITES_TO_A_PIPE, "one no longer writes: delete it from WRITES_TO_A_PIPE"
    new = {name: lines for name, lines in found.items() if name not in WRITES_TO_A_PIPE}
    assert not new, f"these print, in these lines, and only the CLI does: {new}"


def test_only_an_export_and_a_spark_elsewhere_open_a_connection() -> None:
    """What can open one is imported in two modules, which one command each imports when it runs."""
    using = {
        short(name)
        for name, module in modules().items()
        for node in ast.walk(module.tree)
        for imported in _names_imported(node)
        if imported.split(".")[0] in _NETWORK or imported == "urllib.request"
    }
    assert {"export.otlp.collector", "fleet.spark_session"} == using


def test_only_opencode_knows_the_tables_of_opencode() -> None:
    """How OpenCode stores things is known in one room."""
    folder = modules()["tachikoma_telemetry"].path.parent
    naming = [
        f"{path.relative_to(folder)} names {', '.join(sorted(set(found)))}"
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")])
        if path.parent.name != "opencode"
        and (found := _OPENCODE_TABLES.findall(path.read_text(encoding="utf-8")))
    ]
    assert not naming, f"only opencode/ names the tables of OpenCode: {'; '.join(naming)}"


def test_only_merge_reads_both_sources() -> None:
    """Where the journal and OpenCode's databases meet is one room."""
    reading = {
        short(name): {short(each) for each in imported} for name, imported in import_table().items()
    }
    both = {
        name
        for name, imported in reading.items()
        if imported & OPENCODE_READING and imported & JOURNAL_READING
    }
    outside = {name for name in both if not name.startswith("merge.")}
    assert outside == LOOKS_AT_BOTH, (
        f"{sorted(outside)} read the journal and the databases of OpenCode: only merge does, "
        f"and {sorted(LOOKS_AT_BOTH)}"
    )
    gone = {*OPENCODE_READING, *JOURNAL_READING} - set(reading)
    assert not gone, f"{sorted(gone)} are no longer modules: name what reads now"


def test_the_tables_of_opencode_are_recognized() -> None:
    """The words of a query are found, those of a sentence are not."""
    assert _OPENCODE_TABLES.search("SELECT id FROM part WHERE rowid > ?")
    assert _OPENCODE_TABLES.search("'session_message'")
    assert not _OPENCODE_TABLES.search("a part from part of the session, FROM parts, FROM sessions")


def room_of_short(name: str) -> str | None:
    """The room of a module by its name inside the package."""
    return next(room_of(full) for full in modules() if short(full) == name)


def _exists(name: str) -> bool:
    path = ROOT / "tachikoma_telemetry" / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def _printing(module: Module) -> Iterator[ast.expr]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            yield node
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}:
            yield node


def _names_imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
