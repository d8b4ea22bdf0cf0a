"""What the rules announce to slices above."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ChoiceChanged:
    """Our coop chose for itself by a key, or took its choice back."""

    key: str


@dataclass(frozen=True)
class PolicyEnded:
    """A federation's policy holds no longer: its time is up, or something else was decided."""

    federation: str
    version: str
    certificate: str
