"""A measure of its own: whether a society splits as the club of Zachary's study did."""

from society_sim import measure


@measure
def split_as_it_was(record):
    """Share of the members, 0 to 1, who end on the side that they joined when the club split.

    The side of a member is its last opinion, below or from one half on; the side that it joined is what its node has
    as `club`. Averaged over questions; not a number without any.
    """
    joined, held, shares = {}, {}, []
    for entry in record:
        match entry["kind"]:
            case "graph":
                joined = {int(seat): node["club"] for seat, node in entry["nodes"].items()}
            case "answer":
                held[entry["member"]] = entry["value"]
            case "outcome":
                sides = {seat: "officers" if value >= 0.5 else "instructor"
                         for seat, value in held.items() if value is not None}  # fmt: skip
                shares.append(sum(joined[seat] == side for seat, side in sides.items()) / len(sides))
    return sum(shares) / len(shares) if shares else float("nan")
