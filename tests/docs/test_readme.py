"""The README and the recipes run as they stand, from a clean clone, with what ships."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from hopopt.app.cli import main

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
RECIPES = [
    README,
    *sorted((ROOT / "docs/howto").glob("*.md")),
    *sorted((ROOT / "docs/explanation").glob("*.md")),
]
NOT_HERE = ("pip install", "pytest", "hopopt compare")  # CI runs the first two
PEERS = ("dimod", "pandas", "sklearn")
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")

sys.path.insert(0, str(ROOT / "docs/_ext"))

from cells import blocks  # noqa: E402

PYTHON = [
    pytest.param(code, shown, id=f"{page.stem}-{k}")
    for page in RECIPES
    for k, (kind, code, shown) in enumerate(blocks(page))
    if kind == "python"
]
LINES = [
    line
    for page in RECIPES
    for kind, code, _ in blocks(page)
    if kind == "bash" and not any(word in code for word in NOT_HERE)
    for line in code.splitlines()
]


def test_it_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120


def test_it_has_blocks_to_run() -> None:
    kinds = [kind for kind, _, _ in blocks(README)]
    assert kinds.count("python") >= 3
    assert kinds.count("bash") >= 3


@pytest.mark.parametrize(("code", "shown"), PYTHON)
def test_python_blocks_run(code: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    for peer in PEERS:
        if f"import {peer}" in code or f"from {peer}" in code:
            pytest.importorskip(peer)
    exec(code, {"__name__": "readme"})
    printed = capsys.readouterr().out
    assert not shown or printed == shown


@pytest.mark.parametrize("line", dict.fromkeys(LINES))
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


@pytest.mark.parametrize("target", sorted({*LINK.findall(README.read_text(encoding="utf-8"))}))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
