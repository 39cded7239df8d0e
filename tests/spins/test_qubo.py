from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy import sparse

import problems
from hopopt import minimize
from hopopt.app.cli import main
from problems import QUBO, Ising
from problems.spins.quadratic_files import read_quadratic

FILE = "c a comment\np qubo 0 3 2 2\n0 0 -1\n2 2 4.5\n0 1 2\n1 2 -3\n"


@pytest.fixture(scope="module")
def bqp() -> Path:
    """Folder of the OR-Library's instances beside the checkout; skips where it is absent."""
    folder = (Path(__file__).parents[2] / "../shared/data/bqp").resolve()
    if not folder.is_dir():
        pytest.skip(f"no bqp instances at {folder}")
    return folder


def bits(n: int) -> Any:
    return np.array(list(product((0, 1), repeat=n)))


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.sampled_from(["min", "max"]))
def test_energy_is_the_loss(seed: int, n: int, sense: Any) -> None:
    rng = np.random.default_rng(seed)
    Q, constant = rng.normal(size=(n, n)), rng.normal()
    for matrix in (Q, sparse.coo_array(Q), sparse.lil_array(Q), sparse.dok_array(Q)):
        problem = QUBO(matrix, sense=sense, constant=constant)
        for x in bits(n):
            value = x @ Q @ x + constant
            assert problem.cost(x) == pytest.approx(value)
            if not problem.levelled:  # chance may make one number a multiple of another
                energy = problem.energy.value(2.0 * x - 1)
                assert energy == pytest.approx(problem.loss(value))
            assert problem.decode(2.0 * x - 1).tolist() == x.tolist()


@given(st.integers(0, 2**32 - 1))
def test_asymmetric_matrices_mean_their_symmetric_part(seed: int) -> None:
    Q = np.random.default_rng(seed).normal(size=(5, 5))
    whole, half = QUBO(Q), QUBO((Q + Q.T) / 2)
    for x in bits(5):
        assert whole.cost(x) == pytest.approx(half.cost(x))
    assert np.allclose(whole.energy.J, half.energy.J)


def test_dictionaries_add_up_both_orders() -> None:
    problem = QUBO.from_dict({("b", "a"): 1.0, ("a", "b"): 2.0, ("a", "a"): -1.0})
    assert list(problem.labels) == ["a", "b"]
    assert [problem.cost(x) for x in bits(2)] == [0, 0, -1, 2]


def test_mixed_labels_keep_their_order() -> None:
    assert list(QUBO.from_dict({("z", 1): 1.0, (1, "a"): 2}).labels) == ["z", 1, "a"]


@pytest.mark.parametrize("n", [250])
def test_best_known_values(bqp: Path, n: int) -> None:
    for k in range(1, 6):
        problem = QUBO.load(str(bqp / f"bqp{n}_{k}.qubo"), sense="max")
        assert problem.optimum is not None
        result = minimize(problem, rng=0, target=problem.optimum, time_limit=60)
        assert (result.fun, result.gap) == (problem.optimum, 0)


def test_file_is_read() -> None:
    Q = read_quadratic(FILE, "toy").Q.toarray()
    assert Q.tolist() == [[-1, 2, 0], [0, 0, -3], [0, 0, 4.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got an empty file"),
        ("c only\n", "got an empty file"),
        ("0 0\n", "line 1: expected at least one variable; got none"),
        ("p qubo 0 3 2\n", "line 1: expected 'p qubo"),
        ("p qubo 0 x 2 2\n", "line 1: expected 'p qubo"),
        ("p cnf 0 3 2 2\n", "line 1: expected 'p qubo"),
        (FILE.replace("4.5", "nan"), "line 4: expected 3 finite numbers"),
        (FILE.replace("4.5", "1e999"), "line 4: expected 3 finite numbers"),
        (FILE.replace("2 2 4.5", "2 3 4.5"), "line 4: expected variables in 0 … 2"),
        (FILE.replace("1 2 -3", "1 2"), "line 6: expected 3 finite numbers"),
        (FILE[: FILE.rindex("1 2")], "expected 2 nodes and 2 couplers; got 2 and 1"),
        ("<html></html>\n", "line 1: expected"),
    ],
)
def test_damaged_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_quadratic(text, "toy")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: QUBO([[np.nan]]), "Q must be finite"),
        (lambda: QUBO([[1.0, 2.0]]), "Q must be 1×1"),
        (lambda: QUBO(np.zeros((0, 0))), "at least one variable"),
        (lambda: QUBO([[1.0]], sense="up"), "sense must be 'min' or 'max'"),
        (lambda: QUBO([[1.0]], constant=np.inf), "constant must be finite"),
        (lambda: QUBO([[1.0]], variables=["a", "b"]), "labels must name all 1 variables"),
        (lambda: QUBO(np.eye(2), variables=["a", "a"]), "'a' more than once"),
        (lambda: QUBO.from_dict({"ab": 1.0, 3: 2.0}), "pairs"),
        (lambda: QUBO.from_dict({}), "at least one variable"),
        (lambda: QUBO(np.eye(2)).cost([1, 0, 1]), "x must hold 2 bits"),
    ],
)
def test_bad_input_is_refused(build: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_small_integers_do_not_overflow() -> None:
    Q = np.full((3, 3), 100, dtype=np.int8)
    assert QUBO(Q).cost([1, 1, 1]) == 900
    entries = (np.array([100, 100], dtype=np.int8), ([0, 0], [1, 1]))
    assert QUBO(sparse.coo_array(entries, shape=(2, 2))).cost([1, 1]) == 200


def test_feasible_is_one_bit_a_variable() -> None:
    problem = QUBO(np.eye(2))
    assert problem.feasible([0, 1])
    assert not problem.feasible([0, 2])
    assert not problem.feasible([0])


def test_function_takes_matrices_and_dictionaries() -> None:
    value, x = problems.qubo([[-1, 0], [0, 2]])
    assert (value, x.tolist()) == (-1, [1, 0])
    assert problems.qubo({(0, 0): 3}, sense="max") == (3, {0: 1})
    assert problems.ising({}, {("a", "b"): -1})[0] == -1


def test_ising_from_dictionaries_has_the_signs_of_dimod() -> None:
    problem = Ising.from_dict({"a": 1.0}, {("a", "b"): 2.0}, 0.5)
    assert problem.cost([1, 1]) == 3.5
    assert problem.cost([-1, 1]) == -2.5


def test_command_gives_strict_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "toy.qubo").write_text(FILE, encoding="utf-8")
    picture = tmp_path / "toy.png"
    words = ["solve", str(tmp_path / "toy.qubo"), "--problem", "qubo", "--json"]
    words += ["--time-limit", "60"]
    assert main([*words, "--plot", str(picture)]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["sense"], out["solution"], out["cost"]) == ("min", [1, 0, 0], -1)
    assert main([*words, "--set", "sense=max"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["sense"], out["solution"], out["cost"]) == ("max", [0, 0, 1], 4.5)
    assert picture.stat().st_size > 1000


def test_command_solves_ising_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "toy.ising").write_text("3 3\n1 2 1.5\n2 3 -1\n3 3 0.5\n", encoding="utf-8")
    assert main(["solve", str(tmp_path / "toy.ising"), "--problem", "ising", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert (out["solution"], out["cost"]) == ([-1, -1, 1], -3)


@pytest.mark.parametrize("name", ["sk-12", "planted-12-3", "regular-12", "regular-7"])
def test_built_in_instances(name: str) -> None:
    problem = Ising.load(name)
    assert problem.instance == name
    assert problem.size == int(name.split("-")[1])
    if problem.optimum is not None:
        s = np.array(list(product((-1.0, 1.0), repeat=problem.size)))
        assert problem.energy.value(s).min() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("problem", [QUBO.load("beasley-30"), Ising.load("sk-500")])
def test_pictures_name_the_cost(problem: Any) -> None:
    x = problem.decode(np.ones(problem.size))
    ax = problem.plot(x, ax=Figure().subplots())
    assert problem.instance in ax.get_title()
    assert ax.images[0].get_array().shape[0] <= 400
