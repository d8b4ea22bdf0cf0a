"""What the rules announce to slices above."""

from msgspec import Struct


class ChoiceChanged(Struct, frozen=True):
    """Our coop chose for itself by a key, or took its choice back."""

    key: str


class PolicyEnded(Struct, frozen=True):
    """A federation's policy holds no longer: its time is up, or something else was decided."""

    federation: str
    version: str
    certificate: str
