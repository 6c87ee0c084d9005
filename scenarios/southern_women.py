"""A measure of its own: whether what is left of differences tells the two groups that were seen in Natchez."""

from society_sim import measure

FIRST = {"Evelyn Jefferson", "Laura Mandeville", "Theresa Anderson", "Brenda Rogers", "Charlotte McDowd",
         "Frances Anderson", "Eleanor Nye", "Pearl Oglethorpe", "Ruth DeSand"}  # fmt: skip


@measure
def groups_found(record):
    """Share of the women, from one half to 1, whom their last opinions put beside those of their group.

    Above the mean of all, or below it: whichever of the two ways of naming the sides fits better. Averaged over
    questions; not a number without any.
    """
    names, held, shares = {}, {}, []
    for entry in record:
        match entry["kind"]:
            case "graph":
                names = {int(seat): node["name"] for seat, node in entry["nodes"].items()}
            case "answer":
                held[entry["member"]] = entry["value"]
            case "outcome":
                middle = sum(held.values()) / len(held)
                fits = sum((held[seat] > middle) == (names[seat] in FIRST) for seat in held) / len(held)
                shares.append(max(fits, 1 - fits))
    return sum(shares) / len(shares) if shares else float("nan")
