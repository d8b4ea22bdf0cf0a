"""Saying which rule something breaks: policy, version, key, limit and value. Pure."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from node.i18n import Text, _


class Limit(Struct, frozen=True):
    """A rule as it stood. federation, since: of a federation's rule, None for our own."""

    key: str
    version: str
    value: str
    policy: str = ""
    federation: str | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """The policy, or for our own rules what they are about."""
        return self.policy or self.key.partition(".")[0]


class Breach(Struct, frozen=True):
    """A rule that something breaks. got: what was found instead; is_missing: nothing was."""

    code: str
    why: Text
    limit: Limit
    got: str
    is_missing: bool = False

    @property
    def for_people(self) -> Text:
        """The whole sentence."""
        return _(
            "%(why)s The limit is %(limit)s (%(key)s, version %(version)s); you wrote %(value)s.",
            why=self.why,
            limit=self.limit.value,
            key=self.limit.key,
            version=self.limit.version,
            value=_("nothing") if self.is_missing else self.got,
        )

    @property
    def for_program(self) -> str:
        """The whole sentence for a peer's log."""
        return (
            f"{self.why} (policy {self.limit.name}, version {self.limit.version}, key "
            f"{self.limit.key}, limit {self.limit.value}, value {self.got})"
        )

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """What the problem document says beside the sentence."""
        return (
            ("policy", self.limit.name),
            ("version", self.limit.version),
            ("key", self.limit.key),
            ("limit", self.limit.value),
            ("value", self.got),
        )


def versions_of(limits: Mapping[str, Limit]) -> dict[str, str]:
    """The versions by key, to be kept beside what was computed."""
    return {key: limit.version for key, limit in limits.items()}
