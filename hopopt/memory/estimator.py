"""`AssociativeMemory`: learn patterns, recall them from parts and from noise."""

from __future__ import annotations

import warnings
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.energy import Energy
from hopopt.lagrangian import Array
from hopopt.memory import persistence
from hopopt.memory.coding import DOMAINS, check_coding, finite, to_bipolar
from hopopt.memory.cues import inputs, pairs, start_of
from hopopt.memory.engine import Engine, Order, Start, with_linear
from hopopt.memory.learning import coding_of, energy_of, filling_of, rule_of
from hopopt.memory.manners import Parameters
from hopopt.memory.recall import Recall, judge, rounded
from hopopt.memory.rules import Hebb, PairwiseRule, Rule, Weights
from hopopt.memory.store import RIGHT, Store
from hopopt.motion import Motion

ALIKE = 0.5
CHUNK, WIDE = 256, 2**20


class CapacityWarning(UserWarning):
    """More patterns than the rule can recall, or patterns too much alike for it."""


class AssociativeMemory(Parameters):
    """A content-addressable memory: a Hopfield network that completes and cleans what it has seen.

    It builds an energy of the core and recalls by the core's motions. Pairwise rules have
    E = −½·vᵀWv − xᵀv + θᵀv with symmetric weights of zero diagonal, on ±1 or 0/1 units; dense rules
    have one hidden unit a pattern. Texts often carry slips in the continuous network (+θ in the
    equation of motion, +½yᵀWy in E, the integral left out); here τ·du/dt = −u + Wv + x − θ and
    E = −½vᵀWv − (x − θ)ᵀv + Σ∫g⁻¹, so that E never rises.

    Parameters
    ----------
    rule : str, default "hebb"
        "hebb", "covariance" (low activity, 0/1), "storkey", "projection" (pseudo-inverse),
        "perceptron", "polynomial", "exponential"; "lse" for real values.
    coding : {"auto", "bipolar", "binary", "real"}
        ±1, 0/1, or any numbers. "auto" reads it off the first patterns.
    normalize : bool, default False
        Hebb: divide W by N. The textbook does not; with it, fields are of order 1, an external
        input should stay below .1 and T is that of Amit, Gutfreund & Sompolinsky.
    degree : int, default 4
        n of the polynomial memory.
    beta : float, optional
        Sharpness of the exponential memory (1 by default; ½·ln((1 − f)/f) suits a share f of
        flipped units) and of "lse" (by default set where the closest patterns are told apart).
    margin : float, default 5
        Of the perceptron rule.
    threshold : "auto", float or array, default "auto"
        θ. "auto" is ½·W·1 for 0/1 units (with 0, the textbook's, half the recalls are lost), 0 for
        ±1 units, ½ − activity for "covariance".
    ties : {"keep", "plus"}
        Where a net input is exactly θ: keep the state, or go up as some texts have it.
    dtype : {"float64", "float32"}
        Of low-rank weights.

    Attributes
    ----------
    patterns_ : array, shape (P, N)
    coding_ : str
    n_features_in_ : int
        Width of a cue.
    weights_ : Weights
        W of a pairwise rule as an operator; `.toarray()` for the matrix.
    rank_ : int
        How many of the patterns are linearly independent.
    load_, coherence_ : float
        P/N, and the largest |overlap| of two patterns.

    Notes
    -----
    ±1 units with symmetric weights store −ξ with ξ. Where a recall says `negated`, −v (0/1: 1 − v)
    is the pattern.

    References
    ----------
    Hopfield, "Neural networks and physical systems with emergent collective computational
    abilities", 1982; Krotov & Hopfield, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> memory = AssociativeMemory("projection").fit([[1, 1, -1, -1, 1], [-1, 1, 1, -1, -1]])
    >>> recall = memory.recall([1, 1, -1, -1, -1])
    >>> recall.state, recall.index, recall.spurious
    (array([ 1.,  1., -1., -1.,  1.]), 0, False)
    """

    _rule: Rule
    _store: Store
    _split: int | None
    _energy: Energy | None

    def __init__(
        self,
        rule: str = "hebb",
        *,
        coding: str = "auto",
        normalize: bool = False,
        degree: int = 4,
        beta: float | None = None,
        margin: float = 5.0,
        threshold: Literal["auto"] | ArrayLike = "auto",
        ties: Literal["keep", "plus"] = "keep",
        dtype: str = "float64",
    ) -> None:
        self.rule = rule
        self.coding = coding
        self.normalize = normalize
        self.degree = degree
        self.beta = beta
        self.margin = margin
        self.threshold = threshold
        self.ties = ties
        self.dtype = dtype

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_store")

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn patterns, X of shape (P, N), from nothing.

        With y, shape (P, M): hetero-association. The pairs are learned as one pattern each;
        `recall` then completes either side from the other, which it clamps.

        Raises
        ------
        ValueError
            For an unknown parameter, empty or ragged patterns, NaN, mixed codings.
        """
        rows, rule = pairs(X, y), rule_of(self)
        self.coding_ = coding_of(self, rule, rows)
        self.n_features_in_ = np.shape(X)[-1]
        self._split = None if y is None else self.n_features_in_
        self._rule, self._store = rule, Store(rows.shape[1], self.coding_)
        self._learn(rows)
        return self

    def partial_fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn more patterns, without forgetting; the first call is `fit`."""
        if not hasattr(self, "_store"):
            return self.fit(X, y)
        if (y is None) != (self._split is None):
            raise ValueError(f"y must {'not ' if self._split is None else ''}be given, as to fit")
        rows = pairs(X, y, (self.n_features_in_, self._store.width - self.n_features_in_))
        check_coding(rows, self.coding_, "X")
        self._learn(rows)
        return self

    def forget(self, indices: ArrayLike) -> Self:
        """Forget stored patterns by their indices; those behind them move up.

        "projection" does so in O(N·P), dense rules at no cost, Hebb by leaving the pattern's term
        out; "storkey" and "perceptron" learn the others anew.
        """
        self._check_fitted()
        chosen = np.unique(np.atleast_1d(np.asarray(indices)))
        if chosen.dtype.kind not in "iu" or not np.isin(chosen, np.arange(len(self._store))).all():
            raise ValueError(
                f"indices must be whole numbers from 0 to {len(self._store) - 1}; got {indices!r}"
            )
        if len(chosen) == len(self._store):
            raise ValueError("indices must leave at least one pattern; got all of them")
        for index in chosen[::-1]:
            self._rule.forget(int(index), self._store)
            self._store.delete(int(index))
        self._energy = None
        return self

    def _learn(self, rows: Array) -> None:
        self._store.append(rows)
        self._rule.learn(to_bipolar(rows, self.coding_), self._store)
        self._energy = None
        self._warn()

    def _warn(self) -> None:
        limit, stored = self._rule.capacity(self._store.width), len(self._store)
        if stored > max(limit, 1):
            warnings.warn(
                f"{stored} patterns on {self._store.width} units: rule {self.rule!r} recalls about "
                f"{limit:.0f} random ones; expect spurious states, or take another rule",
                CapacityWarning,
                stacklevel=4,
            )
        elif self._rule.confused and (alike := self.coherence_) > ALIKE:
            warnings.warn(
                f"patterns overlap by up to {alike:.2f}: rule {self.rule!r} confuses patterns that "
                "are alike; take 'projection' or 'exponential'",
                CapacityWarning,
                stacklevel=4,
            )

    def recall(
        self,
        cues: ArrayLike,
        *,
        order: Order | Motion = "auto",
        mask: ArrayLike | None = None,
        clamp: ArrayLike | bool | None = None,
        external: ArrayLike | Literal["cue"] | None = None,
        temperature: float = 0.0,
        max_iter: int = 100,
        given: Literal["X", "y"] = "X",
        rng: np.random.Generator | int | None = 0,
    ) -> Recall:
        """Recall stored patterns from cues; the cues are never changed.

        Parameters
        ----------
        cues : array_like, shape (B, N) or (N,)
        order : str or Motion, default "auto"
            "async": one unit at a time, in random order, until a whole sweep changes nothing;
            "fixed": in the order of the units; "sync": all at once, cycles of two states finished
            one by one; "majorize": all at once, one-step recall for dense memories; "continuous":
            analogue units through SciPy's RK45; or any motion of the core, as Flow("LSODA").
            "auto" is "async", and "majorize" for real values.
        mask : array_like of bool, shape (B, N) or (N,), optional
            The units that the cue tells (True). The others are first sent where these put them.
        clamp : bool or array_like of bool, optional
            Units held at their cue; True holds all that are known. Hetero-association does so
            unless told otherwise.
        external : array_like or "cue", optional
            External input x to every unit; "cue" lets the cue itself persist.
        temperature : float, default 0
            Glauber dynamics, by the exact energy of each flip, for max_iter sweeps; for
            "continuous", the inverse gain.
        max_iter : int, default 100
            Sweeps or steps; for "continuous", units of τ.
        given : {"X", "y"}
            Hetero-association: the side that the cues are of; the state is the other side.
        rng : Generator or seed, default 0

        Returns
        -------
        Recall
        """
        side, asked = self._sides(given)
        engine = Engine.of(self.coding_, order, temperature, max_iter, rng)
        held = side != asked if clamp is None else clamp
        start, single = start_of(cues, self._store, side, mask=mask, clamp=held)
        x = inputs(external, start.cues)
        step = max(32, min(CHUNK, WIDE // max(len(self), self._store.width)))
        parts = [
            self._recalled(engine, start.part(lanes), x[lanes] if x.ndim == 2 else x, asked)
            for lanes in (slice(k, k + step) for k in range(0, len(start.cues), step))
        ]
        recall = Recall.joined(parts)
        return recall.single() if single else recall

    def _recalled(self, engine: Engine, start: Start, x: Array, asked: slice) -> Recall:
        """Recall one batch, the units of the side that is asked for."""
        energy = with_linear(self._base(), -x)
        start = engine.filled(filling_of(self._rule, self._store, start, energy), start)
        outcome = engine.run(energy, start)
        state, lanes = outcome.v[:, asked], outcome.lanes
        plain = state if lanes.settled is not None else rounded(state, self.coding_)
        return Recall(
            state=state,
            **judge(plain, self._store, asked, outcome.nearest),
            energy=lanes.energies[-1],
            n_iter=outcome.steps,
            converged=outcome.converged,
            cycled=outcome.cycled,
            status=outcome.status,
            trace=np.array(lanes.energies),
            times=np.array(lanes.times),
        )

    def _sides(self, given: str) -> tuple[slice, slice]:
        """Return the units that the cues are of, and those asked for."""
        self._check_fitted()
        everything, left = slice(0, self._store.width), self._split
        if given not in ("X", "y") or (given == "y" and left is None):
            raise ValueError(f"given must be 'X', or 'y' after fit(X, y); got {given!r}")
        if left is None:
            return everything, everything
        sides = slice(0, left), slice(left, self._store.width)
        return sides if given == "X" else sides[::-1]

    def _base(self) -> Energy:
        """Return the energy without external input, built once after each change."""
        self._check_fitted()
        if self._energy is None:
            self._energy = energy_of(self._rule, self._store, self.threshold, self.ties)
        return self._energy

    def predict(self, X: ArrayLike) -> Array:
        """Return the states recalled from cues (after fit(X, y), the y side)."""
        return self.recall(X).state

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of cues recalled exactly: y are the states, or indices of patterns."""
        state = rounded(np.atleast_2d(self.predict(X)), self.coding_)
        truth = np.asarray(y)
        if truth.dtype.kind in "iu" and truth.shape == (len(state),) != state.shape[1:]:
            truth = self.patterns_[truth][:, -state.shape[1] :]
        if truth.shape not in (state.shape, state.shape[1:]):
            raise ValueError(f"y must have shape {state.shape} or be indices; got {truth.shape}")
        error = np.abs(state - truth).max(-1)
        return float((error < RIGHT).mean())

    def energy(self, v: ArrayLike) -> Array:
        """Return E of states, shape (..., N), without external input."""
        base, states = self._base(), finite(v, "v")
        if states.shape[-1:] != base.shape:
            raise ValueError(f"v must have {base.shape[0]} units; got shape {states.shape}")
        quiet = DOMAINS["real"].conjugate(states) if self.coding_ == "real" else 0.0
        return np.asarray(base.value(states) + quiet)

    def unlearn(
        self, dreams: int, strength: float = 0.01, rng: np.random.Generator | int | None = 0
    ) -> Self:
        """Let a Hebbian memory dream, and weaken the states that it comes to rest in.

        From each of `dreams` random states it falls to a state v, and W −= strength·v·vᵀ (in W's
        own scale). Spurious states, which catch most random starts, suffer most; too much of it
        takes the memories as well.

        References
        ----------
        Hopfield, Feinstein & Palmer, "'Unlearning' has a stabilizing effect in collective
        memories", 1983.
        """
        self._check_fitted()
        if not isinstance(self._rule, Hebb):
            raise ValueError(f"unlearn needs rule 'hebb'; got {self.rule!r}")
        generator = np.random.default_rng(rng).spawn(1)[0]
        low, high = (0.0, 1.0) if self.coding_ == "binary" else (-1.0, 1.0)
        for _ in range(dreams):
            cue = generator.choice([low, high], self._store.width)
            state = self._dream(cue, generator)
            self._rule.unlearn(to_bipolar(state, self.coding_)[None], strength)
            self._energy = None
        return self

    def _dream(self, cue: Array, rng: np.random.Generator) -> Array:
        engine = Engine.of(self.coding_, "async", 0.0, 100, rng)
        return np.asarray(engine.run(self._base(), Start(cue[None], None, None)).v[0])

    def replay(self, cue: ArrayLike, steps: int, **options: Any) -> Array:
        """Recall a sequence: each state recalls the next, shape (steps + 1, N), the cue first.

        Needs ``fit(sequence[:-1], sequence[1:])``; options go to `recall`.

        Examples
        --------
        >>> import numpy as np
        >>> song = np.random.default_rng(0).choice([-1, 1], (5, 60))
        >>> memory = AssociativeMemory("projection").fit(song[:-1], song[1:])
        >>> bool((memory.replay(song[0], 4) == song).all())
        True
        """
        self._check_fitted()
        if self._split is None or 2 * self._split != self._store.width:
            raise ValueError("replay needs fit(X, y) with X and y of one width")
        states = [finite(cue, "cue")]
        for _ in range(steps):
            states.append(rounded(self.recall(states[-1], **options).state, self.coding_))
        return np.array(states)

    @property
    def patterns_(self) -> Array:
        """The stored patterns, shape (P, N) (after fit(X, y): both sides)."""
        self._check_fitted()
        return np.array(self._store.patterns)

    @property
    def weights_(self) -> Weights:
        """W of a pairwise rule: symmetric, with zero diagonal."""
        self._check_fitted()
        if not isinstance(self._rule, PairwiseRule):
            raise AttributeError(f"rule {self.rule!r} has no pairwise weights")
        return Weights(self._rule.weights(self._store))

    @property
    def rank_(self) -> int:
        """How many of the stored patterns are linearly independent."""
        self._check_fitted()
        rank = getattr(self._rule, "rank", None)
        return int(np.linalg.matrix_rank(self._store.bipolar()) if rank is None else rank)

    @property
    def load_(self) -> float:
        """Patterns per unit, P/N."""
        self._check_fitted()
        return len(self._store) / self._store.width

    @property
    def coherence_(self) -> float:
        """The largest |overlap| of two stored patterns (of the first 1,000)."""
        self._check_fitted()
        return self._store.coherence()

    @property
    def nbytes_(self) -> int:
        """How much memory the patterns and what was learned of them take."""
        self._check_fitted()
        learned = sum(array.nbytes for array in self._rule.arrays().values())
        return self._store.nbytes + learned

    def save(self, path: str | PathLike[str]) -> None:
        """Write the memory to a file of plain arrays (NumPy's .npz, never pickle)."""
        self._check_fitted()
        persistence.save(path, self)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read a memory that `save` wrote; it recalls bit for bit as the saved one did.

        Raises
        ------
        ValueError
            If the file is none of ours, or damaged.
        """
        return persistence.load(path, cls)

    def _check_fitted(self) -> None:
        if not hasattr(self, "_store"):
            raise ValueError("the memory is empty: call fit first")

    def __len__(self) -> int:
        """How many patterns are stored."""
        return len(self._store) if hasattr(self, "_store") else 0

    def __repr__(self) -> str:
        if not hasattr(self, "_store"):
            return f"AssociativeMemory({self.rule!r})"
        return (
            f"AssociativeMemory({self.rule!r}: {len(self)} {self.coding_} patterns of "
            f"{self._store.width}, load {self.load_:.3f}, coherence {self.coherence_:.2f})"
        )
