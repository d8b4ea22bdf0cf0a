"""Whether a draft of a policy could be passed at all; asked before anybody votes. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from node.errors import InvalidInput
from node.i18n import Text, _
from node.policies.keys.people import RETENTION_MAX_DAYS, RETENTION_MIN_DAYS
from node.policies.registry import REGISTRY, Mode, Owner

MOST_KEYS = 50


class DraftFault(Struct, frozen=True):
    """Why a draft cannot stand. key: None when it is about the whole of it."""

    key: str | None
    code: str
    why: Text


def faults_in(
    keys: Mapping[str, object], competences: Collection[str] | None = None
) -> list[DraftFault]:
    """Everything that is wrong with the keys of a draft; empty if it may be voted on.

    competences: key prefixes ("listings") that the charter gives to the federation; None: all.
    """
    if not keys or len(keys) > MOST_KEYS:
        text = _("A policy decides on 1 to %(most)s keys.", most=MOST_KEYS)
        return [DraftFault(None, "policy-size", text)]
    faults = [fault for name, said in keys.items() for fault in _faults(name, said, competences)]
    if not faults and (fault := _contradiction(keys)):
        faults.append(fault)
    return faults


def unusable(keys: Mapping[str, object]) -> list[DraftFault]:
    """What is wrong with single keys of what was passed, where others know or read them."""
    return [fault for name, said in keys.items() for fault in _faults(name, said, None)]


def need_own_yes(keys: Collection[str]) -> bool:
    """Whether a coop is bound by something of this only once it has said yes itself."""
    known = (REGISTRY.get(name) for name in keys)
    return any(key is not None and key.mode is Mode.RATIFY for key in known)


def read_draft(keys: Mapping[str, object]) -> dict[str, Any]:
    """The typed values of a draft without faults."""
    return {name: REGISTRY[name].kind.read(said) for name, said in keys.items()}


def _faults(name: str, said: object, competences: Collection[str] | None) -> list[DraftFault]:
    key = REGISTRY.get(name)
    if key is None:
        return [DraftFault(name, "policy-unknown", _("There is no such key."))]
    if key.owner is Owner.COOP:
        text = _("Each coop decides on this for itself; a federation cannot.")
        return [DraftFault(name, "policy-of-coops", text)]
    faults = []
    if competences is not None and not any(_covers(prefix, name) for prefix in competences):
        text = _("The charter does not let the federation decide on this.")
        faults.append(DraftFault(name, "policy-outside-competence", text))
    try:
        key.kind.read(said)
    except InvalidInput as error:
        faults += [DraftFault(name, "policy-value", why) for why in error.fields["value"]]
    return faults


def _covers(prefix: str, name: str) -> bool:
    """Whether a competence covers a key: "listings", "listings.*" and the key itself do."""
    stem = prefix.removesuffix("*").removesuffix(".")
    return bool(stem) and (name == stem or name.startswith(f"{stem}."))


def _contradiction(keys: Mapping[str, object]) -> DraftFault | None:
    shortest = keys.get(RETENTION_MIN_DAYS.name)
    longest = keys.get(RETENTION_MAX_DAYS.name)
    if isinstance(shortest, int) and isinstance(longest, int) and 0 < longest < shortest:
        text = _("What must be kept for longer than it may be kept cannot be kept at all.")
        return DraftFault(RETENTION_MAX_DAYS.name, "policy-contradiction", text)
    return None
