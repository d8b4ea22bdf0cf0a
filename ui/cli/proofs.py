"""What evidence and receipts prove and what they do not, in words and for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

from node.council import Proven, Stored
from node.i18n import LazyString, _
from ui.cli.common import in_words

BROKEN: dict[str, LazyString] = {
    "E1": _("%(name)s signed two different ballots under one number."),
    "E2a": _("%(name)s kept the log and signed two different ones of one length."),
    "E2b": _("%(name)s kept the log and changed what was in it already."),
    "E3": _("%(name)s promised to log a ballot and did not."),
    "E4": _("%(name)s vouched for two different logs."),
    "E5": _("%(name)s signed two different things under one number: delegates, or hosts."),
    "E6": _("%(name)s signed a result that nobody can recount."),
    "E7": _("%(name)s left out of a vote what other coops had seen, or stored, in time."),
}


def evidence_document(found: Proven) -> dict[str, Any]:
    return {
        "kind": "evidence",
        "charter": found.charter,
        "federation": found.name,
        "code": found.finding.code,
        "culprit": found.finding.culprit,
        "proposal": found.finding.proposal,
        "found_by": found.found_by,
        "former_key": found.is_by_former_key,
        "members": list(found.names),
    }


def receipt_document(found: Stored) -> dict[str, Any]:
    return {
        "kind": "receipt",
        "charter": found.charter,
        "federation": found.name,
        "proposal": found.ballot["proposal"],
        "coop": found.ballot.coop,
        "ballot": found.ballot.object,
        "choice": found.ballot["choice"],
        "entry": found.index,
        "log_size": found.size,
        "stored_at": found.at,
        "stored_by": list(found.stored_by),
        "members": list(found.names),
    }


def evidence_lines(found: Proven, charter: str | None) -> Iterator[str]:
    """Who broke which rule, and what that leaves open."""
    finding = found.finding
    name = found.names.get(finding.culprit, finding.culprit)
    yield f"{found.name}: {_(BROKEN[finding.code].message, name=name)}"
    if finding.proposal:
        yield str(_("It is about the proposal %(proposal)s.", proposal=finding.proposal))
    if found.found_by:
        by = found.names.get(found.found_by, found.found_by)
        yield str(_("%(coop)s has found it.", coop=by))
    yield str(_("Every signature holds: nobody can make them without the coop's keys."))
    yield ""
    yield str(_("What this file does not prove:"))
    yield f"  {_('Why: a fault in a program looks the same as a lie.')}"
    if finding.code == "E7":
        yield "  " + str(
            _(
                "That it still stands: the vote may have been closed anew since, with what was "
                "missing. Ask a member to look into the log."
            )
        )
    if found.is_by_former_key:
        yield "  " + str(
            _(
                "That the coop did it: one of the two is signed with a key that counts no more and "
                "may have been stolen. Ask a member whether both stand in the log."
            )
        )
    yield from _open_ends(found.names, found.charter, charter)


def receipt_lines(found: Stored, charter: str | None) -> Iterator[str]:
    """Which ballot is stored where, by whom, and what that leaves open."""
    from ui.web import council_words  # words that pages load anyway

    ballot = found.ballot
    said = council_words.choice_text(ballot["choice"], is_ordered=False)
    name, stored = found.names.get(ballot.coop, ballot.coop), found.stored_by
    yield f"{found.name}: {name}: {said}"
    yield str(
        _(
            "This ballot on the proposal %(proposal)s is line %(number)s of the log.",
            proposal=ballot["proposal"],
            number=found.index + 1,
        )
    )
    yield str(
        _(
            "%(stored)s of %(all)s coops have stored and signed the log with it: %(coops)s. "
            "The middle one of their clocks said %(time)s.",
            stored=len(stored),
            all=len(found.names),
            time=in_words(found.at),
            coops=", ".join(found.names[each] for each in stored),
        )
    )
    yield ""
    yield str(_("What this file does not prove:"))
    yield "  " + str(
        _(
            "That it counts in the result: it does not if the vote was over, or if the coop voted "
            "again. The archive of the decision shows that."
        )
    )
    yield from _open_ends(found.names, found.charter, charter)


def _open_ends(names: Mapping[str, str], found: str, charter: str | None) -> Iterator[str]:
    yield "  " + str(
        _(
            "That no coop is left out. By this file these belonged to it; ask a member whether "
            "that is all of them: %(coops)s.",
            coops=", ".join(names.values()),
        )
    )
    yield ""
    yield str(_("Charter: %(digest)s", digest=found))
    yield str(known_text(charter) or _("It is the number that you gave."))


def known_text(charter: str | None) -> Any:
    """What somebody should do who does not know the charter's number."""
    if charter is not None:
        return None
    return _(
        "Ask a member of the federation to read you the charter's number, and compare it with "
        "this one. Without that you only know that the file fits together: somebody could have "
        "made up the whole federation."
    )
