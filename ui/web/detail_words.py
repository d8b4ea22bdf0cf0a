"""What listings say by their kind, as pages show it."""

from node.listings import DETAILS, Detail, Details


def rows(said: Details) -> list[tuple[Detail, object]]:
    """What is said, in the order of the table."""
    return [(one, said[one.key]) for one in DETAILS if said.get(one.key)]
