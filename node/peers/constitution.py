"""How a coop is made by law, as far as programs are to read it too. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from node.i18n import Text, _
from node.places import country_code
from protocol.errors import MalformedDocument
from protocol.iri import authority_of

_LAW = re.compile(r"(?:.+, )?[A-Z]{2}")
_COMMON_YEAR = 2023


class Governance(StrEnum):
    """Whose votes decide. How they do, a coop says in its own words."""

    WORKER = "worker"
    USER = "user"
    PRODUCER = "producer"
    COMMUNITY = "community"
    MULTI_STAKEHOLDER = "multi_stakeholder"
    FEDERATED = "federated"


GOVERNANCE_WORDS: Mapping[Governance, Text] = {
    Governance.WORKER: _("Workers’ coop"),
    Governance.USER: _("Users’ coop"),
    Governance.PRODUCER: _("Producers’ coop"),
    Governance.COMMUNITY: _("Community coop"),
    Governance.MULTI_STAKEHOLDER: _("Coop of several groups"),
    Governance.FEDERATED: _("Coop of coops"),
}
GOVERNANCE_LABEL = _("Kind of coop")
LOCK_LABEL = _("Asset lock")
LOCK_WORDS: Mapping[bool, Text] = {
    True: _("yes: assets are never shared out"),
    False: _("no: assets left can be shared out"),
}


def law_as_kept(typed: str) -> str:
    """Whose law applies, its country as two letters: "Scotland, UK" is "Scotland, GB"; a country
    that nobody knows stays as it was typed."""
    *region, country = typed.rsplit(",", 1)
    return ", ".join([*(part.strip() for part in region), country_code(country) or country.strip()])


def is_law(kept: str) -> bool:
    """Whether it is a country of ISO 3166, like GB, perhaps with a region: Scotland, GB."""
    country = kept[-2:]
    return bool(_LAW.fullmatch(kept)) and country_code(country) == country


def is_first_day(text: str) -> bool:
    """Whether a year can begin then every year: a month and a day, like 04-06."""
    if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", text, re.ASCII):
        return False
    try:
        date.fromisoformat(f"{_COMMON_YEAR}-{text}")
    except ValueError:
        return False
    return True


def is_page(text: str) -> bool:
    """Whether it is the address of a page on the web."""
    try:
        authority_of(text)
    except MalformedDocument:
        return False
    return True
