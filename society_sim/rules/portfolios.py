"""Who gets how many ministries."""

from __future__ import annotations

from collections.abc import Mapping


def gamson(seats: Mapping[str, int], posts: int) -> dict[str, int]:
    """*posts* ministries in proportion to the seats each party brings in (Gamson 1961), by largest remainders.

    Gamson's law is among the best supported regularities of coalition politics (Browne and Franklin 1973: r about .93;
    Warwick and Druckman 2006). Equal remainders go to the larger party, then to the earlier name.

    >>> gamson({"SPD": 206, "Greens": 118, "FDP": 92}, 16)
    {'SPD': 8, 'Greens': 5, 'FDP': 3}
    """
    if posts < 0:
        raise ValueError(f"there cannot be {posts} ministries")
    whole = sum(seats.values())
    if not whole:
        return dict.fromkeys(seats, 0)
    given = {name: posts * own // whole for name, own in seats.items()}
    rest = posts - sum(given.values())
    by_remainder = sorted(seats, key=lambda name: (-(posts * seats[name] % whole), -seats[name], name))
    for name in by_remainder[:rest]:
        given[name] += 1
    return given
