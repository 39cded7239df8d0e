"""hopopt compare, and hopopt list."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path

import pytest
from command import TOY

from hopopt.app.cli import main
from hopopt.solve.comparison import measure
from hopopt.solve.method import KINDS
from problems import TSP

ONE_WAY = """NAME : round
TYPE : ATSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 9 9 0 1 1 9 0
EOF
"""


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the comparison run in this process, which is faster."""
    monkeypatch.setattr("hopopt.app.cli.measure", partial(measure, isolated=False))


@pytest.mark.usefixtures("together")
def test_compare_prints_a_table_an_instance(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "4", "5", *TOY, "--methods", "plain,wrong", "refusing"]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.startswith("4 (toy, n = 4): gap to the optimum 2\nmethod")
    assert second.startswith("5 (toy, n = 5): cost\nmethod")
    for text in (first, second):
        first_words = [line.split()[0] for line in text.splitlines()[2:]]
        assert first_words == ["pure", "plain", "wrong", "refusing"]


@pytest.mark.usefixtures("together")
def test_compare_gives_every_method_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "round.atsp", "--json", "--time-limit", "1"]
    Path("round.atsp").write_text(ONE_WAY, encoding="utf-8")
    assert main(words) == 0
    rows = json.loads(capsys.readouterr().out)
    kinds = [row["kind"] for row in rows]
    assert kinds == sorted(kinds, key=list(KINDS).index)
    for kind in KINDS:
        names = [name for name, method in TSP.methods.items() if method.kind == kind]
        assert [row["method"] for row in rows if row["kind"] == kind] == names
    for row in rows:
        assert row["best_cost"] in (3, 27) if row["valid"] else row["message"]


@pytest.mark.parametrize(
    ("methods", "code"),
    [(["wrong", "refusing"], 1), (["wrong", "plain"], 0), (["plain", "escaped"], 130)],
)
@pytest.mark.usefixtures("together")
def test_compare_exit_status(
    methods: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "4", "6", *TOY, "--json", "--methods", *methods]) == code
    rows = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in rows] == methods * (1 if code == 130 else 2)


@pytest.mark.usefixtures("together")
def test_compare_writes_rows_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, page = tmp_path / "rows.json", tmp_path / "page.html"
    words = ["--methods", "plain", "--time-limit", "1,2", "--json", str(rows)]
    assert main(["compare", "4", *TOY, *words, "--report", str(page)]) == 0
    assert capsys.readouterr().out.startswith("4 (toy, n = 4): gap to the optimum 2\nmethod")
    assert [row["time_limit"] for row in json.loads(rows.read_text(encoding="utf-8"))] == [1, 2]
    command = f"hopopt compare 4 {' '.join(TOY)} --methods plain --time-limit 1,2"
    assert command in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("together")
def test_compare_of_pure_methods(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "4", *TOY, "--pure", "--methods", "auto", "wrong", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["method"], row["kind"]) for row in rows] == [
        ("auto (plain)", "pure"),
        ("wrong", "pure"),
    ]
    assert main(["compare", "4", *TOY, "--pure", "--methods", "classical"]) == 2
    assert "got 'classical', which is classical" in capsys.readouterr().err


def test_list_has_a_line_for_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (tsp,) = [part for part in out.split("\n\n") if part.startswith("tsp: ")]
    kinds = re.split(r"^    (pure|hybrid|classical): .*$", tsp, flags=re.MULTILINE)
    for kind, lines in zip(kinds[1::2], kinds[2::2], strict=True):
        for method in (m for m in TSP.methods.values() if m.kind == kind):
            line = rf"^      {re.escape(method.name)} +{re.escape(method.summary)}$"
            assert re.search(line, lines, re.MULTILINE)
    assert "  settings (--set NAME=VALUE): cycle, start, end\n" in out
    for name, text in TSP.instances().items():
        assert re.search(rf"^ +{name} +{re.escape(text)}$", out, re.MULTILINE)


@pytest.mark.usefixtures("together")
def test_costs_are_told_with_their_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "capitals", "random-5", "--methods", "greedy"]) == 0
    first, second = [line for line in capsys.readouterr().out.splitlines() if "(tsp" in line]
    assert first == "capitals (tsp, n = 195): cost, km"
    assert second == "random-5 (tsp, n = 5): cost"
    assert main(["solve", "capitals", "--method", "greedy"]) == 0
    cost = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("cost"))
    assert re.fullmatch(r"cost +[0-9.]+ km", cost)
