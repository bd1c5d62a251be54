"""Which commands run a file of a skill, and which only read, list, edit, check or test one."""

import random

import pytest

from tachikoma_telemetry.opencode.script_command import ScriptRun, script_run

CLI = ("cli-router", "cli-router.py")
RLM = ("rlm", "scripts/rlm_repl.py")

RUNS = [
    ("python .opencode/skills/cli-router.py full 'fix the bug' --json", CLI),
    ('python3 .opencode/skills/cli-router.py classify "add a test; then run it"', CLI),
    ("python3.12 .opencode/skill/cli-router.py full Q", CLI),
    ("python -u -W ignore .opencode/skills/cli-router.py full Q", CLI),
    ("python .opencode/skills/rlm/scripts/rlm_repl.py exec -c 'print(1)'", RLM),
    ("uv run python .opencode/skills/rlm/scripts/rlm_repl.py init big.txt", RLM),
    ("uv run .opencode/skills/rlm/scripts/rlm_repl.py init", RLM),
    ("uv run --with rich --python 3.12 .opencode/skills/rlm/scripts/rlm_repl.py", RLM),
    ("uv run --script .opencode/skills/rlm/scripts/rlm_repl.py status", RLM),
    ("pipx run .opencode/skills/rlm/scripts/rlm_repl.py", RLM),
    ("poetry run python .opencode/skills/rlm/scripts/rlm_repl.py", RLM),
    ("bash .opencode/skills/deploy/run.sh --dry", ("deploy", "run.sh")),
    ("bash -eux .opencode/skills/deploy/run.sh", ("deploy", "run.sh")),
    ("sh ./.opencode/skills/deploy/run.sh", ("deploy", "run.sh")),
    ("bash -lc 'python .opencode/skills/cli-router.py full Q'", CLI),
    ("./.opencode/skills/deploy/run.sh", ("deploy", "run.sh")),
    (".opencode/skills/deploy/bin/run", ("deploy", "bin/run")),
    ("/home/ann/shop/.opencode/skills/deploy/run.sh x", ("deploy", "run.sh")),
    ("~/.config/opencode/skills/rlm/scripts/rlm_repl.py", RLM),
    ("python ~/.config/opencode/skill/rlm/scripts/rlm_repl.py", RLM),
    ("python $HOME/.claude/skills/rlm/scripts/rlm_repl.py", RLM),
    ('python "${HOME}/.agents/skills/rlm/scripts/rlm_repl.py"', RLM),
    ("node .opencode/skills/lint/index.js", ("lint", "index.js")),
    ("node --import tsx .opencode/skills/lint/index.ts", ("lint", "index.ts")),
    ("bun .opencode/skills/lint/index.ts", ("lint", "index.ts")),
    ("bun run .opencode/skills/lint/index.ts --fix", ("lint", "index.ts")),
    ("deno run --allow-read -A .opencode/skills/lint/index.ts", ("lint", "index.ts")),
    ("npx tsx .opencode/skills/lint/index.ts", ("lint", "index.ts")),
    ("npx -y tsx .opencode/skills/lint/index.ts", ("lint", "index.ts")),
    ("cd .opencode/skills/rlm && python scripts/rlm_repl.py", RLM),
    ("cd /srv/p/.opencode/skills/rlm/scripts; python3 rlm_repl.py", RLM),
    ("cd .opencode/skills/rlm && cd scripts && ./rlm_repl.py", RLM),
    ("(cd .opencode/skills/rlm && python scripts/rlm_repl.py)", RLM),
    ("cd src && python ../.opencode/skills/cli-router.py full Q", CLI),
    ("DEBUG=1 python .opencode/skills/cli-router.py full Q", CLI),
    ("env DEBUG=1 A='b c' python .opencode/skills/cli-router.py", CLI),
    ("export A=b && python .opencode/skills/cli-router.py", CLI),
    ("S=.opencode/skills/rlm\npython $S/scripts/rlm_repl.py", RLM),
    ("timeout 60 python .opencode/skills/cli-router.py full Q", CLI),
    ("timeout -k 5 60s nice -n 5 python .opencode/skills/cli-router.py", CLI),
    ("time python .opencode/skills/cli-router.py full Q", CLI),
    ("echo Q | python .opencode/skills/cli-router.py -", CLI),
    ("cat a.txt | python .opencode/skills/cli-router.py | tail -5", CLI),
    ("python .opencode/skills/cli-router.py full Q 2>&1 | head -40", CLI),
    ("python .opencode/skills/cli-router.py full Q > out.json 2> err.txt", CLI),
    ("OUT=$(python .opencode/skills/cli-router.py full Q)", CLI),
    ('echo "got $(python .opencode/skills/cli-router.py full Q)"', CLI),
    ("echo `python .opencode/skills/cli-router.py full Q`", CLI),
    ("python .opencode/skills/cli-router.py <<'EOF'\ncat x\nEOF\n", CLI),
    ("mkdir -p out; python .opencode/skills/cli-router.py full Q || true", CLI),
    ("if python .opencode/skills/cli-router.py full Q; then echo y; fi", CLI),
    ("for q in a b; do python .opencode/skills/cli-router.py $q; done", CLI),
    ("python \\\n  .opencode/skills/cli-router.py \\\n  full Q", CLI),
    ("# classify first\npython .opencode/skills/cli-router.py full Q", CLI),
    ("python .opencode\\skills\\rlm\\scripts\\rlm_repl.py", RLM),
    ("py -3 C:\\Users\\ann\\.config\\opencode\\skills\\rlm\\scripts\\rlm_repl.py", RLM),
    ("python.exe 'C:\\Users\\Ann B\\p\\.opencode\\skills\\rlm\\scripts\\rlm_repl.py'", RLM),
    (".opencode/skills/rlm/.venv/bin/python .opencode/skills/rlm/scripts/rlm_repl.py", RLM),
    ("python '.opencode/skills/my skill/scripts/a.py'", ("my skill", "scripts/a.py")),
    ("python .opencode/skills/my\\ skill/scripts/a.py", ("my skill", "scripts/a.py")),
    ("python .opencode/skills/group/rlm/scripts/rlm_repl.py", RLM),
    ("python skills/rlm/scripts/rlm_repl.py", RLM),
    ("tachikoma-telemetry log run --skill rlm -- python .opencode/skills/rlm/scripts/a.py",
     ("rlm", "scripts/a.py")),
    ("ls *.txt | xargs -n 1 python .opencode/skills/cli-router.py", CLI),
    ("git add . && python .opencode/skills/cli-router.py full Q", CLI),
]  # fmt: skip

NONE = [
    "cat .opencode/skills/cli-router.py",
    "ls -la .opencode/skills/rlm/scripts/",
    "head -50 .opencode/skills/rlm/scripts/rlm_repl.py",
    "tail -n 5 .opencode/skills/rlm/scripts/rlm_repl.py | python -m json.tool",
    "sed -n 1,20p .opencode/skills/cli-router.py",
    "sed -i 's/python/python3/' .opencode/skills/cli-router.py",
    "grep -rn 'def main' .opencode/skills/",
    "rg python .opencode/skills/rlm/scripts/rlm_repl.py",
    "chmod +x .opencode/skills/deploy/run.sh",
    "cp .opencode/skills/deploy/run.sh /tmp/run.sh && cat /tmp/run.sh",
    "mv .opencode/skills/a.py .opencode/skills/b.py",
    "rm -rf .opencode/skills/rlm",
    "find .opencode/skills -name '*.py' -exec wc -l {} +",
    "wc -l .opencode/skills/rlm/scripts/rlm_repl.py",
    "diff .opencode/skills/a.py .opencode/skills/b.py",
    "git add .opencode/skills/cli-router.py && git commit -m 'python .opencode/skills/x.py'",
    "git log --oneline -- .opencode/skills/cli-router.py",
    "python -m py_compile .opencode/skills/cli-router.py",
    "python -m pytest .opencode/skills/rlm/tests",
    "pytest .opencode/skills/rlm/tests/test_repl.py -q",
    "uv run pytest .opencode/skills/rlm/tests",
    "uv run ruff check .opencode/skills/rlm/scripts/rlm_repl.py",
    "ruff check .opencode/skills/",
    "mypy .opencode/skills/cli-router.py",
    "black .opencode/skills/cli-router.py",
    "bash -n .opencode/skills/deploy/run.sh",
    "shellcheck .opencode/skills/deploy/run.sh",
    "node --check .opencode/skills/lint/index.js",
    "bun test .opencode/skills/lint/index.test.ts",
    "deno check .opencode/skills/lint/index.ts",
    "python .opencode/skills/rlm/tests/test_repl.py",
    "python .opencode/skills/cli-router.py --help",
    "python -c 'print(open(\".opencode/skills/cli-router.py\").read())'",
    "python - <<'EOF'\nimport runpy\nrunpy.run_path('.opencode/skills/cli-router.py')\nEOF",
    "cat > .opencode/skills/x/a.py <<'EOF'\npython .opencode/skills/cli-router.py\nEOF",
    "echo 'python .opencode/skills/cli-router.py'",
    "echo python .opencode/skills/cli-router.py >> notes.md",
    "# python .opencode/skills/cli-router.py",
    "test -f .opencode/skills/cli-router.py && echo yes",
    "[ -x .opencode/skills/deploy/run.sh ]",
    "stat .opencode/skills/deploy/run.sh; file .opencode/skills/deploy/run.sh",
    "code .opencode/skills/cli-router.py",
    "python main.py --skills .opencode/skills/rlm/scripts/rlm_repl.py",
    "python main.py > .opencode/skills/rlm/scripts/out.py",
    "python src/skills/engine.py",
    "cd .opencode/skills/rlm && ls scripts",
    "cd .opencode/skills/rlm && cd /srv/app && python scripts/build.py",
    "(cd .opencode/skills/rlm && ls); python scripts/build.py",
    "source .opencode/skills/rlm/.venv/bin/activate",
    ".opencode/skills/rlm/.venv/bin/pip install rich",
    "which python; ls .opencode/skills",
    "pip install -r .opencode/skills/rlm/requirements.txt",
    "opencode run 'load the skill rlm'",
    "python .opencode/skills/rlm/SKILL.md",
    'python "$SCRIPT" # of .opencode/skills',
    "cat .opencode/skills/rlm/SKILL.md | less",
    "",
]


@pytest.mark.parametrize(("command", "expected"), RUNS, ids=[command for command, _ in RUNS])
def test_a_command_that_runs_a_file_of_a_skill_names_both(
    command: str, expected: tuple[str, str]
) -> None:
    found = script_run(command, "/srv/shop")
    assert found is not None
    assert found[:2] == expected


@pytest.mark.parametrize("command", NONE)
def test_a_command_that_does_something_else_with_such_a_file_is_no_run(command: str) -> None:
    assert script_run(command, "/srv/shop") is None


@pytest.mark.parametrize(
    ("command", "decides"),
    [
        ("python .opencode/skills/a.py", True),
        ("cd x && python .opencode/skills/a.py && echo done", True),
        ("cat q | python .opencode/skills/a.py", True),
        ("(cd x && python .opencode/skills/a.py)", True),
        ("OUT=$(python .opencode/skills/a.py)", True),
        ("set -e\npython .opencode/skills/a.py\necho done", True),
        ("set -euo pipefail\npython .opencode/skills/a.py | tee out", True),
        ("python .opencode/skills/a.py || exit 3", True),
        ("python .opencode/skills/a.py > out 2>&1\n", True),
        ("bash -c 'python .opencode/skills/a.py'", True),
        ("python .opencode/skills/a.py | head -5", False),
        ("python .opencode/skills/a.py; echo done", False),
        ("python .opencode/skills/a.py || true", False),
        ("python .opencode/skills/a.py || exit 0", False),
        ("python .opencode/skills/a.py &", False),
        ("python .opencode/skills/a.py & wait", False),
        ("echo $(python .opencode/skills/a.py)", False),
        ("if python .opencode/skills/a.py; then echo y; fi", False),
        ("! python .opencode/skills/a.py", False),
        ("bash -c 'python .opencode/skills/a.py; true'", False),
        ("for i in 1 2; do python .opencode/skills/a.py; done", False),
    ],
)
def test_whether_the_exit_code_is_the_scripts(command: str, decides: bool) -> None:
    assert script_run(command) == ScriptRun("a", "a.py", decides)


def test_a_command_in_a_skills_folder_runs_its_files() -> None:
    folder = "/srv/shop/.opencode/skills/rlm"
    assert script_run("python scripts/rlm_repl.py", folder) == (*RLM, True)
    assert script_run("python ../../../build.py", folder) is None


def test_anything_is_read_without_an_error() -> None:
    pieces = ["skill", "skills/", "'", '"', "$(", "`", ")", "(", "<<E", "\n", "\\", "|", "&", ";",
              "python ", "cd ", ".opencode/skills/a/b.py ", "bash -c ", "A=$A$A ", "${A}", "\0",
              "🙂", "env ", "uv run ", "timeout ", "-", "> ", "#"]  # fmt: skip
    chance = random.Random(5)
    for _ in range(1000):
        script_run("".join(chance.choices(pieces, k=chance.randrange(60))), "/a/skills")
    nothing: tuple[object, ...] = (None, 3, b"skill", ["skill"], {})
    for value in nothing:
        assert script_run(value) is None
    for piece in pieces:
        script_run("python .opencode/skills/a.py " + piece * 50_000)
