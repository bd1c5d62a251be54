"""`report` on real terminals, dumb ones, pipes and encodings: plain text wherever colour is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from ..reports_store import NOW, ReportsStore

_COMMAND = [sys.executable, "-m", "tachikoma_telemetry", "report", "--no-merge"]
_WIDTHS = (40, 60, 80, 160)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A small history with a failure, which would be red, and names in two alphabets."""
    store = ReportsStore(tmp_path / "unified.db").marked()
    store.session(title="Grüße, 世界", directory="/srv/demo")
    store.call("bash", "failed", reason="exit 1", started=NOW)
    store.load("code-agent")
    store.run("code-agent", "escalated", run_ms=1200.0)
    store.connection.close()
    return tmp_path / "unified.db"


def environment(**extra: str) -> dict[str, str]:
    names = ("PATH", "HOME", "XDG_STATE_HOME")
    terminal = {"TERM": "xterm-256color", "PAGER": "cat"}
    return {name: os.environ[name] for name in names} | terminal | extra


def on_a_terminal(store: Path, columns: int, *arguments: str, **extra: str) -> str:
    """What a terminal of so many columns is sent."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [*_COMMAND, *arguments, "--store", str(store)]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**extra)
    ) as process:
        os.close(theirs)
        sent = b""
        try:
            while chunk := os.read(ours, 65536):
                sent += chunk
        except OSError:  # Linux says so when the other side has closed
            pass
        os.close(ours)
    assert 0 == process.returncode, sent
    return sent.decode(extra.get("PYTHONIOENCODING", "utf-8")).replace("\r\n", "\n")


def piped(store: Path, *arguments: str, **extra: str) -> bytes:
    """What the next program is given."""
    command = [*_COMMAND, *arguments, "--store", str(store)]
    done = subprocess.run(command, env=environment(**extra), capture_output=True, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    return done.stdout


@pytest.mark.slow
def test_a_terminal_has_colour_where_it_means_something(store: Path) -> None:
    """What failed is red."""
    assert "\x1b[31m" in on_a_terminal(store, 80, "calls")


@pytest.mark.slow
@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "unknown"}])
@pytest.mark.parametrize("section", [None, "calls"])
def test_a_terminal_that_wants_none_gets_plain_text(
    store: Path, section: str | None, extra: dict[str, str]
) -> None:
    """No colour, no bold, no dim: not one escape."""
    text = on_a_terminal(store, 80, *([section] if section else ["--all"]), **extra)

    assert "\x1b" not in text
    assert "bash" in text


@pytest.mark.slow
@pytest.mark.parametrize("columns", _WIDTHS)
def test_no_line_is_longer_than_the_terminal_is_wide(store: Path, columns: int) -> None:
    """At any width; a wider one is used."""
    text = on_a_terminal(store, columns, NO_COLOR="1")

    assert columns == max(map(cell_len, text.split("\n")))


@pytest.mark.slow
def test_a_pipe_gets_80_columns_of_plain_text(store: Path) -> None:
    """Or as many as COLUMNS says, however few."""
    for columns, width in ((None, 80), ("120", 120), ("30", 30), ("12", 12), ("x", 80), ("0", 80)):
        text = piped(store, **({"COLUMNS": columns} if columns else {})).decode()
        assert "\x1b" not in text
        assert width == max(map(cell_len, text.split("\n")))


@pytest.mark.slow
@pytest.mark.parametrize("section", [["--all"], ["calls"], ["iterations"]])
def test_no_line_ends_in_blanks(store: Path, section: list[str]) -> None:
    """Neither in a pipe nor in a file nor where a terminal is copied from."""
    texts = [piped(store, *section).decode(), on_a_terminal(store, 60, *section, NO_COLOR="1")]
    piped(store, *section, "--output", str(store.parent / "report.txt"))
    texts.append((store.parent / "report.txt").read_text("utf-8"))

    for text in texts:
        assert "bash" in text or section == ["iterations"]
        assert [] == [line for line in text.split("\n") if line != line.rstrip()]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_encoding_without_our_characters_gets_ascii(store: Path, encoding: str) -> None:
    """ASCII, the names' other letters written out; nothing fails."""
    extra = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}

    assert piped(store, "sessions", **extra).isascii()
    assert b"Gr\\xfc\\xdfe" in piped(store, "sessions", **extra)
    assert on_a_terminal(store, 60, NO_COLOR="1", **extra).isascii()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "csv", "md"])
def test_what_programs_read_is_utf_8_anywhere(store: Path, form: str) -> None:
    """In a terminal's width, colour or encoding, there is no difference."""
    extra = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C", "COLUMNS": "40"}

    assert "Grüße, 世界" in piped(store, "sessions", "--format", form, **extra).decode()


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(store: Path) -> None:
    """`report | head -1` ends without a word of complaint."""
    command = [*_COMMAND, "--store", str(store)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()
    assert b"" == complaint


@pytest.fixture
def long_store(tmp_path: Path) -> Path:
    """More calls than any screen has lines."""
    store = ReportsStore(tmp_path / "unified.db").marked()
    store.session()
    for number in range(90):
        store.call(f"tool{number}", started=NOW + number)
    store.connection.close()
    return tmp_path / "unified.db"


@pytest.mark.slow
def test_a_long_list_fits_the_screen(long_store: Path) -> None:
    """As many of the newest rows as it has lines; `-n` names another number."""
    text = on_a_terminal(long_store, 80, "calls")
    assert 40 < text.count("\n") < 50
    assert "tool89" in text
    assert "of 90 calls; --all or --format csv has them all." in text

    assert 7 == on_a_terminal(long_store, 80, "calls", "-n", "3").count("\n")


@pytest.mark.slow
def test_what_is_longer_than_the_screen_goes_through_the_pager(long_store: Path) -> None:
    """Through `PAGER`, with its own arguments; never of a short text, a pipe or `--no-pager`."""
    pager = {"PAGER": "sed 's/^/paged: /'"}

    assert 93 == on_a_terminal(long_store, 80, "calls", "--all", **pager).count("paged: ")
    assert "paged" not in on_a_terminal(long_store, 80, "calls", **pager)
    assert "paged" not in on_a_terminal(long_store, 80, "calls", "--all", "--no-pager", **pager)
    assert b"paged" not in piped(long_store, "calls", "--all", **pager)


@pytest.mark.slow
@pytest.mark.parametrize("pager", ["", "cat", "/no/such/pager", "'"])
def test_without_a_pager_the_text_is_just_written(long_store: Path, pager: str) -> None:
    """None wanted, none there, or a `PAGER` that is no command."""
    assert "tool0 " in on_a_terminal(long_store, 80, "calls", "--all", PAGER=pager)


@pytest.mark.slow
def test_a_pager_that_is_left_early_is_no_error(long_store: Path) -> None:
    """Its reader has seen enough."""
    text = on_a_terminal(long_store, 80, "calls", "--all", PAGER="head -n 1")

    assert 1 == text.count("\n")
    assert "calls" in text
