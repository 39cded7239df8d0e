"""What lessons look at: every flip, weights as an array, weights that were given, the circuit."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import AssociativeMemory, Directed, Flow, Monitor, Network, Quadratic, Status, Tanh
from hopopt.core import Array, Updates
from hopopt.memory import RULES, letters

N = 24
seeds = st.integers(0, 2**32 - 1)
ORDERS = ("guarded", "async", "fixed", "sync", "majorize", "continuous")


def learned(rule: str, coding: str = "bipolar", **parameters: Any) -> tuple[Any, Array, Array]:
    """A memory, its patterns, and cues with a few units flipped."""
    rng = np.random.default_rng(3)
    X = rng.choice([-1.0, 1.0], (3, N))
    cues = np.where(rng.random(X.shape) < 0.15, -X, X)
    if coding == "binary":
        X, cues = (X + 1) / 2, (cues + 1) / 2
    with warnings.catch_warnings(action="ignore"):
        return AssociativeMemory(rule, **parameters).fit(X), X, cues


def few_flips(before: Array, after: Array) -> int:
    return int(np.count_nonzero(before != after, axis=-1).max())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", ["hebb", "exponential", "polynomial", "lse"])
def test_a_trace_has_a_row_a_step_and_one_for_the_start(rule: str, order: str) -> None:
    memory, X, cues = learned(rule, coding="real" if rule == "lse" else "auto")
    if rule == "lse" and order not in ("majorize", "continuous"):
        return
    if order == "majorize" and rule == "hebb":
        return
    for given_cues in (X[0], X, cues):
        recall = memory.recall(given_cues, order=order)
        assert len(recall.trace) == len(recall.times) == np.max(recall.n_iter) + 1
    if order != "continuous":
        assert memory.recall(X[0], order=order).n_iter == 1


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("order", ORDERS[:4])
@pytest.mark.parametrize("rule", ["hebb", "covariance", "exponential"])
def test_slow_motion_shows_the_same_recall(rule: str, order: str, coding: str) -> None:
    memory, _, cues = learned(rule, coding)
    plain, slow = (memory.recall(cues, order=order, record=record) for record in (None, "flips"))
    assert plain.path is None
    for name in ("state", "n_iter", "energy", "trace", "converged"):
        assert np.array_equal(getattr(plain, name), getattr(slow, name)), name
    path = slow.path
    assert np.array_equal(path.states[0], cues)
    assert np.array_equal(path.states[-1], plain.state)
    assert np.allclose(path.energies, [memory.energy(v) for v in path.states])
    assert np.allclose(path.energies[[0, -1]], plain.trace[[0, -1]])
    if order in ("async", "fixed"):
        assert few_flips(path.states[:-1], path.states[1:]) == 1
        assert (np.diff(path.energies, axis=0) < 1e-9 * np.abs(path.energies).max()).all()


@pytest.mark.parametrize(
    "options",
    [
        {"mask": np.arange(N) < 15},
        {"mask": np.arange(N) < 15, "clamp": True},
        {"external": "cue"},
        {"external": np.outer(range(3), np.ones(N))},
        {"order": "async", "temperature": 1.0, "max_iter": 3},
    ],
    ids=lambda options: ", ".join(options),
)
def test_slow_motion_takes_what_a_recall_takes(options: dict[str, Any]) -> None:
    memory, X, cues = learned("projection")
    slow, plain = memory.recall(cues, record="flips", **options), memory.recall(cues, **options)
    assert np.array_equal(slow.path.states[-1], plain.state)
    assert np.allclose(slow.path.energies[-1], plain.energy)
    pairs = AssociativeMemory("projection").fit(X[:, :14], X[:, 14:])
    half = pairs.recall(X[:, :14], record="flips")
    assert half.path is not None
    assert half.path.states.shape[1:] == (3, 10)
    assert np.array_equal(half.path.states[-1], half.state)


def test_slow_motion_follows_noise_and_the_circuit() -> None:
    memory, X, cues = learned("hebb", normalize=True)
    warm = memory.recall(cues[0], temperature=0.5, max_iter=5, record="flips", rng=1)
    assert np.array_equal(warm.path.states[-1], warm.state)
    assert few_flips(warm.path.states[:-1], warm.path.states[1:]) == 1
    assert (np.diff(warm.path.energies) > 0).any()
    smooth = memory.recall(cues[0], order="continuous", record="flips")
    assert smooth.path.energies == pytest.approx(smooth.trace[: len(smooth.path.energies)])
    assert np.array_equal(smooth.path.states[-1], smooth.state)
    images = AssociativeMemory("hebb").fit(X.reshape(3, 4, 6))
    assert images.recall(X[0].reshape(4, 6), record="flips").path.states.shape[1:] == (4, 6)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ("lse",)])
def test_slow_motion_of_many_batches(rule: str) -> None:
    memory, _, cues = learned(rule)
    many = np.tile(cues, (100, 1))
    path = memory.recall(many, record="flips").path
    assert path.states.shape[1:] == many.shape
    assert np.array_equal(path.states[-1], memory.recall(many).state)


def test_weights_are_an_array_where_one_is_wanted() -> None:
    memory, X, _ = learned("hebb")
    W = X.T @ X - 3 * np.eye(N)
    weights = memory.weights_
    assert np.array_equal(np.asarray(weights), W)
    assert weights[1, 2] == W[1, 2]
    assert np.array_equal(weights[:2], W[:2])
    assert len(weights) == N
    assert np.asarray(weights, dtype="f4").dtype == np.float32
    assert np.array_equal(X @ weights, X @ W)
    with pytest.raises(ValueError, match="by a copy alone"):
        np.array(weights, copy=False)


def test_energy_takes_an_external_input() -> None:
    for coding in ("bipolar", "binary"):
        memory, X, _ = learned("hebb", coding)
        x = np.linspace(-1, 1, N)
        W, theta = np.asarray(memory.weights_), memory.threshold_
        expected = [-v @ W @ v / 2 - x @ v + theta @ v for v in X]
        assert np.allclose(memory.energy(X, external=x), expected)
    with pytest.raises(ValueError, match="external must have shape"):
        memory.energy(X, external=[1.0, 2.0])


def test_energy_takes_images_where_recalls_return_them() -> None:
    X = letters("HOP")
    memory, cue = AssociativeMemory("projection").fit(X), np.where(np.eye(12, 10) > 0, -X[0], X[0])
    recall = memory.recall(cue, record="flips")
    assert recall.path is not None
    assert np.allclose(memory.energy(recall.path.states), recall.path.energies)
    assert memory.energy(recall.state) == pytest.approx(recall.energy)
    drawn = memory.energy(X, external=cue)
    assert np.allclose(drawn, memory.energy(X.reshape(3, -1), external=cue.ravel()))
    with pytest.raises(ValueError, match=r"v must have 120 units; got shape \(10, 12\)"):
        memory.energy(cue.T)


def test_repr_shows_what_was_set() -> None:
    assert repr(AssociativeMemory("polynomial", degree=3)) == (
        "AssociativeMemory('polynomial', degree=3)"
    )
    shown = repr(AssociativeMemory("hebb", threshold=np.zeros(4), ties="plus").fit([[1, -1, 1, 1]]))
    assert "threshold=<4 numbers>, ties='plus': 1 bipolar patterns of 4, load" in shown


@given(seed=seeds, activity=st.sampled_from([0.2, 0.5, 0.8]))
def test_covariance_is_one_network_in_both_codings(seed: int, activity: float) -> None:
    rng = np.random.default_rng(seed)
    S = (rng.random((3, N)) < activity).astype(float)
    cues = np.where(rng.random(S.shape) < 0.2, 1 - S, S)
    with warnings.catch_warnings(action="ignore"):
        binary = AssociativeMemory("covariance", coding="binary").fit(S)
        signed = AssociativeMemory("covariance", coding="bipolar").fit(2 * S - 1)
    assert np.allclose(np.asarray(binary.weights_), np.asarray(signed.weights_))
    fall = binary.energy(cues) - binary.energy(S)
    assert np.allclose(4 * fall, signed.energy(2 * cues - 1) - signed.energy(2 * S - 1))
    X = 2 * S - 1
    m = X.mean()
    if 0 < activity < 1 and abs(m) < 1:
        W = (X - m).T @ (X - m) / (N * (1 - m * m))
        assert np.allclose(np.asarray(signed.weights_), W - np.diag(W.diagonal()))


# Weights that were given


@pytest.mark.parametrize("coding", ["bipolar", "binary"])
@pytest.mark.parametrize("rule", ["hebb", "storkey", "projection"])
def test_given_weights_recall_as_learned_ones(tmp_path: Path, rule: str, coding: str) -> None:
    memory, X, cues = learned(rule, coding)
    made = AssociativeMemory.from_weights(
        np.asarray(memory.weights_), threshold=memory.threshold_, patterns=X, coding=coding
    )
    bare = AssociativeMemory.from_weights(memory.weights_, threshold="auto", coding=coding)
    made.save(tmp_path / "made.npz")
    again = AssociativeMemory.load(tmp_path / "made.npz")
    expected = memory.recall(cues)
    for other in (made, again):
        recall = other.recall(cues)
        for name in ("state", "index", "overlap", "distance", "spurious", "n_iter"):
            assert np.array_equal(getattr(recall, name), getattr(expected, name)), name
    recall = bare.recall(cues)
    assert np.array_equal(recall.state, expected.state)
    assert recall.index.tolist() == [-1] * 3
    assert np.isnan(recall.overlap).all()
    assert bare.patterns_.shape == (0, N)
    assert (len(bare), bare.load_, bare.rank_, bare.learned_) == (0, 0, 0, True)


W3 = np.array([[0.0, 1, -1], [1, 0, 1], [-1, 1, 0]])


@pytest.mark.parametrize(
    ("W", "options", "says"),
    [
        (W3[:2], {}, "W must be 2×2"),
        (W3 + np.eye(3, k=1), {}, "W must be symmetric, or E is no Lyapunov function"),
        (W3 * np.nan, {}, "W must be finite"),
        (W3, {"coding": "real"}, "coding must be 'bipolar' or 'binary'"),
        (W3, {"ties": "up"}, "ties must be 'keep' or 'plus'"),
        (W3, {"threshold": [1, 2]}, "threshold must be"),
        (W3, {"patterns": [[1, -1]]}, "patterns must have 3 units"),
        (W3, {"patterns": [[1, 0, 1]]}, "patterns must be bipolar"),
    ],
)
def test_weights_that_cannot_be_are_refused(W: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AssociativeMemory.from_weights(W, **options)


def test_given_weights_learn_nothing() -> None:
    memory = AssociativeMemory.from_weights(W3, patterns=[[1, 1, 1], [1, -1, 1]], ties="plus")
    with pytest.raises(ValueError, match="learns nothing"):
        memory.partial_fit([[1, -1, 1]])
    with pytest.raises(ValueError, match="learned nothing that it could forget"):
        memory.forget([0])
    assert memory.patterns_.tolist() == [[1, 1, 1], [1, -1, 1]]
    with pytest.raises(ValueError, match="learns nothing: its weights are `from_weights`"):
        AssociativeMemory("given").fit([[1, -1]])


# Asymmetric weights


def test_asymmetric_weights_say_that_they_have_no_energy() -> None:
    W = [[0.0, 1.0], [-1.0, 0.0]]
    memory = AssociativeMemory.from_weights(W, symmetric=False)
    recall = memory.recall([1, 1], max_iter=12)
    assert (recall.converged, recall.status) == (False, Status.MAX_STEPS)
    assert recall.hint == "the weights are not symmetric: E is no Lyapunov function, and may rise"
    with pytest.raises(ValueError, match="order 'guarded' needs an energy"):
        memory.recall([1, 1], order="guarded")
    assert memory.recall([1, 1], order="continuous").status is not Status.ROSE
    network = memory.network([1, 1])
    with pytest.raises(ValueError, match="E is no Lyapunov function"):
        network.lyapunov(np.zeros(2))


@given(seed=seeds)
def test_directed_is_quadratic_where_weights_are_symmetric(seed: int) -> None:
    rng = np.random.default_rng(seed)
    W, c, v, w = rng.normal(size=(4, 4)), rng.normal(size=4), *rng.normal(size=(2, 3, 4))
    directed, half = Directed(W + W.T, c), Quadratic(-W - W.T, c)
    for name, arguments in (("value", (v,)), ("gradient", (v,)), ("hessp", (v, w))):
        assert np.allclose(getattr(directed, name)(*arguments), getattr(half, name)(*arguments))
    assert np.allclose(directed.flip(v, w), half.flip(v, w))
    rush = Directed(W, c)
    assert np.allclose(rush.gradient(v), c - v @ W.T)
    assert not (2.0 * (rush + half)).conservative
    network, u = Network(rush, Tanh(), T=0.7), rng.normal(size=4)
    moved = [network.velocity(u + h) - network.velocity(u - h) for h in 1e-5 * np.eye(4)]
    assert np.allclose(np.array(moved).T / 2e-5, network.jacobian(u), atol=1e-6)
    assert Updates("fixed", max_sweeps=3).run(network.at(T=0), u, Monitor()).nit <= 3


# The circuit


def test_time_constants_change_the_clock_and_not_the_place() -> None:
    memory, _, cues = learned("projection")
    plain, slow = (memory.recall(cues[0], order="continuous", tau=tau) for tau in (1.0, 10.0))
    assert np.allclose(plain.state, slow.state, atol=1e-3)
    assert slow.times[-1] == pytest.approx(10 * plain.times[-1], rel=0.3)
    mixed = memory.recall(cues[0], order=Flow("BDF"), tau=np.linspace(1, 5, N))
    assert mixed.index == plain.index
    with pytest.raises(ValueError, match="tau needs order 'continuous' or a flow"):
        memory.recall(cues[0], tau=2.0)
    with pytest.raises(ValueError, match="tau must be finite and positive"):
        memory.recall(cues[0], order="continuous", tau=-1.0)
    with pytest.raises(ValueError, match="record must be 'flips' or None; got 'all'"):
        memory.recall(cues[0], record="all")


def test_the_network_of_a_recall_moves_as_the_recall_does() -> None:
    for coding, middle in (("bipolar", 0.0), ("binary", 0.5)):
        memory, _, cues = learned("hebb", coding)
        network = memory.network(cues[0], tau=2.0, external=0.1)
        start = network.state(middle + 0.9 * (cues[0] - middle))
        flow = Flow("RK45", duration=100, tol=1e-9, rtol=1e-6, atol=1e-8)
        monitor = Monitor()
        rest = flow.run(network, start, monitor)
        recall = memory.recall(cues[0], order="continuous", tau=2.0, external=0.1)
        assert np.allclose(network.output(rest.u)[0], recall.state)
        assert np.allclose([row[3] for row in monitor.rows], recall.trace)
