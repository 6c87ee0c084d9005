"""Tables as lists of rows that look like tables.

>>> found = Rows([{"arm": "flat", "accuracy": 0.75, "why": None}, {"arm": "tree", "accuracy": 0.5, "why": None}])
>>> found
arm   accuracy
flat      0.75
tree       0.5
>>> found.where(arm="tree")[0]["accuracy"]
0.5
"""

from __future__ import annotations

from typing import Any, SupportsIndex, overload

from society_sim.readable import filled, numeric, told

_SHOWN, _WIDEST = 10, 24


class Rows(list[dict[str, Any]]):
    """A tidy table: a list of rows with the same columns, `None` where there is nothing to say.

    It is a list, and `pandas.DataFrame` takes it as it is. Shown, it has its first rows, and no column that is empty.
    """

    def where(self, **wanted: Any) -> Rows:
        """The rows that have these values."""
        return Rows(row for row in self if all(row.get(name) == value for name, value in wanted.items()))

    @overload
    def __getitem__(self, place: SupportsIndex) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Rows: ...
    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return Rows(found) if isinstance(place, slice) else found

    def __repr__(self) -> str:
        columns = filled(self)
        if not columns:
            return f"{len(self):,} rows" if self else "no rows"
        cells = [columns, *([told(row.get(name), _WIDEST) for name in columns] for row in self[:_SHOWN])]
        wide = [max(len(row[place]) for row in cells) for place in range(len(columns))]
        right = [numeric(self, name) for name in columns]
        lines = ["  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, wide, right, strict=True))
                 for row in cells]  # fmt: skip
        more = [f"... {len(self) - _SHOWN:,} more rows"] if len(self) > _SHOWN else []
        return "\n".join([*(one.rstrip() for one in lines), *more])

    def _repr_html_(self) -> str:
        from society_sim import display

        return display.rows(self)
