from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import Toy

from hopopt import Status, package_version
from hopopt.app.cli import main
from hopopt.app.progress import Progress
from hopopt.app.text import summary
from hopopt.solve.comparison import measure
from hopopt.solve.method import KINDS
from hopopt.solve.minimizer import minimize
from problems import TSP

KEYS = [
    *("problem", "instance", "n", "method", "integrator", "kind", "pure", "valid"),
    *("valid_before_decoding", "violations", "cost", "optimum", "gap", "tour", "energy"),
    *("seed", "restarts", "cpu_seconds", "wall_seconds", "status", "message", "version"),
]
TRIANGLE = """NAME : three
TYPE : TSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 3 0
EOF
"""
ONE_WAY = """NAME : round
TYPE : ATSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 1 9 9 0 1 1 9 0
EOF
"""
TOY = ["--problem", "toy:Toy"]
SCRIPT = Path(sys.executable).with_name("hopopt")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("HOPOPT_DATA", raising=False)
    return tmp_path


@pytest.fixture
def three(here: Path) -> Path:
    """A triangle of perimeter 12, whose optimum is on record."""
    (here / "optima.json").write_text('{"three": {"optimum": 12}}', encoding="utf-8")
    (here / "three.tsp").write_text(TRIANGLE, encoding="utf-8")
    return here / "three.tsp"


def answer(text: str) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert text.count("\n") == 1
    result = json.loads(text, parse_constant=refuse)
    assert isinstance(result, dict)
    return result


def start(*words: str, **options: Any) -> subprocess.Popen[str]:
    """Start ``python -m hopopt`` as a terminal would, even if this process ignores Ctrl-C."""
    return subprocess.Popen(
        [sys.executable, "-m", "hopopt", *words],
        text=True,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_json_is_the_whole_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-8", "--time-limit", "60", "--json"]) == 0
    out, err = capsys.readouterr()
    result = answer(out)
    assert err == ""
    assert [key for key in result if key not in ("bound", "gap_bound")] == KEYS
    assert result["bound"] == pytest.approx(result["cost"])  # which a proof has ended
    assert (result["problem"], result["instance"], result["n"]) == ("tsp", "random-8", 8)
    assert (result["valid"], result["pure"], result["status"]) == (True, False, Status.OPTIMAL)
    assert (result["method"], result["kind"]) == ("k-opt", "classical")  # eight cities: exactly
    assert (result["optimum"], result["gap"], result["seed"]) == (None, None, 0)
    assert sorted(result["tour"]) == list(range(8))
    assert result["cost"] == pytest.approx(TSP.load("random-8").cost(result["tour"]), rel=1e-12)
    assert result["version"] == package_version()


@pytest.mark.parametrize(("method", "counts"), [("talavan-yanez-2002", "112"), ("k-opt", "12")])
def test_same_command_same_answer_on_any_number_of_workers(
    method: str, counts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for workers in counts:
        words = ["--method", method, "--restarts", "3", "--time-limit", "600", "--json"]
        assert main(["solve", "random-9", *words, "--workers", workers]) == 0
        answers.append(answer(capsys.readouterr().out))
    for entry in answers:
        assert entry.pop("cpu_seconds") >= 0
        assert entry.pop("wall_seconds") >= 0
    assert all(entry == answers[0] for entry in answers[1:])


def test_options_reach_the_solver(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--restarts", "2", "--seed", "7", "--time-limit", "60", "--json"]
    assert main(["solve", "random-6", "--method", "ring", "--solver", "BDF", *words]) == 0
    result = answer(capsys.readouterr().out)
    assert (result["method"], result["integrator"]) == ("ring", "BDF")
    assert (result["restarts"], result["seed"]) == (2, 7)


def test_summary_for_people(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "three.tsp", "--method", "ring"]) == 0
    out = capsys.readouterr().out
    for line in (
        r"instance +three \(tsp, n = 3\)",
        r"method +ring",
        rf"kind +pure: {KINDS['pure']}",
        r"integrator +LSODA",
        r"cost +12",
        r"optimum +12",
        r"gap +0\.00 %",
        r"valid +yes \(before decoding: (yes|no)\)",
        r"seed +0",
        r"restarts +1",
        r"time +\d+\.\d\d s CPU, \d+\.\d\d s wall",
        r"status +The network came to rest\.",
        "1, 2, 3",
    ):
        assert re.search(f"^{line}$", out, re.MULTILINE), line


@settings(max_examples=20)
@given(n=st.integers(1, 3000), columns=st.integers(1, 120))
def test_summary_fits_the_terminal(n: int, columns: int) -> None:
    result = minimize(Toy(n), "classical", rng=0)
    letters = summary(result, columns).partition("letters:\n")[2].split("\n")
    assert len(letters) <= 32
    if letters[-1].startswith("…"):
        assert letters.pop() == f"… {n} in all: --json or -o FILE gives every one"
        assert len(letters) == 31
    else:
        assert ", ".join("a" * n) == " ".join(letters)
    assert all(len(line) <= max(columns, 2) for line in letters)


def test_labels_are_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "capitals"]) == 0
    lines = capsys.readouterr().out.partition("tour:\n")[2].splitlines()
    printed = [label.strip(",") for line in lines for label in line.split(", ")]
    assert sorted(printed) == sorted(map(str, TSP.load("capitals").labels))


def test_heuristics_are_called_classical(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "4", *TOY, "--method", "classical"]) == 0
    out = capsys.readouterr().out
    assert "method      classical\nkind        classical: no network\n" in out
    assert "valid       yes\n" in out


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(TRIANGLE))
    assert main(["solve", "-", "--json"]) == 0
    assert answer(capsys.readouterr().out)["cost"] == 12


def test_data_folder(three: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "sub").mkdir()
    three.rename(here / "sub" / "three.tsp")
    assert main(["solve", "three", "--data", "sub", "--json"]) == 0
    assert answer(capsys.readouterr().out)["instance"] == "three"


def test_settings_open_a_tour_and_fix_its_ends(
    three: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = ["--set", "cycle=false", "--set", "start=3", "--set", "end=2"]
    assert main(["solve", str(three), "--json", *ends]) == 0
    found = answer(capsys.readouterr().out)
    assert (found["tour"], found["cost"], found["optimum"]) == ([3, 1, 2], 8, None)


@pytest.mark.parametrize(
    ("problem", "setting", "values"),
    [("coloring", "colors=3", {0, 1, 2}), ("partition", "parts=4", {0, 1, 2, 3})],
)
def test_settings_of_graph_problems(
    problem: str, setting: str, values: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["solve", "petersen", "--problem", problem, "--set", setting, "--time-limit", "0.1"]
    assert main([*words, "--json"]) == 0
    assert set(answer(capsys.readouterr().out)["solution"].values()) == values


def test_a_setting_that_cannot_be_kept_is_a_broken_constraint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["solve", "petersen", "--problem", "coloring", "--set", "colors=2"]
    assert main([*words, "--time-limit", "0.1", "--json"]) == 1


def test_infeasible(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["solve", "4", *TOY, "--method", "wrong", "-o", "word.json"]
    assert main([*words, "--json"]) == 1
    out, err = capsys.readouterr()
    result = answer(out)
    assert (result["valid"], result["cost"], result["gap"]) == (False, None, None)
    assert result["energy"] is None
    assert err == "hopopt: no feasible solution to write to word.json\n"
    assert not (here / "word.json").exists()
    assert main(words) == 1
    out = capsys.readouterr().out
    assert "cost        none\n" in out
    assert "valid       no\n" in out


def test_solution_file(here: Path) -> None:
    assert main(["solve", "4", *TOY, "-o", "word.json"]) == 0
    saved = json.loads((here / "word.json").read_text(encoding="utf-8"))
    assert saved == {"word": "aaaa", "letters": list("aaaa")}


@pytest.mark.parametrize(("method", "code"), [("plain", 0), ("wrong", 1)])
def test_pictures(method: str, code: int, here: Path) -> None:
    words = ["--method", method, "--restarts", "1", "--plot", "a.SVG", "--animate", "a.gif"]
    assert main(["solve", "4", *TOY, *words]) == code
    assert (here / "a.SVG").read_text(encoding="utf-8").startswith("<?xml")
    assert (here / "a.gif").read_bytes().startswith(b"GIF8")


def test_nothing_to_animate(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["solve", "4", *TOY, "--method", "classical", "--json", "--animate", "a.gif"]
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert answer(out)["valid"]
    assert err == "hopopt: error: --animate: method classical has no stages to show\n"
    assert not (here / "a.gif").exists()


USAGE = [
    ([], "the following arguments are required: COMMAND"),
    (["sovle", "capitals"], "argument COMMAND: invalid choice: 'sovle'"),
    (["solve"], "the following arguments are required: INSTANCE"),
    (["solve", "4", "5", *TOY], "unrecognized arguments: 5"),
    (["solve", "4", *TOY, "--rest", "2"], "unrecognized arguments: --rest 2"),
    (["solve", "4", *TOY, "--restarts", "-3"], "--restarts: expected a positive integer, got '-3'"),
    (["solve", "4", *TOY, "--restarts", "2.5"], "--restarts: .* got '2.5'"),
    (["solve", "4", *TOY, "--restarts", "9" * 5000], "--restarts: expected a positive integer"),
    (["solve", "4", *TOY, "--workers", "0"], "--workers: .* processes or -1, got '0'"),
    (["solve", "4", *TOY, "--workers", "-2"], "--workers: .* got '-2'"),
    (["solve", "4", *TOY, "--seed", "-1"], "--seed: expected a nonnegative integer, got '-1'"),
    (["solve", "4", *TOY, "--time-limit", "-1"], "--time-limit: expected a nonnegative number of"),
    (["solve", "4", *TOY, "--time-limit", "nan"], "--time-limit: .* got 'nan'"),
    (["solve", "4", *TOY, "--time-limit", "inf"], "--time-limit: .* got 'inf'"),
    (["solve", "4", *TOY, "--time-limit", "soon"], "--time-limit: .* got 'soon'"),
    (["solve", "4", *TOY, "--set", "cycle"], "--set: expected NAME=VALUE, got 'cycle'"),
    (["solve", "4", *TOY, "--set", "=3"], "--set: expected NAME=VALUE, got '=3'"),
    (["solve", "4", *TOY, "--set", "n=3"], "--set: toy has no setting 'n'; it has: none"),
    (["solve", "random-5", "--set", "rows=3"], "no setting 'rows'; it has: cycle, start, end"),
    (["solve", "random-5", "--set", "tors=3"], "k-opt takes: initial"),
    (["solve", "random-5", "--method", "ring", "--set", "rows=3"], "takes no option 'rows'"),
    (["compare", "random-5", "--set", "tours=3"], "--set: tsp has no setting 'tours'"),
    (["solve", "random-5", "--set", "cycle=maybe"], "cycle must be true or false; got 'maybe'"),
    (["solve", "random-5", "--set", "end=1"], "end needs cycle=False"),
    (["solve", "petersen", "--problem", "coloring", "--set", "colors=two"], "colors must be a pos"),
    (["solve", "petersen", "--problem", "partition", "--set", "parts=2.5"], "parts must lie in 1"),
    (["solve", "4", *TOY, "--data", "gone"], "--data: expected an existing folder, got 'gone'"),
    (["solve", "4", *TOY, "--method", "plian"], "method must be one of .*did you mean 'plain'"),
    (["solve", "4", *TOY, "--method", "classical", "--solver", "BDF"], "takes no option 'solver'"),
    (["solve", "random-5", "--solver", "Euler"], "solver must be one of .*LSODA.*got 'Euler'"),
    (["solve", "4", "--problem", "zzz"], "problem must be one of .*tsp.*got 'zzz'"),
    (["solve", "4", "--problem", "toy:Plain"], "expected a subclass of hopopt.Problem"),
    (["solve", "4", *TOY, "-o", "gone/a.tour"], "-o: expected a file in an existing folder"),
    (["solve", "4", *TOY, "-o", "."], "-o: expected a file in an existing folder, got '.'"),
    (["solve", "4", *TOY, "-o", ""], "-o: .* got ''"),
    (["solve", "4", *TOY, "--plot", "a.xyz"], r"--plot: .*\.pdf, .*\.svg, .*got 'a.xyz'"),
    (["solve", "4", *TOY, "--plot", "png"], "--plot: .*got 'png'"),
    (["solve", "4", *TOY, "--plot", "gone/a.png"], "--plot: expected a file in an existing folder"),
    (["solve", "4", *TOY, "--animate", "a.mp4"], "--animate: .*gif, got 'a.mp4'"),
    (
        ["solve", "4", *TOY, "--animate", "a.gif", "--workers", "2"],
        "--animate: expected --workers 1",
    ),
    (["solve", "4", *TOY, "--plot", "a.gif", "--animate", "a.gif"], "another file than --plot"),
    (["solve", "4", *TOY, "--method", "refusing"], "word must be longer than this$"),
    (["solve", "type", *TOY], "source must be a number"),
    (["solve", "memory", *TOY], "MemoryError"),
    (["compare"], "the following arguments are required: INSTANCE"),
    (["compare", "4", *TOY, "--seeds", "0"], "--seeds: expected a positive integer, got '0'"),
    (["compare", "4", *TOY, "--methods", "plain", "rong"], "got 'rong'; did you mean 'wrong'"),
    (["compare", "4", *TOY, "--methods", ","], "--methods: expected names of methods, got ','"),
    (["compare", "--json", "4", *TOY], "--json: expected a file name in .json, got '4'"),
    (["compare", "4", *TOY, "--report", "page.pdf"], "--report: expected a file name in .html"),
    (["compare", "4", *TOY, "--time-limit", "1,x"], "--time-limit: expected a nonneg.*got 'x'"),
    (["compare", "4", "gone", *TOY], "gone: No such file or directory"),
    (["list", "--problem", "zzz"], "problem must be one of .*got 'zzz'"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_bad_usage_is_told_in_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"hopopt: error: [^\n]+\n", err), err
    assert re.search(message, err.rstrip("\n").removesuffix(")").split(" (see hopopt")[0]), err


@settings(max_examples=60)
@given(
    option=st.sampled_from(["--restarts", "--workers", "--seed", "--time-limit"]),
    text=st.text(st.characters(exclude_categories=["Nd", "No", "Nl", "Cs"])),
)
def test_junk_is_never_a_traceback(option: str, text: str) -> None:
    assert main(["solve", "4", *TOY, f"{option}={text}"]) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "bad.tsp"),
        (b"", "empty"),
        (bytes(range(256)), "bad.tsp"),
        (TRIANGLE[:95].encode(), "NODE_COORD_SECTION: expected 9 numbers"),
        (TRIANGLE.replace("3 4", "3 nan").encode(), "expected finite numbers, got 'nan'"),
        (b"hello", "expected 'KEYWORD : value', got 'hello'"),
    ],
)
def test_unreadable_input(
    here: Path, content: bytes | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (here / "bad.tsp").write_bytes(content)
    for command in ("solve", "compare"):
        assert main([command, "bad.tsp"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(r"hopopt: error: [^\n]+\n", err)
        assert message in err


def test_a_file_of_unknown_type_names_what_it_was_read_as(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "G1.txt").write_text("2 1\n1 2 1\n", encoding="utf-8")
    assert main(["solve", "G1.txt"]) == 2
    assert "got '2 1' (read as tsp; --problem names another)" in capsys.readouterr().err
    assert main(["solve", "G1.txt", "--problem", "maxcut", "--time-limit", "0.1"]) == 0


def test_instance_is_not_overwritten(three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "three.tsp", "-o", str(three)]) == 2
    assert "expected another file than INSTANCE" in capsys.readouterr().err
    assert three.read_text(encoding="utf-8") == TRIANGLE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes anywhere")
def test_write_protection_is_seen_before_the_solve(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "old.tour").touch(mode=0o400)
    assert main(["solve", "4", *TOY, "-o", "old.tour"]) == 2
    assert "-o: expected a file that can be written" in capsys.readouterr().err


def test_failure_to_write_comes_after_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(*_: object) -> None:
        raise OSError(28, "No space left on device", "word.json")

    monkeypatch.setattr(Toy, "write", write)
    monkeypatch.setattr("hopopt.app.cli.problem_class", lambda name: Toy)
    assert main(["solve", "4", "-o", "word.json", "--json"]) == 2
    out, err = capsys.readouterr()
    assert answer(out)["word"] == "aaaa"
    assert err == "hopopt: error: word.json: No space left on device\n"


def test_bugs_keep_their_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        main(["solve", "4", *TOY, "--method", "broken"])


@pytest.mark.parametrize("form", [["--json"], []])
def test_interrupt_prints_the_best_so_far(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", "4", *TOY, "--method", "interrupted", *form]) == 130
    out, err = capsys.readouterr()
    assert "Interrupted: this is the best solution so far." in out
    assert "aaaa" in out
    assert err == ""


def test_interrupt_before_the_first_solution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "4", *TOY, "--method", "escaped"]) == 130
    assert capsys.readouterr() == ("", "hopopt: interrupted\n")


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


def test_compare_writes_rows_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, page = tmp_path / "rows.json", tmp_path / "page.html"
    words = ["--methods", "plain", "--time-limit", "1,2", "--json", str(rows)]
    assert main(["compare", "4", *TOY, *words, "--report", str(page)]) == 0
    assert capsys.readouterr().out.startswith("4 (toy, n = 4): gap to the optimum 2\nmethod")
    assert [row["time_limit"] for row in json.loads(rows.read_text(encoding="utf-8"))] == [1, 2]
    command = f"hopopt compare 4 {' '.join(TOY)} --methods plain --time-limit 1,2"
    assert command in page.read_text(encoding="utf-8")


def test_pure_takes_the_best_pure_method(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-6", "--pure", "--json"]) == 0
    result = answer(capsys.readouterr().out)
    assert (result["method"], result["kind"], result["pure"]) == ("clamped", "pure", True)
    assert main(["solve", "random-6", "--pure", "--method", "greedy"]) == 2
    said = capsys.readouterr().err
    assert "method must be pure, clamped, assignment, ring, " in said
    assert said.endswith("; got 'greedy', which is classical\n")
    assert main(["solve", "random-6", "--pure", "--compiled"]) == 2
    assert "no pure method of tsp takes the options 'compiled'" in capsys.readouterr().err


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


def test_progress_is_one_line_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopopt.app.progress.INTERVAL", 0.0)
    monkeypatch.setattr("hopopt.app.progress.SHARE", 0.0)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["solve", "4", *TOY]) == 0
    *lines, blank, end = sys.stderr.getvalue().split("\r")  # type: ignore[attr-defined]
    assert [line.strip() for line in lines if line] == [
        "4: plain, restarts: 2",
        *(f"restart {k}/2, stage {stage}, best so far 4" for k in (1, 2) for stage in (1, 2, 3)),
    ]
    assert (blank.strip(), end) == ("", "")
    assert len(blank) == len(lines[-1].rstrip())
    assert all(len(line) < 60 for line in lines)


def test_progress_is_not_written_too_often() -> None:
    stream = Terminal()
    with Progress(stream) as progress:
        for k in range(1000):
            progress.show(str(k))
    assert stream.getvalue().count("\r") < 20


def test_progress_is_silent_elsewhere() -> None:
    for stream in (io.StringIO(), None):
        with Progress(stream) as progress:
            progress.show("working")
        assert stream is None or stream.getvalue() == ""


def interrupt(cue: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Press Ctrl-C when a terminal shows the cue; return the exit status and the answer."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with start(*words, "--json", stderr=theirs) as process:
        os.close(theirs)
        seen = ""
        while cue not in seen:
            seen += os.read(ours, 4096).decode()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    os.close(ours)
    return process.returncode, answer(out)


def test_interrupt_from_the_terminal() -> None:
    words = ["solve", "random-300", "--restarts", "1000"]
    code, result = interrupt("restart 2/1000", *words)
    assert code == 130
    assert sorted(result["tour"]) == list(range(300))
    assert result["message"].startswith("Interrupted")
    assert 1 <= result["restarts"] <= 1000


@pytest.mark.parametrize("method", ["k-opt", "assignment"])
def test_interrupt_inside_an_attempt_keeps_its_best_tour(method: str) -> None:
    words = ["solve", "random-400", "--method", method, "--time-limit", "60"]
    code, result = interrupt("restart 1/1, stage ", *words)
    assert code == 130
    assert (result["status"], result["restarts"]) == (Status.INTERRUPTED, 1)
    assert sorted(result["tour"]) == list(range(400))
    assert result["cost"] == pytest.approx(TSP.load("random-400").cost(result["tour"]))


def test_time_limit_ends_in_a_tour(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "random-1000", "--time-limit", "1", "--json"]) == 0
    result = answer(capsys.readouterr().out)
    assert result["status"] in (Status.TIME_LIMIT, Status.CONVERGED)
    assert sorted(result["tour"]) == list(range(1000))
    assert result["cost"] == pytest.approx(TSP.load("random-1000").cost(result["tour"]))


def test_reader_that_goes_away_is_no_error() -> None:
    with start("list", stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_told() -> None:
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "hopopt", "list"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 2
    assert done.stderr == "hopopt: error: standard output: No space left on device\n"


@pytest.mark.skipif(not SCRIPT.exists(), reason="hopopt is not installed beside this Python")
def test_installed_command_in_a_folder_with_decoys(here: Path) -> None:
    for name in ("problems", "toy", "numpy"):
        (here / f"{name}.py").write_text("raise SystemExit('decoy')", encoding="utf-8")
    done = subprocess.run(
        [SCRIPT, "solve", "-", "--json"], input=TRIANGLE, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert answer(done.stdout)["cost"] == 12
    version = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True, timeout=20)
    assert (version.returncode, version.stdout) == (0, f"hopopt {package_version()}\n")


def test_pictures_and_problems_are_not_imported_for_help() -> None:
    code = (
        "import contextlib, sys; from hopopt.app.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "assert not {'matplotlib', 'networkx', 'problems'} & set(sys.modules)\n"
        "main(['solve', 'random-5'])\n"
        "assert 'matplotlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: hopopt")
    assert "examples:" in done.stdout


def test_costs_are_told_with_their_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "capitals", "random-5", "--methods", "greedy"]) == 0
    first, second = [line for line in capsys.readouterr().out.splitlines() if "(tsp" in line]
    assert first == "capitals (tsp, n = 195): cost, km"
    assert second == "random-5 (tsp, n = 5): cost"
    assert main(["solve", "capitals", "--method", "greedy"]) == 0
    cost = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("cost"))
    assert re.fullmatch(r"cost +[0-9.]+ km", cost)
