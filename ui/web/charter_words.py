"""A charter and its changes in plain words: what was, and what is instead."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from node.i18n import LazyString, Text, _, ngettext
from ui.web.council_words import class_text, competence_text, procedure_lines, rule_lines
from ui.web.weight_words import scheme_lines

QUORUMS: dict[str, LazyString] = {
    "2n/3+1": _("More than two thirds"),
    "3n/4+1": _("More than three quarters"),
    "4n/5+1": _("More than four fifths"),
}
"""Parts of the coops that a charter can ask to have counted the same."""


class Difference(Struct, frozen=True):
    """One thing that changes: sentences that hold no more, and those that are new."""

    label: Text
    before: list[Text]
    after: list[Text]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changes between rules; `after` need only hold the fields that do."""
    found = []
    for name, label in _LABELS.items():
        if name in after and after[name] != before.get(name):
            said = _SAYS[name]
            found.append(_without_common(label, said(before.get(name)), said(after[name])))
    if "classes" in after:
        found += _classes(before, {**before, **after})
    return found


def quorum_text(rule: str) -> Text:
    return QUORUMS.get(rule, rule)


def term_text(days: int | None) -> Text:
    return ngettext("%(num)d day", "%(num)d days", days) if days else _("as each coop’s rules say")


def class_lines(of_class: Mapping[str, Any] | None, scheme: Mapping[str, Any]) -> list[Text]:
    """How a class of decisions counts, and its periods."""
    if of_class is None:
        return [_("There is no such kind of decision.")]
    periods = _(
        "Days to talk it over: %(comment)s; days of notice after that: %(notice)s.",
        comment=of_class["commentHours"] // 24,
        notice=of_class["noticeHours"] // 24,
    )
    return [*rule_lines(of_class["rule"], scheme), periods, *procedure_lines(of_class)]


def _classes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    was, is_ = before.get("classes", {}), after["classes"]
    return [
        _without_common(
            class_text(name),
            class_lines(was.get(name), before.get("scheme", {})),
            class_lines(is_.get(name), after.get("scheme", {})),
        )
        for name in sorted({*was, *is_})
        if was.get(name) != is_.get(name)
    ]


def _without_common(label: Text, before: list[Text], after: list[Text]) -> Difference:
    was, is_ = set(map(str, before)), set(map(str, after))
    return Difference(
        label,
        [line for line in before if str(line) not in is_],
        [line for line in after if str(line) not in was],
    )


_LABELS: Mapping[str, LazyString] = {
    "name": _("Name"),
    "competences": _("What may it decide on?"),
    "scheme": _("Votes"),
    "witnessQuorum": _("Coops that must store and count the same"),
    "delegateTermDays": _("A delegate’s term"),
    "facilitators": _("Coops that look after the discussions"),
    "dummiesAccepted": _("Coops without a say are accepted"),
}
_SAYS: Mapping[str, Any] = {
    "name": lambda name: [name],
    "competences": lambda found: [competence_text(each) for each in found or ()],
    "scheme": lambda scheme: scheme_lines(scheme or {}),
    "witnessQuorum": lambda rule: [quorum_text(rule)],
    "delegateTermDays": lambda days: [term_text(days)],
    "facilitators": lambda coops: list(coops or ()) or [_("the coop that keeps the log")],
    "dummiesAccepted": lambda accepted: [_("yes") if accepted else _("no")],
}
