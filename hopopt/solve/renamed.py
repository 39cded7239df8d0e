"""What modules, methods, options and members were called: errors say what they are called now."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

_ROOMS: Mapping[str, str] = {
    "core": "annealing energy face flow hidden ising kronecker lagrangian line_search matrices "
    "memory.dense motion network polytope power quadratic scaling spectrum units updates",
    "fast": "jit memory.attention memory.fields memory.lanes memory.sweeps",
    "memory": "memory.attractors memory.basin memory.capacity memory.engine",
    "solve": "certify compare minimize problem result",
    "solve.discovery": "discovery",
    "app.cli": "cli",
    "app.report": "report",
}
_FAMILIES: Mapping[str, str] = {
    "classes": "coloring partition queens",
    "doors": "dwave",
    "permutations": "assignment matching qap qaplib",
    "shared": "dimacs encodings external files graph_problem graphs labels pictures",
    "spins": "clique dynamics ensembles independent_set ising knapsack maxcut number_partition "
    "quadratic qubo toroidal vertex_cover",
}
MODULES: Mapping[str, str] = {
    **{f"hopopt.{old}": f"hopopt.{new}" for new, names in _ROOMS.items() for old in names.split()},
    **{
        f"problems.{name}": f"problems.{family}.{name}"
        for family, names in _FAMILIES.items()
        for name in names.split()
    },
    "problems.heaps": "problems.spins.pictures",
    "problems.ising_peers": "problems.spins.peers",
    "problems.potts": "problems.classes.tabu",
    "problems.refractory": "problems.spins.tabu",
    "problems.tsp": "problems.tours",
}
"""Old modules, and the modules or rooms that declare their names now."""

NAMES: Mapping[str, str] = {
    "refractory": "tabu",
    "ballistic-bifurcation": "inertial",
    "discrete-bifurcation": "inertial",
    "lanes": "replicas",
    "rest": "tenure",
    "k-opt+polish": "k-opt",
    "k-opt-exact": "k-opt",
    "k-opt-zero-steps": "lin-kernighan",
}
"""Old names of methods and options, and the new ones."""

MEMBERS: Mapping[str, str] = {"auto": "ranking"}
"""Old members of a `Problem` class, and the new ones."""


def meant(name: object, known: Collection[str]) -> str:
    """Return what to add to a refusal: which of the known names is likely to have been meant.

    Examples
    --------
    >>> meant("refractory", ["anneal", "tabu"])
    "; 'refractory' is now called 'tabu'"
    >>> meant("aneal", ["anneal", "tabu"])
    "; did you mean 'anneal'?"
    """
    now = NAMES.get(str(name))
    if now in known:
        return f"; {name!r} is now called {now!r}"
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
