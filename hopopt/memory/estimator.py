"""`AssociativeMemory`: learn patterns, recall them from parts and from noise."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array
from hopopt.core.matrices import real
from hopopt.core.motion import Motion
from hopopt.memory import persistence
from hopopt.memory.coding import VALUES, check_coding, rounded, to_bipolar
from hopopt.memory.cues import inputs, pairs, start_of
from hopopt.memory.dynamics import Dynamics, RecallOrder, Start, with_linear
from hopopt.memory.learning import coding_of, filling_of, rule_of
from hopopt.memory.load import warn_of_likeness, warn_of_load
from hopopt.memory.manners import Parameters
from hopopt.memory.recall import Recall, judge
from hopopt.memory.rules import Hebb
from hopopt.memory.store import RIGHT, Store
from hopopt.memory.stored import Stored

CHUNK, WIDE = 256, 2**20


class AssociativeMemory(Parameters, Stored):
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
        split = None if y is None else self.n_features_in_
        self._begin(rule, Store(rows.shape[1], self.coding_), split)
        self._learn(rows)
        warn_of_likeness(self.rule, rule, self._store)
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
        warn_of_load(self.rule, self._rule, self._store)

    def recall(
        self,
        cues: ArrayLike,
        *,
        order: RecallOrder | Motion = "auto",
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
            "guarded": all units at once while that lowers E, then one at a time until no flip
            does; "async": one at a time, in random order, until a whole sweep changes nothing;
            "fixed": in the order of the units; "sync": all at once, cycles of two states finished
            one by one; "majorize": all at once, one-step recall for dense memories; "continuous":
            analogue units through SciPy's RK45; or any motion of the core, as Flow("LSODA").
            "auto" is "guarded" for pairwise rules, "majorize" for dense ones, and "async" at a
            temperature: E never rises, but for the noise.
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
        dynamics = Dynamics.of(self.coding_, order, temperature, max_iter, rng)
        held = side != asked if clamp is None else clamp
        start, single = start_of(cues, self._store, side, mask=mask, clamp=held)
        x = inputs(external, start.cues)
        step = max(32, min(CHUNK, WIDE // max(len(self), self._store.width)))
        parts = [
            self._recalled(dynamics, start.part(rows), x[rows] if x.ndim == 2 else x, asked)
            for rows in (slice(k, k + step) for k in range(0, len(start.cues), step))
        ]
        recall = Recall.joined(parts)
        return recall.single() if single else recall

    def _recalled(self, dynamics: Dynamics, start: Start, x: Array, asked: slice) -> Recall:
        """Recall one batch, the units of the side that is asked for."""
        energy = with_linear(self._base(), -x)
        start = dynamics.filled(filling_of(self._rule, self._store, start, energy), start)
        outcome = dynamics.run(energy, start)
        return Recall(
            state=outcome.v[:, asked],
            **judge(outcome.plain[:, asked], self._store, asked, outcome.nearest),
            energy=outcome.energies[-1],
            n_iter=outcome.steps,
            converged=outcome.converged,
            cycled=outcome.cycled,
            status=outcome.status,
            trace=outcome.energies,
            times=outcome.times,
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
        for _ in range(dreams):
            cue = generator.choice(VALUES[self.coding_], self._store.width)
            state = self._dream(cue, generator)
            self._rule.unlearn(to_bipolar(state, self.coding_)[None], strength)
            self._energy = None
        return self

    def _dream(self, cue: Array, rng: np.random.Generator) -> Array:
        dynamics = Dynamics.of(self.coding_, "async", 0.0, 100, rng)
        return np.asarray(dynamics.run(self._base(), Start(cue[None], None, None)).v[0])

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
        states = [real(cue, "cue")]
        for _ in range(steps):
            states.append(rounded(self.recall(states[-1], **options).state, self.coding_))
        return np.array(states)

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
