"""Learning more and forgetting; what the reports say, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from patterns import TWO_VALUED, N, P, coded, data, seeds
from scipy import sparse

from hopopt import AssociativeMemory, Flow
from hopopt.memory import CapacityWarning, binarize, hamming
from hopopt.memory.detectors import Polynomial

# Learning more, and forgetting


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("rule", TWO_VALUED)
def test_learning_in_parts_is_learning_at_once(rule: str, coding: str) -> None:
    patterns = coded(data(p=8)[0], coding)
    once = AssociativeMemory(rule).fit(patterns)
    parts = AssociativeMemory(rule).partial_fit(patterns[:3]).partial_fit(patterns[3])
    parts.partial_fit(patterns[4:])
    assert np.array_equal(parts.patterns_, patterns)
    if rule != "perceptron":
        v = np.random.default_rng(0).choice(np.unique(patterns), (3, N))
        assert np.allclose(once.energy(v), parts.energy(v))
    assert np.array_equal(parts.recall(patterns).state, patterns)


@pytest.mark.parametrize("rule", TWO_VALUED)
def test_what_is_forgotten_might_never_have_been_learned(rule: str) -> None:
    patterns, _ = data(p=8)
    left = np.delete(patterns, [2, 5], axis=0)
    memory = AssociativeMemory(rule).fit(patterns).forget([5, 2])
    anew = AssociativeMemory(rule).fit(left)
    assert np.array_equal(memory.patterns_, left)
    v = np.random.default_rng(0).choice([-1, 1], (3, N))
    assert np.allclose(memory.energy(v), anew.energy(v))
    assert len(memory) == 6
    if rule == "projection":
        assert not np.array_equal(memory.recall(patterns[2]).state, patterns[2])


@given(seed=seeds)
def test_the_projection_keeps_up_with_any_comings_and_goings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pool = rng.choice([-1.0, 1.0], (6, 20))
    rows = [pool[0]]
    memory = AssociativeMemory("projection").fit(pool[:1])
    warnings.simplefilter("ignore", CapacityWarning)
    for _ in range(25):
        if rng.random() < 0.4 and len(rows) > 1:
            k = int(rng.integers(len(rows)))
            rows.pop(k)
            memory.forget(k)
        else:
            new = pool[rng.integers(6)] if rng.random() < 0.5 else rng.choice([-1.0, 1.0], 20)
            rows.append(new)
            memory.partial_fit(new)
    X = np.array(rows)
    expected = np.linalg.pinv(X) @ X
    basis = memory._rule.span.basis  # type: ignore[attr-defined]
    assert np.abs(basis.T @ basis - expected).max() < 1e-10
    assert memory.rank_ == np.linalg.matrix_rank(X)
    assert np.allclose(memory.weights_.toarray(), expected - np.diag(expected.diagonal()))


def test_duplicate_and_dependent_patterns_are_recalled() -> None:
    patterns, cues = data(p=6)
    double = np.vstack([patterns, patterns[:2], patterns[:1]])
    for rule in ("projection", "perceptron", "polynomial", "exponential"):
        memory = AssociativeMemory(rule).fit(double)
        assert memory.rank_ == 6
        assert np.array_equal(memory.recall(cues, order="sync").state, patterns)
    memory = AssociativeMemory("projection").fit(double).forget(0)
    assert memory.rank_ == 6
    assert np.array_equal(memory.recall(patterns).state, patterns)


def test_a_constant_pattern_is_a_pattern() -> None:
    for rule in ("hebb", "projection", "exponential", "covariance"):
        memory = AssociativeMemory(rule).fit(np.ones((1, 20), dtype=int))
        assert memory.coding_ == "bipolar"
        if rule != "covariance":
            assert memory.recall([-1] * 4 + [1] * 16).state.tolist() == [1] * 20
    zeros = AssociativeMemory("projection").fit(np.zeros((1, 20)))
    assert zeros.recall([1] * 4 + [0] * 16).state.tolist() == [0] * 20


def test_the_covariance_rule_holds_more_of_sparse_patterns() -> None:
    rng = np.random.default_rng(0)
    patterns = (rng.random((60, 300)) < 0.05).astype(int)
    cues = np.where(rng.random(patterns.shape) < 0.01, 1 - patterns, patterns)
    with warnings.catch_warnings(action="ignore"):
        scores = {
            rule: AssociativeMemory(rule).fit(patterns).score(cues, patterns)
            for rule in ("covariance", "hebb")
        }
    assert scores["covariance"] > 0.6 > 0.1 > scores["hebb"]


def test_the_perceptron_reaches_its_margins() -> None:
    patterns, _ = data(p=20)
    memory = AssociativeMemory("perceptron", margin=2.0).fit(patterns)
    fields = patterns @ memory.weights_.toarray()
    assert (patterns * fields).min() >= 2


def test_unlearning_takes_the_dreams_off_and_helps() -> None:
    patterns, cues = data(p=24, noise=0.05)
    with warnings.catch_warnings(action="ignore"):
        memory = AssociativeMemory("hebb").fit(patterns)
        before = memory.weights_.toarray()
        worse = memory.score(cues, patterns)
        memory.unlearn(150, 0.01)
    dreams = memory._rule.dreams  # type: ignore[attr-defined]
    taken = 0.01 * dreams.T @ dreams
    assert np.allclose(before - memory.weights_.toarray(), taken - np.diag(taken.diagonal()))
    assert memory.score(cues, patterns) > worse


# Reports


def test_the_report_of_a_single_cue_is_of_numbers() -> None:
    patterns, cues = data()
    memory = AssociativeMemory("projection").fit(patterns)
    one, batch = memory.recall(cues[1]), memory.recall(cues[1:2])
    assert one.state.shape == (N,)
    assert isinstance(one.index, int)
    assert isinstance(one.spurious, bool)
    assert one.trace.shape == one.times.shape
    assert batch.trace.shape == (len(batch.times), 1)
    assert np.array_equal(batch.state[0], one.state)


def test_large_batches_are_recalled_in_parts_to_the_same_end() -> None:
    patterns, _ = data()
    rng = np.random.default_rng(0)
    cues = np.where(rng.random((700, N)) < 0.1, -1, 1) * patterns[rng.integers(P, size=700)]
    memory = AssociativeMemory("projection").fit(patterns)
    whole, last = memory.recall(cues, order="sync"), memory.recall(cues[650:], order="sync")
    assert np.array_equal(whole.state[650:], last.state)
    assert whole.trace.shape == (len(whole.times), 700)
    assert np.allclose(whole.trace[-1], whole.energy)


def test_the_seed_decides() -> None:
    memory = AssociativeMemory("projection").fit(data(p=30)[0])
    starts = np.random.default_rng(0).choice([-1, 1], (20, N))
    a, b, c = (memory.recall(starts, rng=seed).state for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_a_flow_is_the_continuous_recall_with_unknown_units_too() -> None:
    patterns, cues = data()
    memory, known = AssociativeMemory("hebb").fit(patterns), np.arange(N) < N // 2
    flow = Flow("RK45", duration=100.0, tol=1e-9, rtol=1e-6, atol=1e-8)
    named, given = (memory.recall(cues, order=order, mask=known) for order in ("continuous", flow))
    assert np.array_equal(named.trace, given.trace)
    assert np.array_equal(named.state, given.state)


def test_cues_are_never_mutated() -> None:
    patterns, cues = data()
    for rule in (*TWO_VALUED, "lse"):
        memory = AssociativeMemory(rule).fit(patterns)
        for order in ("auto", "continuous") + (() if rule == "lse" else ("sync",)):
            for mine in (cues, cues.astype(float)):
                kept = mine.copy()
                memory.recall(mine, order=order)  # type: ignore[arg-type]
                assert np.array_equal(mine, kept)


def test_load_and_likeness_are_warned_of_and_shown() -> None:
    patterns, _ = data(p=30)
    with pytest.warns(
        CapacityWarning, match="30 patterns on 100 units: rule 'hebb' recalls about 14"
    ):
        memory = AssociativeMemory("hebb").fit(patterns)
    assert "load 0.300, coherence 0." in repr(memory)
    assert repr(AssociativeMemory("hebb")) == "AssociativeMemory('hebb')"
    alike = np.ones((3, N), dtype=int)
    alike[1, :10] = alike[2, 10:20] = -1
    with pytest.warns(CapacityWarning, match=r"overlap by up to 0\.80: rule 'hebb' confuses"):
        AssociativeMemory("hebb").fit(alike)


# scikit-learn's manners


def test_parameters_by_name() -> None:
    memory = AssociativeMemory("polynomial", degree=3)
    assert memory.get_params()["degree"] == 3
    assert memory.set_params(degree=4, rule="hebb") is memory
    assert memory.rule == "hebb"
    with pytest.raises(ValueError, match="no parameter 'depth'; there are rule, coding"):
        memory.set_params(depth=2)
    assert memory.fit(data()[0]) is memory
    before = memory.energy(data()[1])
    memory.set_params(threshold=1.0, ties="plus").partial_fit(data()[0][:1]).forget(P)
    assert np.allclose(memory.energy(data()[1]), before)
    assert memory.n_features_in_ == N


def test_neither_scikit_learn_nor_matplotlib_is_needed() -> None:
    code = """
import sys, hopopt
assert "hopopt.memory" not in sys.modules
sys.modules["sklearn"] = None
from hopopt import AssociativeMemory
AssociativeMemory("projection").fit([[1, -1, 1, 1]]).recall([1, -1, 1, -1])
assert "matplotlib" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# Bad input


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"rule": "hopfield"}, "rule must be one of hebb, covariance"),
        ({"coding": "ternary"}, "coding must be 'auto' or one of"),
        ({"ties": "minus"}, "ties must be 'keep' or 'plus'"),
        ({"dtype": "int8"}, "dtype must be 'float32' or 'float64'"),
        ({"rule": "exponential", "beta": 0.0}, "beta must be positive, at most"),
        ({"rule": "polynomial", "degree": 1}, "degree must be a whole number of at least 2"),
        ({"rule": "polynomial", "degree": 2**40}, "degree must be at most 1000, or powers"),
        ({"rule": "perceptron", "margin": -1.0}, "margin must be finite and nonnegative"),
        ({"coding": "binary"}, "X must be binary, all 0 or 1; got -1"),
        ({"rule": "hebb", "coding": "real"}, "takes bipolar or binary patterns; got real ones"),
        ({"threshold": np.zeros(3)}, "threshold must be 'auto', a number or of shape"),
        ({"threshold": "none"}, "threshold must be"),
    ],
)
def test_parameters_are_checked(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AssociativeMemory(**parameters).fit(data()[0])


@pytest.mark.parametrize("beta", [1e17, 1e150])
@pytest.mark.parametrize("rule", ["lse", "exponential"])
def test_a_steep_memory_attends_to_the_nearest_alone(rule: str, beta: float) -> None:
    patterns = np.random.default_rng(0).choice([-1.0, 1.0], (4, 64))
    memory = AssociativeMemory(rule, beta=beta).fit(patterns)
    assert np.array_equal(memory.recall(patterns).index, np.arange(4))


def test_capacity_of_any_degree_is_a_number() -> None:
    assert Polynomial(degree=4).capacity(100) == pytest.approx(100**3 / (30 * np.log(100)))
    assert Polynomial(degree=1000).capacity(100) == 0
    assert Polynomial(degree=1000).capacity(10**6) > 1e300


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        ([], r"X must have shape \(P, N\)"),
        ([[]], r"X must have shape \(P, N\)"),
        ([[1, np.nan]], "X must be finite"),
        ([[1, -1], [1]], "X must be a rectangular array"),
        ([["a", "b"]], "X must be a rectangular array of numbers"),
        ([[1, 0, -1]], "mixed codings"),
        ([[0.5, 1.0]], "got real ones: use rule='lse', or binarize="),
        (np.ones((2, 2, 2, 2)), r"X must have shape \(P, N\).*\(2, 2, 2, 2\)$"),
        ([[1e100, 1.0]], "X must be within ±1e\\+70"),
        ([1, -1, 1], "Reshape your data"),
        (np.ones((2, 0)), r"0 feature\(s\) \(shape=\(2, 0\)\)"),
        (sparse.eye_array(3), "X must be dense; got a sparse matrix"),
        (np.ones((2, 2), complex), "Complex data not supported"),
    ],
)
def test_patterns_are_checked(patterns: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AssociativeMemory("hebb").fit(patterns)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"cues": np.ones(3)}, r"cues must have 100 units; got shape \(3,\)"),
        ({"cues": np.ones((1, 1, N))}, "cues must have 100 units"),
        ({"cues": np.ones((0, N))}, "cues must have at least one row"),
        ({"cues": np.full(N, np.nan)}, "cues must tell at least one unit each"),
        ({"cues": np.full(N, np.inf)}, "cues must be finite"),
        ({"cues": np.full(N, "1")}, "cues must be a rectangular array of numbers"),
        ({"cues": np.zeros(N)}, "cues must be bipolar, all -1 or 1; got 0, as the memory's"),
        ({"cues": np.ones(N), "mask": np.ones(N)}, "mask must be booleans"),
        ({"cues": np.ones(N), "mask": np.ones(3, dtype=bool)}, "mask must be booleans of shape"),
        ({"cues": np.ones(N), "clamp": np.ones(3, dtype=bool)}, "clamp must be booleans of shape"),
        ({"cues": np.ones(N), "external": np.ones(3)}, "external must have shape"),
        ({"cues": np.ones(N), "external": "input"}, "external must be an array or 'cue'"),
        ({"cues": np.ones(N), "order": "random"}, "order must be a motion or one of"),
        ({"cues": np.ones(N), "temperature": -1.0}, "temperature must be finite and nonnegative"),
        ({"cues": np.ones(N), "temperature": 1.0, "order": "guarded"}, "temperature must be 0"),
        ({"cues": np.ones(N), "max_iter": 0}, "max_iter must be a positive integer"),
        ({"cues": np.ones(N), "given": "y"}, "given must be 'X', or 'y' after fit"),
        ({"cues": np.ones(N), "order": "majorize"}, "Majorize needs linear units, or a concave"),
    ],
)
def test_cues_are_checked(arguments: dict[str, Any], says: str) -> None:
    memory = AssociativeMemory("hebb").fit(data()[0])
    with pytest.raises(ValueError, match=says):
        memory.recall(**arguments)


def test_real_units_refuse_what_only_two_valued_ones_can() -> None:
    memory = AssociativeMemory("lse").fit([[0.1, 0.2], [0.5, 0.1]])
    with pytest.raises(ValueError, match="order 'async' needs two-valued units"):
        memory.recall([0.1, 0.2], order="async")
    with pytest.raises(ValueError, match="temperature must be 0 for real units"):
        memory.recall([0.1, 0.2], temperature=1.0)


def test_learning_and_forgetting_are_checked() -> None:
    patterns, _ = data()
    memory = AssociativeMemory("projection").fit(patterns)
    for call, says in (
        (lambda: memory.partial_fit(patterns[:, :4]), "X must have 100 units; got 4"),
        (lambda: memory.partial_fit(np.zeros(N)), "X must be bipolar"),
        (lambda: memory.partial_fit(patterns, patterns), "y must not be given"),
        (lambda: memory.forget(5), "indices must be whole numbers from 0 to 4; got 5"),
        (lambda: memory.forget(-1), "indices must be whole numbers"),
        (lambda: memory.forget([0.5]), "indices must be whole numbers"),
        (lambda: memory.forget(range(5)), "must leave at least one"),
        (lambda: memory.fit(patterns, patterns[:2]), "y must have as many rows as X, 5; got 2"),
        (lambda: memory.energy(np.ones(3)), "v must have 100 units"),
        (lambda: memory.score(patterns, np.ones((2, 2))), "y must have shape"),
        (lambda: memory.unlearn(3), "unlearn needs rule 'hebb'"),
    ):
        with pytest.raises(ValueError, match=says):
            call()
    assert np.array_equal(memory.recall(patterns).state, patterns)


def test_an_empty_memory_says_so() -> None:
    memory = AssociativeMemory()
    for call in (lambda: memory.recall([1]), lambda: memory.weights_, lambda: memory.save("x.npz")):
        with pytest.raises(ValueError, match="empty: call fit first"):
            call()
    assert len(memory) == 0
    assert not hasattr(AssociativeMemory("exponential").fit([[1, -1, 1]]), "weights_")


def test_hamming_counts_and_binarize_divides() -> None:
    assert hamming([[1, -1], [1, 1]], [1, 1]).tolist() == [1, 0]
    images = np.array([[[0.0, 1.0], [2.0, 9.0]]])
    assert binarize(images).tolist() == [[-1, -1, -1, 1]]
    assert binarize(images, "median", coding="binary").tolist() == [[0, 0, 1, 1]]
    assert binarize(images, 0.5).tolist() == [[-1, 1, 1, 1]]
    for arguments, says in (
        (([1.0, 2.0],), "images must have shape"),
        (([[np.nan]],), "images must be finite"),
        ((images, "mode"), "threshold must be a number"),
    ):
        with pytest.raises(ValueError, match=says):
            binarize(*arguments)
    with pytest.raises(ValueError, match="coding must be"):
        binarize(images, coding="real")  # type: ignore[arg-type]
