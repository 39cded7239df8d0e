"""Capital letters to store and recall, drawn for this library."""

from __future__ import annotations

import numpy as np

from hopopt.core.lagrangian import Array

DRAWN = {
    "A": ".###. #...# #...# ##### #...# #...#",
    "B": "####. #...# ####. #...# #...# ####.",
    "C": ".#### #.... #.... #.... #.... .####",
    "D": "###.. #..#. #...# #...# #..#. ###..",
    "E": "##### #.... ####. #.... #.... #####",
    "F": "##### #.... ####. #.... #.... #....",
    "G": ".#### #.... #.... #..## #...# .####",
    "H": "#...# #...# ##### #...# #...# #...#",
    "I": ".###. ..#.. ..#.. ..#.. ..#.. .###.",
    "J": "..### ....# ....# ....# #...# .###.",
    "K": "#...# #..#. ###.. #..#. #...# #...#",
    "L": "#.... #.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #...# #...# #...#",
    "N": "#...# ##..# #.#.# #..## #...# #...#",
    "O": ".###. #...# #...# #...# #...# .###.",
    "P": "####. #...# #...# ####. #.... #....",
    "Q": ".###. #...# #...# #.#.# #..#. .##.#",
    "R": "####. #...# #...# ####. #..#. #...#",
    "S": ".#### #.... .###. ....# ....# ####.",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# #...# .###.",
    "V": "#...# #...# #...# #...# .#.#. ..#..",
    "W": "#...# #...# #...# #.#.# ##.## #...#",
    "X": "#...# .#.#. ..#.. ..#.. .#.#. #...#",
    "Y": "#...# .#.#. ..#.. ..#.. ..#.. ..#..",
    "Z": "##### ....# ...#. ..#.. .#... #####",
}
"""Six rows of five; every one stands for a square of four units."""

BREADTH = 2


def letters(names: str = "HOPFIELD") -> Array:
    """Return capital letters as ±1 images, 12 units high and 10 wide: ink is 1.

    Parameters
    ----------
    names : str, default "HOPFIELD"
        Which ones, in their order.

    Returns
    -------
    array of int8, shape (len(names), 12, 10)

    Examples
    --------
    >>> for row in letters("T")[0, ::2, ::2]:
    ...     print("".join(".#"[int(unit > 0)] for unit in row))
    #####
    ..#..
    ..#..
    ..#..
    ..#..
    ..#..
    """
    unknown = [name for name in names if name not in DRAWN]
    if unknown or not names:
        got = repr(unknown[0]) if unknown else "none"
        raise ValueError(f"names must be capital letters from A to Z; got {got}")
    small = [[[ink == "#" for ink in row] for row in DRAWN[name].split()] for name in names]
    image = np.where(np.array(small), 1, -1).astype(np.int8)
    return image.repeat(BREADTH, axis=1).repeat(BREADTH, axis=2)
