from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import Classical, Plain, Toy

from hopopt import Method, Status, minimize
from hopopt.app.text import number, table, to_json
from hopopt.solve.comparison import compare
from hopopt.solve.discovery import problem_class, problem_names
from problems import TSP

KEYS = [
    "problem",
    "instance",
    "n",
    "optimum",
    "method",
    "kind",
    "pure",
    "time_limit",
    "seeds",
    "integrator",
    "valid",
    "best_cost",
    "mean_cost",
    "best_gap",
    "mean_gap",
    "cpu_seconds",
    "wall_seconds",
    "status",
    "message",
    "runs",
]


def row(method: str, n: int = 4, **settings: Any) -> dict[str, Any]:
    (only,) = compare(Toy(n), [method], isolated=False, **settings)
    return only


@settings(max_examples=15)
@given(
    names=st.lists(st.sampled_from([name for name in Toy.methods if name != "interrupted"])),
    seeds=st.integers(1, 3),
)
def test_every_method_has_its_row_whatever_happens(names: list[str], seeds: int) -> None:
    rows = compare(Toy(4), names or None, seeds=seeds, isolated=False)
    wanted = names or list(Toy.methods)
    assert [r["method"] for r in rows] == sorted(wanted, key=lambda name: name == "classical")
    for r in rows:
        assert list(r) == KEYS
        assert 0 <= r["valid"] <= r["seeds"] == seeds
        assert (r["best_cost"] is not None) == (r["valid"] > 0)
        assert r["status"] == 0 or r["message"]


def test_statistics_are_those_of_the_runs() -> None:
    problem = TSP.load("random-12")
    (only,) = compare(problem, ["talavan-yanez-2002"], seeds=3, isolated=False)
    costs = [minimize(problem, "talavan-yanez-2002", rng=seed).fun for seed in range(3)]
    assert len(set(costs)) > 1
    assert only["best_cost"] == pytest.approx(min(costs), rel=1e-12)
    assert only["mean_cost"] == pytest.approx(sum(costs) / 3, rel=1e-12)
    assert (only["valid"], only["best_gap"], only["mean_gap"]) == (3, None, None)
    assert only["cpu_seconds"] > 0


def test_gap_is_a_fraction_of_the_optimum() -> None:
    assert (row("plain")["best_gap"], row("plain")["mean_gap"]) == (1.0, 1.0)
    assert (row("plain", 5)["best_gap"], row("plain", 5)["best_cost"]) == (None, 5)
    assert row("wrong")["best_gap"] is None


def test_infeasible_runs_count_as_such() -> None:
    r = row("wrong", seeds=2)
    assert (r["valid"], r["seeds"], r["status"]) == (0, 2, Status.INFEASIBLE)
    assert "No feasible solution" in r["message"]


def test_status_worth_a_note_is_kept() -> None:
    r = row("classical")
    assert (r["pure"], r["status"]) == (False, Status.MAX_STEPS)
    assert r["message"] == Status.MAX_STEPS.advice


def test_refusals_and_failures_give_their_reason() -> None:
    refused, broken, fickle = (row(name, seeds=2) for name in ("refusing", "broken", "fickle"))
    assert (refused["message"], refused["status"]) == ("word must be longer\nthan this", None)
    assert refused["cpu_seconds"] is None
    assert broken["message"] == "ZeroDivisionError: 1/0"
    assert (fickle["message"], fickle["valid"], fickle["best_cost"]) == ("seed 1: no more", 1, 4)


def test_interrupt_between_two_runs_keeps_the_rows() -> None:
    def press(method: str, seed: int) -> None:
        if (method, seed) == ("plain", 1):
            raise KeyboardInterrupt

    rows = compare(Toy(4), ["plain", "broken"], seeds=3, callback=press, isolated=False)
    assert [row["valid"] for row in rows] == [1, 0]
    assert [run["message"][:11] for run in rows[0]["runs"]][1:] == ["Interrupted"]
    assert rows[1]["message"].startswith("Not run")


@pytest.mark.parametrize("name", ["interrupted", "escaped"])
def test_interrupt_keeps_what_there_is_and_says_what_did_not_run(name: str) -> None:
    rows = compare(Toy(4), ["plain", name, "plain", "broken"], seeds=2, isolated=False)
    assert [r["valid"] for r in rows] == [2, int(name == "interrupted"), 0, 0]
    assert [r["status"] == Status.INTERRUPTED for r in rows] == [False, True, True, True]
    assert rows[1]["message"].startswith("Interrupted")
    assert rows[2]["message"].startswith("Not run")


def test_callback_is_told_every_run() -> None:
    told: list[tuple[str, int]] = []
    tell = {"callback": lambda m, s: told.append((m, s))}
    compare(Toy(2), ["auto", Classical()], seeds=2, isolated=False, **tell)
    names = ("auto (plain)", "classical")
    assert told == [(name, seed) for name in names for seed in (0, 1)]


def test_time_limit_holds_for_each_run() -> None:
    rows = compare(
        TSP.load("random-30"), ["assignment", "ring"], seeds=2, time_limit=0.0, isolated=False
    )
    for r in rows:
        assert r["status"] == Status.TIME_LIMIT


@pytest.mark.parametrize(
    ("methods", "options", "error", "message"),
    [
        (["plian"], {}, ValueError, "did you mean 'plain'"),
        ("plain", {}, TypeError, "methods must be a sequence of names"),
        ([], {}, ValueError, "methods must name at least one"),
        (None, {"seeds": 0}, ValueError, "seeds must be a positive integer; got 0"),
        (None, {"seeds": True}, ValueError, "seeds must be a positive integer; got True"),
        (None, {"time_limit": -1}, ValueError, "time_limit must be nonnegative seconds; got -1"),
        (None, {"time_limit": math.nan}, ValueError, "time_limit .* got nan"),
    ],
)
def test_bad_arguments(methods: Any, options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compare(Toy(4), methods, **options)


def test_table_is_aligned_and_complete() -> None:
    names = ["plain", "classical", "refusing", "broken"]
    headline, head, *lines = table(compare(Toy(4), names, isolated=False)).split("\n")
    assert headline == "4 (toy, n = 4): gap to the optimum 2"
    assert lines.pop(0) == "pure"
    assert lines.pop(-2) == "classical"
    assert [line.split()[0] for line in lines] == ["plain", "refusing", "broken", "classical"]
    column = head.index("note")
    assert lines[0].split()[:5] == ["plain", "auto", "1/1", "100.00", "%"]
    assert "  classical  none" in lines[3]
    assert lines[1][column:] == "word must be longer than this"
    assert lines[2][column:] == "ZeroDivisionError: 1/0"
    assert lines[1].split()[1:6] == ["-", "0/1", "-", "-", "-"]


def test_table_shows_costs_where_no_optimum_is_known() -> None:
    headline, _, kind, line = table(compare(Toy(5), [Plain()], isolated=False)).split("\n")
    assert headline.endswith(": cost")
    assert (kind, line.split()[2:5]) == ("pure", ["1/1", "5", "5"])


NUMBERS = st.floats() | st.integers() | st.none() | st.booleans() | st.text()


@settings(max_examples=20)
@given(st.recursive(NUMBERS, lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=8))
def test_json_is_strict(value: Any) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = to_json({"value": value})
    assert text.isascii()
    assert "\n" not in text
    again = json.loads(text, parse_constant=refuse)
    assert to_json(again) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7542.0, "7542"),
        (0.0, "0"),
        (-3.0, "-3"),
        (3.4559842123, "3.4559842"),
        (1e300, "1e+300"),
        (math.inf, "none"),
        (math.nan, "none"),
        (None, "none"),
    ],
)
def test_numbers_read_well(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("problem", problem_names())
def test_kind_alone_says_what_is_pure(problem: str) -> None:
    for method in problem_class(problem).methods.values():
        assert not any("pure" in vars(base) for base in method.__mro__ if base is not Method)
        assert method.kind in ("pure", "hybrid", "classical")


@pytest.mark.parametrize("problem", problem_names())
def test_sample_is_small_and_suits_the_methods(problem: str) -> None:
    sample = problem_class(problem).sample()
    if sample is None:
        pytest.skip(f"{problem} has no sample")
    assert sample.size <= 30
    assert minimize(sample, rng=0, time_limit=0.1).success
