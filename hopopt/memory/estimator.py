"""`AssociativeMemory`: learn patterns, recall them from parts and from noise."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array
from hopopt.memory.coding import VALUES, check_coding, to_bipolar, two_valued
from hopopt.memory.cues import pairs, rectangular
from hopopt.memory.dynamics import Dynamics, Start
from hopopt.memory.from_weights import FromWeights
from hopopt.memory.learning import coding_of, rule_of, two_values
from hopopt.memory.load import too_alike, too_many, warn
from hopopt.memory.manners import names_of
from hopopt.memory.predictions import Predictions
from hopopt.memory.rules import Hebb
from hopopt.memory.saving import Saving
from hopopt.memory.sharing import writes
from hopopt.memory.store import Store


class AssociativeMemory(Predictions, Saving, FromWeights):
    """A content-addressable memory: a Hopfield network that completes and cleans what it has seen.

    It builds an energy of the core and recalls by the core's motions. Pairwise rules have
    E = −½·vᵀWv − xᵀv + θᵀv with symmetric weights of zero diagonal, on ±1 or 0/1 units; dense rules
    have one hidden unit a pattern. Texts often carry slips in the continuous network (+θ in the
    equation of motion, +½yᵀWy in E, the integral left out); here τ·du/dt = −u + Wv + x − θ and
    E = −½vᵀWv − (x − θ)ᵀv + Σ∫g⁻¹, so that E never rises.

    Parameters
    ----------
    rule : str, default "hebb"
        "hebb", "covariance" (low activity), "storkey", "projection" (pseudo-inverse),
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
        ±1 units; for "covariance" ½ − activity, and for ±1 units what comes to the same.
    ties : {"keep", "plus"}
        Where a net input is exactly θ: keep the state, or go up as some texts have it.
    dtype : {"float64", "float32"}
        Of low-rank weights.
    binarize : "mean", "median" or float, optional
        Patterns and cues become two-valued: on above this, or above their own mean or median. The
        rule for real values takes them as they are.

    Attributes
    ----------
    patterns_ : array, shape (P, N)
    coding_ : str
    n_features_in_ : int
        Units of a cue.
    labels_ : array, shape (P,)
        After fit(X, y) with labels y.
    learned_ : bool
        Whether the stored patterns recall themselves.
    threshold_ : array, shape (N,)
    beta_ : float
        As in use.
    weights_ : Weights
        W of a pairwise rule: an operator that NumPy and Matplotlib take for the array.
    rank_ : int
        How many of the patterns are linearly independent.
    load_, coherence_ : float
        P/N, and the largest |overlap| of two patterns.

    Notes
    -----
    ±1 units with symmetric weights store −ξ with ξ. Where a recall says `negated`, −v (0/1: 1 − v)
    is the pattern.

    From 40 % of flipped units, no pairwise rule recalls at a load P/N of .2 or more: a dense one
    does. Several threads may share a memory: many recall at once, one learns alone.

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
        binarize: Literal["mean", "median"] | float | None = None,
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
        self.binarize = binarize

    @writes
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn patterns, X of shape (P, N) or images (P, height, width), from nothing.

        With y of one axis, shape (P,): the patterns' labels, for `predict`. With y of two or three,
        shape (P, M): hetero-association. The pairs are learned as one pattern each; `recall` then
        completes either side from the other, which it clamps.

        Raises
        ------
        ValueError
            For an unknown parameter, empty or ragged patterns, NaN, mixed codings.
        """
        return self._fit(X, y)

    def _fit(self, X: ArrayLike, y: ArrayLike | None) -> Self:
        rule = rule_of(self)
        rows, labels, shapes = pairs(X, y)
        coding = two_values(self, rule)
        if coding is not None:
            rows = two_valued(rows, self.binarize, coding, "binarize")
        coding = coding_of(self, rule, rows)
        self._begin(rule, Store(rows.shape[1], coding), shapes)
        self.__dict__.pop("feature_names_in_", None)
        if (names := names_of(X)) is not None:
            self.feature_names_in_ = names
        self._learn(rows, labels)
        if not self._warned:
            self._warned = warn(too_alike(self.rule, rule, self._store))
        self._base()
        return self

    @writes
    def partial_fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn more patterns, or a single one, without forgetting; the first call is `fit`."""
        shape = rectangular(X, "X").shape
        single = len(shape) == 1 or (hasattr(self, "_store") and shape == self._shapes[0])
        if single:
            X, y = np.asarray(X)[None], None if y is None else rectangular(y, "y")[None]
        if not hasattr(self, "_store"):
            return self._fit(X, y)
        self._check_names(X)
        asked = self._labels is not None or self._split is not None
        if (y is not None) != asked:
            raise ValueError(f"y must {'' if asked else 'not '}be given, as to fit")
        rows, labels, _ = pairs(X, y, self._shapes)
        if (labels is None) != (self._labels is None):
            raise ValueError("y must be labels, or other sides, as to fit")
        if self._binarize is not None:
            rows = two_valued(rows, self._binarize, self.coding_, "binarize")
        check_coding(rows, self.coding_, "X")
        self._learn(rows, labels)
        return self

    def _learn(self, rows: Array, labels: Array | None) -> None:
        if not self._rule.learns:
            raise ValueError(f"rule {self.rule!r} learns nothing: its weights are `from_weights`")
        self._store.append(rows)
        self._rule.learn(to_bipolar(rows, self.coding_), self._store)
        self._energy = None
        if labels is not None:
            old = labels[:0] if self._labels is None else self._labels
            self._labels = np.concatenate([old, labels])
        self._warned = warn(too_many(self.rule, self._rule, self._store))

    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> Array:
        """Learn patterns, and return them as they are then recalled."""
        return self.fit(X, y).transform(X)

    @writes
    def forget(self, indices: ArrayLike) -> Self:
        """Forget stored patterns by their indices; those behind them move up.

        "projection" does so in O(N·P), dense rules at no cost, Hebb by leaving the pattern's term
        out; "storkey" and "perceptron" learn the others anew.
        """
        self._check_fitted()
        chosen = np.unique(np.atleast_1d(rectangular(indices, "indices")))
        if chosen.dtype.kind not in "iu" or not np.isin(chosen, np.arange(len(self._store))).all():
            raise ValueError(
                f"indices must be whole numbers from 0 to {len(self._store) - 1}; got {indices!r}"
            )
        if len(chosen) == len(self._store):
            raise ValueError("indices must leave at least one pattern; got all of them")
        for index in chosen[::-1]:
            self._rule.forget(int(index), self._store)
            self._store.delete(int(index))
        if self._labels is not None:
            self._labels = np.delete(self._labels, chosen)
        self._energy = None
        return self

    @writes
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
