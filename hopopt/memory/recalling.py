"""Recall: cues in, states out, in batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from hopopt.core.lagrangian import Array
from hopopt.core.motion import Motion
from hopopt.core.network import Network
from hopopt.memory.coding import two_valued
from hopopt.memory.cues import Given, given_cues, inputs, start_of
from hopopt.memory.dynamics import Dynamics, RecallOrder, Start, with_linear
from hopopt.memory.hints import hint_of
from hopopt.memory.learning import filling_of
from hopopt.memory.recall import Recall, judge
from hopopt.memory.sharing import reads
from hopopt.memory.stored import Stored

CHUNK, WIDE = 256, 2**20


class Recalling(Stored):
    """A memory that recalls."""

    @reads
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
        tau: ArrayLike | None = None,
        record: Literal["flips"] | None = None,
        rng: np.random.Generator | int | None = 0,
    ) -> Recall:
        """Recall stored patterns from cues; the cues are never changed.

        Parameters
        ----------
        cues : array_like, shape (B, N) or (N,); images where the patterns were images
            NaN, or a masked entry of a masked array, is an unknown unit.
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
        tau : float or array_like, shape (N,), optional
            Time constants of the continuous network, 1 by default.
        record : "flips", optional
            Keep the state and E after every flip, as `Recall.path`: the recall is run once more,
            slowly.
        rng : Generator or seed, default 0

        Returns
        -------
        Recall
        """
        self._check_fitted()
        self._check_names(cues)
        side, asked = self._sides(given)
        if record not in (None, "flips"):
            raise ValueError(f"record must be 'flips' or None; got {record!r}")
        dynamics = Dynamics.of(self.coding_, order, temperature, max_iter, rng, tau)
        told = self._told(cues, mask, given)
        held = side != asked if clamp is None else clamp
        return self._recalled(dynamics, told, external, side, asked, held, record is not None)

    @reads
    def network(
        self,
        cue: ArrayLike,
        *,
        external: ArrayLike | Literal["cue"] | None = None,
        temperature: float = 0.0,
        tau: ArrayLike = 1.0,
    ) -> Network:
        """Return the continuous network in which ``recall(cue, order="continuous")`` moves.

        τ·du/dt = −u + Wv + x − θ, v = g(u), with a high gain unless a temperature is given. A
        recall of two-valued units starts at outputs .9 of the way from the middle to the cue.

        Parameters
        ----------
        cue : array_like, shape (N,) or (B, N)
            By which the gain is set: T is .05 of the mean |net input| there.
        external : array_like or "cue", optional
        temperature : float, default 0
            T, the inverse gain; 0 is the high gain above.
        tau : float or array_like, shape (N,), default 1

        Examples
        --------
        >>> from hopopt import AssociativeMemory, Flow, Monitor
        >>> memory = AssociativeMemory("hebb").fit([[1, 1, -1, -1, 1]])
        >>> cue = np.array([1, 1, -1, -1, -1])
        >>> network = memory.network(cue)
        >>> rest = Flow("Radau").run(network, network.state(0.9 * cue), Monitor())
        >>> network.output(rest.u)[0].round(2)
        array([ 1.,  1., -1., -1.,  1.])
        """
        self._check_fitted()
        side, _ = self._sides("X")
        dynamics = Dynamics.of(self.coding_, "continuous", temperature, 100, 0, tau)
        told = self._told(cue, None, "X")
        start = start_of(told, self._store, side, None)
        energy = with_linear(self._base(), -inputs(external, start.cues, told.own))
        return dynamics.network(energy, dynamics.filled(energy, start))

    def _told(self, cues: ArrayLike, mask: ArrayLike | None, given: str) -> Given:
        """Return what cues of a side tell, binarised where the patterns were."""
        side, _ = self._sides(given)
        width = len(range(self._store.width)[side])
        told = given_cues(cues, mask, width, self._shapes[int(given == "y")])
        if self._binarize is None:
            return told
        rows = two_valued(told.rows, self._binarize, self.coding_, "binarize")
        return told._replace(rows=rows)

    def _recalled(
        self,
        dynamics: Dynamics,
        told: Given,
        external: ArrayLike | str | None,
        side: slice,
        asked: slice,
        held: Any,
        slowly: bool = False,
    ) -> Recall:
        """Recall the units that are asked for, a batch of cues at a time."""
        start = start_of(told, self._store, side, held)
        x = inputs(external, start.cues, told.own)
        step = max(32, min(CHUNK, WIDE // max(len(self), self._store.width)))
        recall = Recall.joined(
            [
                self._batch(
                    dynamics, start.part(rows), x[rows] if x.ndim == 2 else x, asked, slowly
                )
                for rows in (slice(k, k + step) for k in range(0, len(start.cues), step))
            ]
        )
        own = told.own if side == asked else self._shapes[int(asked.start != 0)]
        state = recall.state.reshape(len(recall.state), *own)
        hint = hint_of(told.rows, self._store, side, told.own) if told.known is None else ""
        if not self._base().conservative:
            hint = "the weights are not symmetric: E is no Lyapunov function, and may rise"
        path = None if recall.path is None else recall.path.shaped(own)
        recall = replace(recall, state=state, hint=hint, path=path)
        return recall.single() if told.single else recall

    def _batch(
        self, dynamics: Dynamics, start: Start, x: Array, asked: slice, slowly: bool
    ) -> Recall:
        energy = with_linear(self._base(), -x)
        start = dynamics.filled(filling_of(self._rule, self._store, start, energy), start)
        path = dynamics.path(energy, start) if slowly else None
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
            path=None if path is None else path._replace(states=path.states[..., asked]),
        )

    def _sides(self, given: str) -> tuple[slice, slice]:
        """Return the units that the cues are of, and those asked for."""
        everything, left = slice(0, self._store.width), self._split
        if given not in ("X", "y") or (given == "y" and left is None):
            raise ValueError(f"given must be 'X', or 'y' after fit(X, y); got {given!r}")
        if left is None:
            return everything, everything
        sides = slice(0, left), slice(left, self._store.width)
        return sides if given == "X" else sides[::-1]
