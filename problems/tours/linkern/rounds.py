"""One attempt as rounds for `hopopt.search`: a tour, a descent, better candidates, kicks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hopopt import Monitor
from hopopt.core import TimeUp, now
from hopopt.search import Incumbent
from hopopt.solve import Workers
from problems.tours.certificate import Certificate
from problems.tours.instance import Instance
from problems.tours.linkern.engine import SLIM_NODES, Engine, Settings
from problems.tours.linkern.layout import Layout
from problems.tours.linkern.population import Population, prepare
from problems.tours.linkern.quick import quick_tours, seconds_to_begin, seconds_to_yield, thrifty
from problems.tours.linkern.regions import Regions
from problems.tours.linkern.schedule import Limits, Plan, Schedule, steps

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

BATCH = 50
SHORT, LONG, LONG_EVERY = 50, 500, 5
WINDOW = 1000
SET_UP_SHARE, GRACE = 0.75, 0.3
ROUND_KICKS, LOOKED_AT = 1000, 10_000
QUIET, RELAXED, BRANCHED, LONGEST = 30, 0.2, 0.7, 10.0
HOT, LUKEWARM = 1.0, 0.1


class Rounds:
    """One attempt: iterate it, and each round brings the best tour so far.

    Where there is time for eight tours, local optima are crossed, again and again; elsewhere one
    tour is kicked, and the temperature falls with the time, or with the kicks if they are counted
    (`Schedule`).

    Parameters
    ----------
    problem : Instance
        Of 8 nodes or more; nodes are cities, twice as many where distances are asymmetric. Of up
        to 200 cities the search ends as soon as a tour is proven to be the shortest, unless kicks
        are counted.
    rng, monitor
        As for a method.
    limits : Limits
    settings : Settings
    initial : array of int, optional
        A tour of the encoded cities to begin with.
    """

    def __init__(
        self,
        problem: Instance,
        rng: np.random.Generator,
        monitor: Monitor,
        limits: Limits,
        settings: Settings,
        initial: Ints | None = None,
    ) -> None:
        self.problem, self.rng, self.monitor, self.limits = problem, rng, monitor, limits
        self.layout, self.settings, self.initial = Layout(problem.distances), settings, initial
        self.workers: Workers | None = None
        self.kicks = self.networks = 0
        self.champions: list[tuple[Ints, float]] = []
        self.look = max(1, self.layout.n // LOOKED_AT)
        self.certificate: Certificate | None = None
        self.half_time, self.branched = 0.0, False

    def __iter__(self) -> Iterator[Incumbent]:
        layout, first = self.layout, None
        try:
            self._prepare()
            time_left = np.inf if self.limits.kicks is not None else self.monitor.remaining()
            layout = self.layout = thrifty(layout, time_left)
            first = None if self.initial is None else layout.encode(self.initial)
            if first is None and seconds_to_begin(layout) > SET_UP_SHARE * time_left:
                for first in self._quickly(layout):
                    yield self._incumbent(first)
            engine = Engine(layout, self.rng, self.settings, first)
        except KeyboardInterrupt:
            yield self._incumbent(layout.encode(layout.city) if first is None else first)
            raise
        yield self._incumbent(engine.order)
        yield from self._descend(engine)
        known = self._certified(self._incumbent(engine.order), time_left)
        if known.proven:
            yield known
            return
        if self.workers is not None:
            yield from self._regions(engine, self.workers)
            return
        ascent = steps(layout.n, time_left)
        if ascent:
            engine.refine(ascent)
            yield from self._descend(engine)
        yield from self._kicks(engine)

    def _quickly(self, layout: Layout) -> Iterator[Ints]:
        """Yield quick tours, until there is time for more; raise `TimeUp` where there never is."""
        began, slowness = now(), 1.0
        for order in quick_tours(layout, self.monitor):
            yield order
            slowness = max(slowness, (now() - began) / seconds_to_yield(layout) / 2)
            if slowness * seconds_to_begin(layout) < SET_UP_SHARE * self.monitor.remaining():
                return
        if slowness * seconds_to_begin(layout) > self.monitor.remaining() + GRACE:
            raise TimeUp

    def _prepare(self) -> None:
        """Compile where that is asked for; it is not part of the time limit."""
        began = now()
        if self.settings.fast:
            prepare()
        if self.monitor.deadline is not None:
            self.monitor.deadline += now() - began

    def _descend(self, engine: Engine) -> Iterator[Incumbent]:
        """Descend; yield once, in time."""
        for _ in engine.descend(self.monitor.deadline if self.limits.kicks is None else None):
            if self.monitor.over():
                break
        self.networks = engine.networks
        yield self._incumbent(engine.order)

    def _regions(self, engine: Engine, workers: Workers) -> Iterator[Incumbent]:
        """Improve stretches of the tour apart from each other, until a round brings nothing."""
        regions = Regions(
            self.layout.decode(engine.order),
            self.layout.distances,
            self.rng,
            settings=self.settings,
            workers=workers,
            monitor=self.monitor,
        )
        known, before = self._incumbent(engine.order), np.inf
        while known.cost < before and not self._spent():
            before, stop = known.cost, None
            try:
                regions.round()
            except KeyboardInterrupt as pressed:
                stop = pressed
            self.kicks, self.networks = regions.kicks, engine.networks + regions.networks
            known = self._incumbent(self.layout.encode(regions.order))
            yield known
            if stop is not None:
                raise stop

    def _kicks(self, engine: Engine) -> Iterator[Incumbent]:
        """Cross tours, if there is time for many, or cool one, until nothing is gained any more."""
        n, limits, crossed = self.layout.n, self.limits, False
        best, shortest, idle = engine.order, engine.length, 0.0
        known: Incumbent | None = self._incumbent(best)
        while idle < limits.patience * n and not self.monitor.over():
            schedule = Schedule(n, limits, self.kicks, self.monitor.remaining(), engine.fast)
            plan = self._plan(schedule, crossed)
            if plan.tours:
                search, crossed = self._cross(engine, plan), True
            elif self._spent():
                break
            else:
                search = self._cool(engine, schedule, LUKEWARM if crossed else HOT)
            for work in search:
                idle += work
                if engine.length < shortest - engine.plan.tolerance:
                    best, shortest, idle, known = engine.order, engine.length, 0.0, None
                if self._due(engine.fast) or self.certificate or plan.tours:
                    known = self._proved(known or self._incumbent(best), idle, bool(plan.tours))
                    if self._due(engine.fast) or known.proven or plan.tours:
                        yield known
            known = self._proved(known or self._incumbent(best), idle)
            yield known
            engine.restore(best, shortest)

    def _plan(self, schedule: Schedule, crossed: bool) -> Plan:
        """Return how many tours are to be crossed next.

        None by itself where two nodes stand for each city: descents end far above the optimum then,
        and one tour that is kicked long comes closer.
        """
        tours, plan = self.limits.tours, schedule.plan()
        if tours is None:
            alone = self.limits.kicks is not None or self.layout.directed
            return Plan(0, 0) if alone else plan
        return Plan(0 if crossed else tours, plan.kicks)

    def _cross(self, engine: Engine, plan: Plan) -> Iterator[float]:
        """Make tours and cross them, with the best of those before; yield what it was worth."""
        population = Population(engine, self.rng, plan, self.champions)
        for work in population.search(self.monitor.remaining):
            self.kicks += plan.kicks if work else 0
            self.networks = engine.networks
            yield work
        self.champions.append((engine.order, engine.length))

    def _certified(self, known: Incumbent, time_left: float) -> Incumbent:
        """Begin a certificate, where cities are few and the time counts, and see what it proves."""
        if self.limits.kicks is not None or not Certificate.able(self.problem):
            return known
        self.half_time, seconds = time_left / 2, min(RELAXED * time_left, LONGEST)
        self.certificate = Certificate(self.problem, known.cost)
        self.certificate.relax(now() + seconds)
        return self._proved(known, 0)

    def _proved(self, known: Incumbent, quiet: float, crossing: bool = False) -> Incumbent:
        """Return what is known, with the bound, which is its cost if no tour is shorter.

        Once `quiet` kicks have brought nothing, or half of the time is over and no tours are being
        crossed, branch and bound looks for a shorter one, and the tour may be its own.
        """
        certificate, left = self.certificate, self.monitor.remaining()
        if certificate is None:
            return known
        if quiet >= QUIET * self.layout.n or (left < self.half_time and not crossing):
            order = certificate.branch(known.cost, now() + min(BRANCHED * left, LONGEST))
            if order is not None:
                self.branched, x = True, self.problem.tour(order)
                return Incumbent(x, self.problem.cost(x), bound=self.problem.cost(x))
        proven = certificate.proves(known.cost)
        return replace(known, bound=known.cost if proven else certificate.bound)

    def _cool(self, engine: Engine, schedule: Schedule, warmest: float) -> Iterator[float]:
        """Kick in batches at a temperature that falls to 0; yield how many, now and then."""
        n, done, batch, before = self.layout.n, 0.0, 0, self.kicks
        began = self.monitor.remaining()
        while done < 1 and not self._spent() and not self.monitor.over():
            batch += 1
            most = min(LONG, n // 4) if batch % LONG_EVERY == 0 else SHORT
            first, window = (batch * WINDOW // 2 % n, WINDOW) if n >= SLIM_NODES else (0, n)
            T = engine.unit * schedule.heat(done, warmest)
            engine.kick(BATCH, most, T, first, window)
            self.kicks += BATCH
            self.networks = engine.networks
            done = schedule.done(batch * BATCH, began - self.monitor.remaining())
            if batch % self.look == 0:
                yield float(self.kicks - before)
                before = self.kicks
        if batch % self.look:
            yield float(self.kicks - before)

    def _spent(self) -> bool:
        """Whether all kicks were made."""
        return self.limits.kicks is not None and self.kicks >= self.limits.kicks

    def _due(self, fast: bool) -> bool:
        """Whether it is time to tell of the best tour."""
        every = self.look * (ROUND_KICKS if fast else BATCH)
        return self.kicks % every == 0 or self.monitor.over()

    def _incumbent(self, order: Ints) -> Incumbent:
        cities, route = self.layout.decode(order), self.problem.route
        return Incumbent(self.problem.tour(cities), route.length(route.decode(cities)))
