"""A society whose members give and sell, small and honest, and how its record adds up."""

from __future__ import annotations

from society_sim import Number, Outcome, Transfer, mechanism
from society_sim.accounts import MICRO, TOKENS, WORLD, parts_of
from society_sim.balances import KINDS, Balances


@mechanism
def gifts(society, question, *, rounds: int = 2, tokens: int = 0, most: float = 20.0):
    """Everybody says what it gives to the next in a ring; with *tokens*, it then buys that many of the one before.

    An abstention gives nothing.
    """
    form, seats = Number(0, most), [member.id for member in society.present]
    after = dict(zip(seats, [*seats[1:], seats[0]], strict=True))
    for number in range(rounds):
        said = yield from society.ask_all(lambda m: f"{question.text} Round {number}. How much do you give?", form)
        for seat, amount in said.items():
            if amount is not None:
                society.pay(Transfer(seat, after[seat], parts_of(amount), why="gift"))
            if tokens:
                price = Transfer(seat, after[seat], MICRO, why="price")
                society.pay(Transfer(after[seat], seat, tokens, TOKENS), price)
    return Outcome(None)


def conserved(record) -> Balances:
    """The books after each entry of *record*, seen to hold nothing together, and no debt beyond its line."""
    books = Balances()
    for entry in record:
        if entry["kind"] not in KINDS:
            continue
        books.take(entry)
        for unit, table in books.units.items():
            assert sum(table.values()) == 0, entry
            lines = books.credit.get(unit, {})
            assert all(has >= -lines.get(owner, 0) for owner, has in table.items() if owner != WORLD), entry
    return books
