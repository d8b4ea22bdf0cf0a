"""The form by which a change of the charter is put before the other coops."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import DateTimeLocalField, StringField, TextAreaField

from node import council
from node.council import Draft, Member, Rules
from node.i18n import _
from ui.web.charter_words import QUORUMS
from ui.web.council_forms import counted_by, earliest
from ui.web.council_words import COMPETENCES, PARTS
from ui.web.forms import needed, options
from ui.web.founding_forms import KNOWN_CLASSES, RulesForm, is_editable
from ui.web.weight_words import SCHEMES

CLASS_FIELDS = ("threshold", "quorum", "comment_days", "notice_days")
_HOURS_A_DAY = 24


class AmendForm(RulesForm):
    """The rules as they are, to be written otherwise, and why; decided like any proposal."""

    title = StringField(
        _("What is to change, in a few words"),
        [needed(_("Say in a few words what is to change."))],
        render_kw={"maxlength": 200},
    )
    text = TextAreaField(
        _("Why, and what it means for the coops"),
        [needed(_("Say why, so that the others can decide."))],
        render_kw={"rows": 5},
    )
    opens = DateTimeLocalField(_("Voting opens"), [needed(_("Say when voting opens."))])
    closes = DateTimeLocalField(_("Voting ends"), [needed(_("Say when voting ends."))])

    def offer(self, now: Mapping[str, Any], members: Sequence[Member]) -> None:
        """What the charter says now can always be chosen, also where nobody else would offer it;
        nobody is asked about classes that it does not have."""
        for name, before in KNOWN_CLASSES.items():
            if name not in self.known(now):
                for part in CLASS_FIELDS:
                    del self[f"{before}{part}"]
        schemes = dict.fromkeys(("equal", "isqrt", "proportional", now["scheme"]["scheme"]))
        self.scheme.choices = options((each, SCHEMES.get(each, each)) for each in schemes)
        beginnings = dict.fromkeys((*COMPETENCES, *now["competences"]))
        self.competences.choices = options((key, COMPETENCES.get(key, key)) for key in beginnings)
        names = {each.coop: each.name for each in members}
        coops = dict.fromkeys((*names, *now["facilitators"]))
        self.facilitators.choices = options((coop, names.get(coop, coop)) for coop in coops)
        quorums = dict.fromkeys((*QUORUMS, now["witnessQuorum"]))
        self.witness_quorum.choices = options((each, QUORUMS.get(each, each)) for each in quorums)
        for name, before in self.known(now).items():
            rule = now["classes"][name]["rule"]
            parts = {f"{part}": label for part, label in PARTS.items()}
            for field, part in (("threshold", rule["threshold"]), ("quorum", _quorum(rule))):
                self[f"{before}{field}"].choices = options(
                    (parts | {part: parts.get(part, part)}).items()
                )

    def fill(self, now: Mapping[str, Any], moment: datetime, zone: str) -> None:
        """The rules as they are, and the earliest times for a vote."""
        self.name.data, self.scheme.data = now["name"], now["scheme"]["scheme"]
        self.competences.data, self.powerless.data = now["competences"], now["dummiesAccepted"]
        self.witness_quorum.data = now["witnessQuorum"]
        self.delegate_term_days.data = now["delegateTermDays"]
        self.facilitators.data = now["facilitators"]
        for name, before in self.known(now).items():
            of_class = now["classes"][name]
            self[f"{before}threshold"].data = of_class["rule"]["threshold"]
            self[f"{before}quorum"].data = _quorum(of_class["rule"])
            self[f"{before}comment_days"].data = of_class["commentHours"] // _HOURS_A_DAY
            self[f"{before}notice_days"].data = of_class["noticeHours"] // _HOURS_A_DAY
        self.opens.data, self.closes.data = earliest(now["classes"]["charter"], moment, zone)

    def known(self, now: Mapping[str, Any]) -> dict[str, str]:
        """Classes that the form asks about, with how the names of their fields begin."""
        return {
            name: before
            for name, before in KNOWN_CLASSES.items()
            if is_editable(now["classes"].get(name, {}))
        }

    def wanted(self, now: Mapping[str, Any]) -> Rules:
        """The rules as they would be. Raises InvalidInput."""
        is_same = self.scheme.data == now["scheme"]["scheme"]
        return council.rules(
            (self.name.data or "").strip(),
            classes=self.classes(now["classes"]),
            scheme=now["scheme"] if is_same else {"scheme": self.scheme.data},
            competences=self.competences.data or (),
            dummies_accepted=bool(self.powerless.data),
            witness_quorum=self.witness_quorum.data,
            delegate_term_days=self.delegate_term_days.data,
            facilitators=self.facilitators.data or (),
        )

    def draft(self, now: Mapping[str, Any], zone: str, language: str) -> Draft:
        """The proposal. Raises InvalidInput."""
        place = ZoneInfo(zone)
        closes = self.closes.data.replace(tzinfo=place)
        return Draft(
            title=self.title.data.strip(),
            text=self.text.data.replace("\r\n", "\n").strip(),
            decision_class="charter",
            opens_at=self.opens.data.replace(tzinfo=place),
            closes_at=closes,
            finalize_by=counted_by(closes, now["classes"]["charter"]),
            language=language,
            charter=council.changes_to(now, self.wanted(now)),
        )


def _quorum(rule: Mapping[str, Any]) -> str:
    return str(rule["quorum"]["fraction"])
