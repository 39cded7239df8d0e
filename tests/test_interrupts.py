"""Ctrl-C inside a motion ends the whole solve, whatever search is around it."""

from __future__ import annotations

from typing import Any

import pytest
from spy import Spy
from test_kinds import CASES, load, short

from hopopt import Status, minimize
from hopopt.solve.discovery import problem_class

pytestmark = pytest.mark.no_cover

NETWORKS = [case for case in CASES if problem_class(case[0]).methods[case[1]].kind != "classical"]


class Interrupting(Spy):
    """Presses Ctrl-C when so many motions have run; nobody may begin a third one after that."""

    after: int = 1
    pressed: int = 0

    def _wrapped(self, call: Any, whole: bool) -> Any:
        inner = super()._wrapped(call, whole)

        def wrapper(*words: Any, **named: Any) -> Any:
            if not self.depth and len(self.runs) >= self.after:
                self.pressed += 1
                assert self.pressed == 1
                raise KeyboardInterrupt
            return inner(*words, **named)

        return wrapper


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize(("name", "method"), NETWORKS)
def test_ctrl_c_in_a_motion_ends_the_solve(name: str, method: str, after: int) -> None:
    problem = load(name)
    chosen = short(problem, method)
    with pytest.MonkeyPatch.context() as patch:
        spy = Interrupting()
        spy.after = after
        spy.watch(patch)
        try:
            result = minimize(problem, chosen, restarts=1, rng=0, time_limit=20)
        except KeyboardInterrupt:
            return
    assert result.status == (Status.INTERRUPTED if spy.pressed else result.status)
