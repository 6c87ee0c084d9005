"""What can go wrong when a record is shown, in the words a user needs."""


class VizError(Exception):
    """A record cannot be read or an animation not be written; the text says what is wrong and what would be right."""
