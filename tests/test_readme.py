"""The README runs as it is written, from a clean clone, with nothing but what ships."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hopopt.app.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer(README)]
NOT_HERE = ("pip install", "pytest", "hopopt compare")  # CI runs the first two
PYTHON = [(code, shown) for kind, code, shown in BLOCKS if kind == "python"]
LINES = [
    line
    for kind, code, _ in BLOCKS
    if kind == "bash" and not any(word in code for word in NOT_HERE)
    for line in code.splitlines()
]
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 120


def test_it_has_blocks_to_run() -> None:
    assert len(PYTHON) >= 3
    assert len(LINES) >= 3


@pytest.mark.parametrize(("code", "shown"), PYTHON)
def test_python_blocks_run(
    code: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    exec(code, {"__name__": "readme"})
    printed = capsys.readouterr().out
    assert not shown or printed == shown


@pytest.mark.parametrize("line", LINES)
def test_commands_run(
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    name, *arguments = shlex.split(line)
    assert name == "hopopt"
    assert main(arguments) == 0
    assert capsys.readouterr().out
    for file in re.findall(r"\S+\.(?:png|gif|json)", line):
        assert (tmp_path / file).stat().st_size


@pytest.mark.parametrize("target", sorted({*LINK.findall(README)}))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
