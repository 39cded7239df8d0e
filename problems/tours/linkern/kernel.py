"""The search's functions, interpreted or compiled: one algorithm, the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any, NamedTuple

from hopopt.fast import cached, copies, installed, interruptible
from problems.tours.linkern import (
    assembly,
    cycles,
    kicks,
    metric,
    moves,
    recall,
    reconnections,
    start,
    walk,
)

PLAIN = {"_nrt": False, "no_cfunc_wrapper": True}
"""Nothing is allocated: without counting references, walks take a third of the time."""

PARTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (metric, ("rare", "between", "draw")),
    (walk, ("directions", "insert", "steps", "deepen", "begin", "explore")),
    (moves, ("join", "chain", "longest", "write", "rewrite", "undo", "bridge")),
    (recall, ("weigh", "decide", "recall")),
    (start, ("fragments", "follow")),
    (kicks, ("improve", "repair", "descend", "allowed", "kick", "iterate")),
    (cycles, ("apart", "differ", "take", "cycles")),
    (assembly, ("ordered", "follower", "rounds", "arrange", "chain_at", "partner", "connect")),
    (assembly, ("assemble", "settle", "cross", "generation")),
)
"""Which functions are compiled, each after those that it calls."""


class Kernel(NamedTuple):
    """The ways in."""

    fragments: Any
    follow: Any
    descend: Any
    iterate: Any
    generation: Any


INTERPRETED = Kernel(
    start.fragments, start.follow, kicks.descend, kicks.iterate, assembly.generation
)


INLINED = ("directions", "insert", "steps", "deepen", "begin", "explore")


@lru_cache(maxsize=1)
def compiled() -> Kernel:
    """Return the ways in as numba's functions; a first call compiles, unless the cache helps.

    What only they call has no way in from Python, which saves a quarter of the time.
    """
    import numba

    def function(plain: FunctionType) -> Any:
        name = plain.__name__
        inline, inner = "always" if name in INLINED else "never", name not in Kernel._fields
        return numba.njit(cache=True, inline=inline, no_cpython_wrapper=inner, **PLAIN)(plain)

    return Kernel(*map(interruptible, second(function)))


@lru_cache(maxsize=1)
def referenced() -> Kernel:
    """Return the ways in, interpreted, where the core's motion runs every recall."""
    return second(lambda plain: reconnections.recall if plain.__name__ == "recall" else plain)


def second(function: Callable[[FunctionType], Any]) -> Kernel:
    """Return the ways in to a second search, whose functions are made of those of the first."""
    made = copies(function, *PARTS)
    return Kernel(*(made[name] for name in Kernel._fields))


def ready() -> bool:
    """Whether numba's cache holds the search, so that its first call costs next to nothing."""
    return installed() and cached(*compiled())
