"""A measure of its own: how many seats of a council the smaller of two camps gets."""

from society_sim import measure

SMALLER = {"G", "H"}


@measure
def seats_of_the_smaller(record):
    """Seats, from 0 to 2, that candidates G and H get together; the mean over elections, not a number without any."""
    elected = [entry["decision"] or [] for entry in record if entry["kind"] == "outcome"]
    return sum(len(SMALLER.intersection(each)) for each in elected) / len(elected) if elected else float("nan")
