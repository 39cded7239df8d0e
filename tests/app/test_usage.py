"""What the command refuses, in one line."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from command import TOY, TRIANGLE, answer
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import Toy

from hopopt.app.cli import main

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


@settings(max_examples=25)
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
    assert main(["solve", "petersen"]) == 2
    assert "got 'petersen' (read as tsp; --problem names another)" in capsys.readouterr().err
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
