from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import (
    Energy,
    Face,
    Identity,
    Majorize,
    Memory,
    Network,
    Power,
    Quadratic,
    Sigmoid,
    Softmax,
    Tanh,
    Updates,
)
from hopopt.core.dense import DenseMemory
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix, scaled
from hopopt.fast.attention import Attention
from hopopt.fast.settled import Lanes
from hopopt.fast.sweeps import Sweeps
from hopopt.memory.rules import low_rank

N, B = 24, 7
seeds = st.integers(0, 2**32 - 1)


def bipolar(rng: np.random.Generator, *shape: int) -> Array:
    return rng.choice([-1.0, 1.0], shape)


def energies(rng: np.random.Generator) -> dict[str, tuple[Energy, type]]:
    X = bipolar(rng, 5, N)
    W = rng.standard_normal((N, N))
    c = rng.standard_normal((B, N))
    return {
        "hebb": (Quadratic(minus(bipolar(rng, 15, N))), Tanh),
        "low rank": (Quadratic(minus(X), c), Tanh),
        "low rank 0/1": (Quadratic(minus(X), c), Sigmoid),
        "array": (Quadratic(W + W.T, c), Tanh),
        "polynomial": (DenseMemory(X, Power(3), N), Tanh),
        "exponential": (DenseMemory(X, Softmax(), 2.0), Tanh),
        "exponential 0/1": (DenseMemory(2 * X, Softmax(), 2.0, bias=-X.sum(-1)), Sigmoid),
    }


def minus(X: Array) -> Matrix:
    return scaled(low_rank(X, 1.0), -1.0)


KINDS = list(energies(np.random.default_rng(0)))


def start(network: Network, rng: np.random.Generator, lanes: int = B) -> Array:
    return rng.standard_normal((lanes, N)) + 0.3


@pytest.mark.parametrize("kind", KINDS)
@given(seed=seeds)
def test_the_flips_of_dense_memories_are_exact(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    energy, domain = energies(rng)[kind]
    v = domain().vertex(start(Network(energy, domain()), rng))
    delta = domain().opposite(v) - v
    delta[:, 3] = 0
    rise = energy.flip(v, delta)
    for i in (0, 3, N - 1):
        moved = v.copy()
        moved[:, i] += delta[:, i]
        expected = energy.value(moved) - energy.value(v)
        assert np.allclose(rise[:, i], expected, rtol=1e-9, atol=1e-9)


def test_moves_of_several_sizes_go_the_general_way() -> None:
    rng = np.random.default_rng(0)
    energy, v = DenseMemory(bipolar(rng, 3, N), Softmax()), bipolar(rng, N)
    delta = rng.standard_normal(N)
    assert np.allclose(energy.flip(v, delta), Memory.flip(energy, v, delta))


@pytest.mark.parametrize("clamped", [False, True])
@pytest.mark.parametrize("order", ["random", "fixed"])
@pytest.mark.parametrize("kind", KINDS)
def test_fast_sweeps_are_the_cores_sweep_by_sweep(kind: str, order: str, clamped: bool) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        network = Network(energy, domain(), T=0)
        u = start(network, rng)
        if clamped:
            held = rng.random((B, N)) < 0.3
            face = Face(network.lagrangian, held, network.lagrangian.vertex(u))
            network = network.at(lagrangian=face)
        same_path(network, u, Updates(order), Sweeps(order))


@pytest.mark.parametrize("kind", KINDS)
def test_single_lanes_take_the_same_path(kind: str) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        if isinstance(energy, Quadratic) and energy.c.ndim == 2:
            energy = Quadratic(energy.Q, energy.c[0])
        network = Network(energy, domain(), T=0)
        same_path(network, start(network, rng, 1)[0], Updates(), Sweeps())


@pytest.mark.parametrize("kind", KINDS)
def test_glauber_sweeps_are_the_cores(kind: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        network = Network(energy, domain(), T=3.0)

        def noisy(kind: type, seed: int = seed) -> Updates:
            a, b = np.random.default_rng(seed).spawn(2)
            return kind(noise=a, rng=b, max_sweeps=6)

        same_path(network, start(network, rng), noisy(Updates), noisy(Sweeps))


@pytest.mark.parametrize("kind", KINDS)
def test_parallel_updates_are_the_cores(kind: str) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        if isinstance(energy, Quadratic) and energy.c.ndim == 2:
            energy = Quadratic(energy.Q, energy.c[0])
        network = Network(energy, domain(), T=0)
        for u in start(network, rng):
            same_path(network, u, Updates("parallel"), Sweeps("parallel"))


def test_parallel_lanes_do_not_depend_on_each_other() -> None:
    rng = np.random.default_rng(1)
    energy, domain = energies(rng)["hebb"]
    network = Network(energy, domain(), T=0)
    u = start(network, rng, 40)
    together = Sweeps("parallel").run(network, u, Lanes())
    alone = [Sweeps("parallel").run(network, lane, Lanes()).u for lane in u]
    assert np.array_equal(together.u, alone)


def same_path(network: Network, u: Array, slow: Updates, fast: Updates) -> None:
    watched = [Lanes(keep=True), Lanes(keep=True)]
    rests = [
        motion.run(network, u, lanes) for motion, lanes in zip((slow, fast), watched, strict=True)
    ]
    final = [network.lagrangian.vertex(rest.u) for rest in rests]
    cycle = rests[0].status.name == "CYCLE"
    assert rests[0].status == rests[1].status
    assert cycle or np.array_equal(*final)
    rows = min(len(lanes.energies) for lanes in watched)
    assert abs(len(watched[0].energies) - len(watched[1].energies)) <= 1
    for a, b in zip(watched[0].energies[:rows], watched[1].energies[:rows], strict=True):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("domain", [Identity(), Tanh()])
@given(seed=seeds)
def test_fast_attention_is_majorize_step_by_step(domain: Identity | Tanh, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((6, N)) if domain == Identity() else bipolar(rng, 6, N)
    bias = -(X * X).sum(-1) / 2
    network = Network(Memory(X, Softmax(), 0.7, bias=bias), domain, T=1.0)
    u = rng.standard_normal((B, N))
    slow, fast = Lanes(keep=True), Lanes(keep=True)
    a = Majorize(12, tol=1e-300).run(network, u, slow)
    b = Attention(12, tol=1e-300).run(network, u, fast)
    assert np.allclose(a.u, b.u, rtol=1e-12, atol=1e-12)
    for x, y in zip(slow.energies, fast.energies, strict=False):
        assert np.allclose(x, y, rtol=1e-12, atol=1e-12)


@given(seed=seeds, beta=st.floats(0.05, 20))
def test_one_update_is_attention(seed: int, beta: float) -> None:
    rng = np.random.default_rng(seed)
    X, V = rng.standard_normal((9, N)), rng.standard_normal((B, N))
    scores = beta * V @ X.T
    p = np.exp(scores - scores.max(-1, keepdims=True))
    attention = p / p.sum(-1, keepdims=True) @ X
    network = Network(Memory(X, Softmax(), 1 / beta), Identity())
    for motion in (Majorize(1), Attention(1)):
        assert np.allclose(motion.run(network, V, Lanes()).u, attention, rtol=0, atol=1e-12)


@given(seed=seeds)
def test_a_memory_of_degree_two_is_hebbs_but_for_a_constant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, v = bipolar(rng, 4, N), bipolar(rng, B, N)
    dense, hebb = DenseMemory(X, Power(2), 1.0), Quadratic(minus(X))
    difference = dense.value(v) - hebb.value(v)
    assert np.allclose(difference, difference[0])
    assert np.allclose(dense.flip(v, -2 * v), hebb.flip(v, -2 * v))


def test_the_bias_of_a_memory_may_differ_from_lane_to_lane() -> None:
    rng = np.random.default_rng(0)
    X, v, bias = (
        rng.standard_normal((4, N)),
        rng.standard_normal((B, N)),
        rng.standard_normal((B, 4)),
    )
    together = Memory(X, Softmax(), 0.5, bias=bias)
    for k in range(B):
        alone = Memory(X, Softmax(), 0.5, bias=bias[k])
        assert np.allclose(together.value(v)[k], alone.value(v[k]))
        assert np.allclose(together.gradient(v)[k], alone.gradient(v[k]))


@pytest.mark.parametrize("degree", [2, 3, 4])
def test_power_units_keep_the_laws_of_a_lagrangian(degree: int) -> None:
    units, rng = Power(degree), np.random.default_rng(degree)
    u, w = rng.standard_normal((3, 6)), rng.standard_normal((3, 6))
    v, _ = units.gradient(u, 0.7)
    h = 1e-6
    slope = (units.value(u + h * w, 0.7) - units.value(u - h * w, 0.7)) / (2 * h)
    assert np.allclose((v * w).sum(-1), slope)
    assert np.allclose(units.conjugate(v, 0.7), (u * v).sum(-1) - units.value(u, 0.7))
    bend = (units.gradient(u + h * w, 0.7)[0] - units.gradient(u - h * w, 0.7)[0]) / (2 * h)
    assert np.allclose(units.jvp(v, w, 0.7), bend, rtol=1e-5)
    assert np.allclose(units.inverse(v, 0.7), u)


@pytest.mark.parametrize("degree", [1, 2.5])
def test_power_refuses_a_degree(degree: float) -> None:
    with pytest.raises(ValueError, match="degree must be a whole number of at least 2"):
        Power(degree)  # type: ignore[arg-type]


def test_power_units_are_unbounded() -> None:
    for call in (Power(3).vertex, Power(3).opposite):
        with pytest.raises(TypeError, match="unbounded"):
            call(np.zeros(2))
    with pytest.raises(TypeError, match="unbounded"):
        Power(3).noise(np.random.default_rng(), (2,))


@pytest.mark.parametrize(
    ("patterns", "hidden", "error", "says"),
    [
        ([[1.0, 2.0]], Softmax(), ValueError, "entries of one size"),
        ([[0.0, 0.0]], Softmax(), ValueError, "entries of one size"),
        ([[1.0, -1.0]], Tanh(), TypeError, "hidden must be Power or Softmax"),
    ],
)
def test_dense_memories_refuse(
    patterns: list[list[float]], hidden: Tanh, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        DenseMemory(patterns, hidden)
