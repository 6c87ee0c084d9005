"""Where requests stand that wait: beside the node that they wait for, and at the door where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from society_viz.film import HEIGHT, WIDTH, Place, Stack


def door(shape: str, spots: Iterable[tuple[float, float]], level: float | None) -> Place:
    """Where requests come from: between the first two levels of a tree, in the middle of a ring, else in a corner."""
    if shape == "ring" and len(list(spots)) > 1:
        x, y = WIDTH / 2, HEIGHT / 2
    elif shape == "tree" and level is not None:
        x, y = 60.0, round(level, 1)
    else:
        x, y = 34.0, 20.0
    return Place("requests", x, y, 5.0, x, y + 14, "middle")


def stacks(nodes: Sequence[Place], gate: Place) -> tuple[Stack, ...]:
    """A free place beside each node, and beside the door: in rows to a side, or else piled on top."""
    taken = [(node.x - node.r, node.y - node.r, node.x + node.r, node.y + node.r) for node in (*nodes, gate)]
    found = []
    for node in (*nodes, gate):
        size = 8.0 if node.r > 14 or node is gate else max(4.5, 0.5 * node.r)
        step = size + 1.5
        tries = []
        for dx in (-1, 1):
            for columns in (6, 4):
                x = node.x + dx * (node.r + 5)
                tries.append((Stack(round(x, 1), round(node.y + size / 2 + 1, 1), dx, -1, columns, 3, size),
                              (min(x, x + dx * (step * columns + 14)), node.y - 2.5 * step,
                               max(x, x + dx * (step * columns + 14)), node.y + 0.5 * step)))  # fmt: skip
        columns = max(1, min(3, int(2 * node.r / step)))
        x, y = node.x - columns * step / 2, node.y - node.r - 3
        piled = Stack(round(x, 1), round(y, 1), 1, -1, columns, 6, size)
        fits = (
            stack
            for stack, box in tries
            if box[0] > 0 and box[2] < WIDTH and not any(_meet(box, other) for other in taken)
        )
        found.append(next(fits, piled))
    return tuple(found)


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def covered(stack: Stack) -> tuple[float, float, float, float]:
    """The box that a stack's first marks take, where no name should stand."""
    spots = stack.marks(stack.columns * min(stack.rows, 3))
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    return min(xs) - 2, min(ys) - 2, max(xs) + stack.size + 2, max(ys) + stack.size + 2
