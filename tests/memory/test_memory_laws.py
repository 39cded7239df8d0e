from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopopt import (
    Energy,
    Face,
    Identity,
    LowRank,
    Majorize,
    Memory,
    Monitor,
    Network,
    Power,
    Quadratic,
    Sigmoid,
    Softmax,
    Status,
    Tanh,
    Updates,
)
from hopopt.core.dense import DenseMemory
from hopopt.core.lagrangian import Array
from hopopt.core.matrices import Matrix, scaled
from hopopt.core.motion import Motion, Rest
from hopopt.core.updates import SweepOrder
from hopopt.fast.attention import Attention
from hopopt.fast.sweeps import Sweeps
from hopopt.memory.weights import low_rank

pytestmark = pytest.mark.no_cover

N, B = 24, 7
seeds = st.integers(0, 2**32 - 1)
ORDERS = ("random", "fixed", "guarded", "parallel")


def bipolar(rng: np.random.Generator, *shape: int) -> Array:
    return rng.choice([-1.0, 1.0], shape)


def eighths(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers whose sums and products are exact in float32, so that rounding decides no tie."""
    return rng.integers(-8, 9, shape) / 8


def energies(rng: np.random.Generator) -> dict[str, tuple[Energy, type]]:
    X = bipolar(rng, 5, N)
    W = rng.standard_normal((N, N))
    c, untied = rng.standard_normal((B, N)), rng.standard_normal(5)
    single = LowRank(eighths(rng, 6, N).astype(np.float32), eighths(rng, 6), eighths(rng, N))
    return {
        "hebb": (Quadratic(minus(bipolar(rng, 15, N))), Tanh),
        "hebb, ties": (Quadratic(minus(bipolar(rng, 4, N))), Tanh),
        "low rank": (Quadratic(minus(X), c), Tanh),
        "low rank 0/1": (Quadratic(minus(X), c), Sigmoid),
        "low rank, float32": (Quadratic(single), Tanh),
        "low rank 0/1, float32": (Quadratic(single, eighths(rng, B, N)), Sigmoid),
        "array": (Quadratic(W + W.T, c), Tanh),
        "constants": (Quadratic(W + W.T, constant=rng.standard_normal(B)), Tanh),
        "polynomial": (DenseMemory(X, Power(3), 8.0), Tanh),
        "exponential": (DenseMemory(X, Softmax(), 2.0, bias=untied), Tanh),
        "exponential 0/1": (DenseMemory(2 * X, Softmax(), 2.0, bias=untied - X.sum(-1)), Sigmoid),
    }


def minus(X: Array) -> Matrix:
    return scaled(low_rank(X, 1.0), -1.0)


KINDS = list(energies(np.random.default_rng(0)))


def start(network: Network, rng: np.random.Generator, replicas: int = B) -> Array:
    return rng.standard_normal((replicas, N)) + 0.3


def alone(energy: Energy, replica: int) -> Energy:
    """The energy that one replica of the batch has."""
    if not isinstance(energy, Quadratic):
        return energy
    c = energy.c if energy.c.ndim == 1 else energy.c[replica]
    constant = energy.constant if energy.constant.ndim == 0 else energy.constant[replica]
    return Quadratic(energy.Q, c, constant=constant)


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


# Law 10: the fast motions are the core's, step for step


@dataclass
class Watch(Monitor):
    """A monitor that keeps the outputs too, in the network that it is of."""

    network: Network | None = None
    outputs: list[Array] = field(default_factory=list)

    def step(self, u: Array, elapsed: float, T: float, energy: Array | None = None) -> None:
        assert self.network is not None
        sharp = self.network.lagrangian.bounded
        self.outputs.append(np.array(self.network.lagrangian.vertex(u) if sharp else u))
        super().step(u, elapsed, T, energy)

    @property
    def energies(self) -> Array:
        return np.array([row[3] for row in self.rows])


def same_path(network: Network, u: Array, slow: Motion, fast: Motion, close: float = 1e-9) -> Rest:
    """Both motions pass through the same outputs and energies, and say the same of it."""
    watched = Watch(network=network), Watch(network=network)
    core, ours = slow.run(network, u, watched[0]), fast.run(network, u, watched[1])
    assert core[2:5] == ours[2:5]
    assert np.allclose(watched[0].outputs, watched[1].outputs, rtol=0, atol=close)
    assert np.allclose(watched[0].energies, watched[1].energies, rtol=close, atol=close)
    assert [row[:3] for row in watched[0].rows] == [row[:3] for row in watched[1].rows]
    assert np.allclose(network.output(core.u)[0], network.output(ours.u)[0], rtol=0, atol=close)
    assert slow.descends == fast.descends
    assert watched[0].disclaimed == watched[1].disclaimed
    return ours


@pytest.mark.parametrize("clamped", [False, True])
@pytest.mark.parametrize("order", ["random", "fixed", "guarded"])
@pytest.mark.parametrize("kind", KINDS)
def test_fast_sweeps_are_the_cores_sweep_by_sweep(
    kind: str, order: SweepOrder, clamped: bool
) -> None:
    for seed in range(2):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        network = Network(energy, domain(), T=0)
        u = start(network, rng)
        if clamped:
            held = rng.random((B, N)) < 0.3
            face = Face(network.lagrangian, held, network.lagrangian.vertex(u))
            network = network.at(lagrangian=face)
        for most in (1, 2, 1000):
            same_path(network, u, Updates(order, max_sweeps=most), Sweeps(order, max_sweeps=most))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_replica_takes_the_path_that_the_core_takes_alone(
    kind: str, order: SweepOrder
) -> None:
    for seed in range(2):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        network = Network(energy, domain(), T=0)
        u = start(network, rng)
        together = Sweeps(order).run(network, u, Monitor())
        v, _ = network.output(together.u)
        assert together.each is not None
        for k in range(B):
            own = network.at(energy=alone(energy, k))
            rest = same_path(own, u[k], Updates(order), Sweeps(order))
            assert np.array_equal(v[k], own.output(rest.u)[0])
            assert together.each.status[k] == rest.status
            assert together.each.steps[k] == rest.nit
            assert np.isclose(together.each.energies[k], own.lyapunov(rest.u))


@pytest.mark.parametrize("clamped", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_glauber_sweeps_are_the_cores(kind: str, clamped: bool) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        energy, domain = energies(rng)[kind]
        network = Network(energy, domain(), T=rng.uniform(1, 4, B))
        u = start(network, rng)
        if clamped:
            network = network.clamp(rng.random(N) < 0.3, network.lagrangian.vertex(u[0]))

        def noisy(kind: type, seed: int = seed) -> Updates:
            a, b = np.random.default_rng(seed).spawn(2)
            return kind(noise=a, rng=b, max_sweeps=6)

        same_path(network, u, noisy(Updates), noisy(Sweeps))


def test_replicas_may_have_several_axes() -> None:
    rng = np.random.default_rng(2)
    W = rng.standard_normal((N, N))
    network = Network(Quadratic(W + W.T), Tanh(), T=0)
    for order in ("random", "fixed", "guarded"):
        same_path(network, rng.standard_normal((2, 3, N)), Updates(order), Sweeps(order))


@pytest.mark.parametrize("kind", KINDS)
def test_guarded_updates_never_raise_h_and_end_where_no_flip_lowers_it(kind: str) -> None:
    rng = np.random.default_rng(3)
    energy, domain = energies(rng)[kind]
    network, watch = Network(energy, domain(), T=0), Monitor()
    rest = Sweeps("guarded").run(network, start(network, rng), watch)
    rows = np.array([row[3] for row in watch.rows])
    assert (np.diff(rows, axis=0) <= 1e-9 * np.abs(rows).max()).all()
    assert rest.status is Status.CONVERGED
    v, _ = network.output(rest.u)
    assert (energy.flip(v, network.lagrangian.opposite(v) - v) >= -1e-9).all()


def attending(kind: str, rng: np.random.Generator) -> Network:
    X, bias = rng.standard_normal((6, N)), rng.standard_normal((B, 6))
    S, untied = bipolar(rng, 6, N), rng.standard_normal(6)
    return {
        "lse": lambda: Network(Memory(X, Softmax(), 0.7, bias=-(X * X).sum(-1) / 2), Identity()),
        "lse, warm": lambda: Network(Memory(X, Softmax(), 0.7), Identity(), T=2.0),
        "biases": lambda: Network(Memory(X, Softmax(), 0.7, bias=bias), Identity()),
        "analogue": lambda: Network(DenseMemory(S, Softmax(), 2.0), Tanh(), T=0.8),
        "exponential": lambda: Network(DenseMemory(S, Softmax(), 2.0, bias=untied), Tanh(), T=0),
        "exponential 0/1": lambda: Network(
            DenseMemory(2 * S, Softmax(), 2.0, bias=untied - S.sum(-1)), Sigmoid(), T=0
        ),
        "polynomial": lambda: Network(DenseMemory(S, Power(3), 8.0), Tanh(), T=0),
    }[kind]()


ATTENDING = "lse", "lse, warm", "biases", "analogue", "exponential", "exponential 0/1", "polynomial"


@pytest.mark.parametrize("kind", ATTENDING)
@given(seed=seeds)
def test_fast_attention_is_majorize_step_by_step(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = attending(kind, rng)
    u = rng.standard_normal((B, N))
    for most in (1, 12):
        rest = same_path(network, u, Majorize(most), Attention(most), 1e-8)
        assert rest.each is not None
        assert np.allclose(rest.each.energies, network.lyapunov(rest.u))
        assert (rest.each.nearest is None) == (kind == "polynomial")
        if rest.each.nearest is not None and rest.status is Status.CONVERGED:
            assert isinstance(network.energy, Memory)
            v, _ = network.output(rest.u)
            assert np.array_equal(rest.each.nearest, network.energy.attention(v).argmax(-1))


def test_attention_that_is_not_known_goes_the_cores_way() -> None:
    rng = np.random.default_rng(0)
    X, u = rng.standard_normal((6, N)), rng.standard_normal((B, N))
    for network in (
        Network(Memory(X, Softmax(), 0.7), Identity(), leak=1.5),
        Network(Memory(X, Softmax(), 0.7), Identity()).clamp(np.arange(N) < 5, u[0]),
    ):
        assert Attention(8).run(network, u, Monitor()).each is None
        same_path(network, u, Majorize(8), Attention(8))


@given(seed=seeds, beta=st.floats(0.05, 20))
def test_one_update_is_attention(seed: int, beta: float) -> None:
    rng = np.random.default_rng(seed)
    X, V = rng.standard_normal((9, N)), rng.standard_normal((B, N))
    scores = beta * V @ X.T
    p = np.exp(scores - scores.max(-1, keepdims=True))
    attention = p / p.sum(-1, keepdims=True) @ X
    network = Network(Memory(X, Softmax(), 1 / beta), Identity())
    for motion in (Majorize(1), Attention(1)):
        assert np.allclose(motion.run(network, V, Monitor()).u, attention, rtol=0, atol=1e-12)


@given(seed=seeds)
def test_a_memory_of_degree_two_is_hebbs_but_for_a_constant(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, v = bipolar(rng, 4, N), bipolar(rng, B, N)
    dense, hebb = DenseMemory(X, Power(2), 1.0), Quadratic(minus(X))
    difference = dense.value(v) - hebb.value(v)
    assert np.allclose(difference, difference[0])
    assert np.allclose(dense.flip(v, -2 * v), hebb.flip(v, -2 * v))


def test_the_bias_of_a_memory_may_differ_from_replica_to_replica() -> None:
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
