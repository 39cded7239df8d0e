"""The hybrid and the controls of the K-opt networks under names of their own, to be compared."""

from __future__ import annotations

from typing import ClassVar

from problems.tours.kopt.method import KOpt


class PolishedKOpt(KOpt):
    """K-opt networks, then classical 2-opt and Or-opt moves: `KOpt` with ``polish=True``.

    Parameters
    ----------
    patience, compiled
        As in `KOpt`.
    """

    name: ClassVar[str] = "k-opt+polish"
    summary: ClassVar[str] = "K-opt networks, improved by classical 2-opt and Or-opt moves"

    def __init__(self, patience: float = 100.0, compiled: bool | None = None) -> None:
        super().__init__(patience=patience, compiled=compiled, polish=True)


class ExactKOpt(KOpt):
    """A control: exact dynamic programming joins the chains, in the same search.

    Parameters
    ----------
    start, patience
        As in `KOpt`.
    """

    name: ClassVar[str] = "k-opt-exact"
    summary: ClassVar[str] = "a control: the search of k-opt, decided by exact dynamic programming"

    def __init__(self, start: str = "auto", patience: float = 100.0) -> None:
        super().__init__(start, engine="exact", patience=patience)


class ZeroStepKOpt(KOpt):
    """A control: networks that take no step, so that chains join at random, in the same search.

    Parameters
    ----------
    start, patience
        As in `KOpt`.
    """

    name: ClassVar[str] = "k-opt-zero-steps"
    summary: ClassVar[str] = "a control: the search of k-opt, where chains join at random"

    def __init__(self, start: str = "auto", patience: float = 100.0) -> None:
        super().__init__(start, engine="random", patience=patience)
