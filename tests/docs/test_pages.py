"""The pages of the documentation that the suite can run: the dictionary's numbers, and links."""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import hopopt
import problems
from hopopt import Problem

DOCS = Path(__file__).parents[2] / "docs"
LESSONS = sorted((DOCS / "tutorials").glob("0*.md"))
PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
CONTENTS = re.compile(r"^```\{toctree\}\n(?::[^\n]*\n)*(.*?)^```$", re.MULTILINE | re.DOTALL)
SOLUTION = re.compile(r"^```\{code-cell\}[^\n]*\n:tags: \[hide-cell\]$", re.MULTILINE)
EXERCISE = re.compile(r"^\*\*\d\.\*\*", re.MULTILINE)
GENERATED = DOCS / "gallery"

sys.path.insert(0, str(DOCS / "_ext"))

from cells import cells, run  # noqa: E402
from measured import read  # noqa: E402


def test_the_dictionary_gives_the_textbooks_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        checked = run(DOCS / "dictionary.md")["checked"]
    assert len(checked) >= 18
    assert len(set(checked)) == len(checked)


def test_the_dictionary_sees_a_wrong_number() -> None:
    with warnings.catch_warnings():
        same = run(DOCS / "dictionary.md")["same"]
    with pytest.raises(AssertionError, match="a slip"):
        same("a slip", 0.5, -0.5)


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_every_exercise_has_a_solution(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    exercises = text[text.index("## Exercises") :]
    assert len(EXERCISE.findall(exercises)) == len(SOLUTION.findall(exercises)) >= 3
    for code in cells(page):
        compile(code, page.name, "exec")


RUN_AT_BUILD = sorted({*(page for page in PAGES if cells(page)), *DOCS.glob("examples/*.py")})


@pytest.mark.parametrize("page", RUN_AT_BUILD, ids=lambda page: page.stem)
def test_what_a_page_imports_of_hopopt_is_there(page: Path) -> None:
    codes = [page.read_text(encoding="utf-8")] if page.suffix == ".py" else cells(page)
    for node in (node for code in codes for node in ast.walk(ast.parse(code))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(("hopopt", "problems")):
            module = importlib.import_module(str(node.module))
            assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve()
        if GENERATED in path.parents or path == GENERATED:
            continue
        assert path.exists() or path.with_suffix(".rst").exists(), f"{page}: {target}"


def test_every_page_is_in_the_contents() -> None:
    """The site is not built where one is missing."""
    listed = {DOCS / "index.md", DOCS / "reference/methods.md"}  # the root; reference/index.rst
    for page in PAGES:
        for block in CONTENTS.findall(page.read_text(encoding="utf-8")):
            entries = (line.partition("<")[2].rstrip(">") or line for line in block.splitlines())
            listed |= {(page.parent / f"{entry}.md").resolve() for entry in entries}
    assert [str(page.relative_to(DOCS)) for page in PAGES if page not in listed] == []


TABLES = sorted((DOCS / "benchmarks/tables").glob("*.json"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_measured_tables_say_where_they_come_from(path: Path) -> None:
    table = read(path)
    assert re.fullmatch(r"2\d{3}-\d\d-\d\d( to 2\d{3}-\d\d-\d\d)?", table["date"])
    for command in table["command"].split("; "):
        name, script = command.split()[:2]
        assert name == "hopopt" or (name == "python" and (DOCS.parent / script).is_file())
    shown = f"{{measured}} {path.stem}\n"
    assert sum(shown in page.read_text(encoding="utf-8") for page in PAGES) == 1


@pytest.mark.parametrize(("change", "told"), [("rows", "cells, got"), ("date", "expected")])
def test_a_table_that_lacks_something_is_refused(change: str, told: str, tmp_path: Path) -> None:
    table = read(TABLES[0])
    if change == "rows":
        table["rows"].append(["alone"])
    else:
        del table[change]
    path = tmp_path / "one.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"one\.json: .*{told}"):
        read(path)


def test_every_problem_has_its_table_of_methods() -> None:
    named = re.findall(r"\{methods\} (\w+)", (DOCS / "reference/methods.md").read_text("utf-8"))
    things = ((name, getattr(problems, name)) for name in problems.__all__)
    kinds = [n for n, t in things if isinstance(t, type) and getattr(t, "name", None)]
    kinds = [n for n in kinds if issubclass(getattr(problems, n), Problem)]
    assert sorted(named) == sorted(kinds)


CITED = re.compile(
    r"([A-Z][\w'’-]+)(?:,? (?:& |and |de )*[A-Z][\w'’-]+)*(?: et al\.)?,? "
    r"(?:\"[^\"]+\",(?: [\w :/.-]+,)? )?\(?((?:19|20)\d\d)\b"
)
NOT_PAPERS = {"WCNF", "NISTIR"}


def docstrings() -> Iterator[str]:
    for package in (hopopt, problems):
        for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                    yield " ".join((ast.get_docstring(node) or "").split())


def test_every_source_is_in_the_bibliography() -> None:
    cited = {found.groups() for text in docstrings() for found in CITED.finditer(text)}
    cited = {(name, year) for name, year in cited if name not in NOT_PAPERS}
    lines = (DOCS / "bibliography.md").read_text(encoding="utf-8").splitlines()
    missing = sorted(c for c in cited if not any(all(w in line for w in c) for line in lines))
    assert missing == []
    assert len(cited) > 90
