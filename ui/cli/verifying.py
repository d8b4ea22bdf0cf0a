"""A file checked with nothing else, told to whoever keeps the minutes or doubts them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from node import council
from node.council import ArchiveRefused, Proven, Stored, Verdict
from node.errors import Conflict
from node.i18n import _
from ui.cli import proofs
from ui.cli.common import plainly, show, with_node_folder
from ui.cli.speaking import Command


@click.command("verify", cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--charter", help="The charter's digest, as members of the federation know it.")
@with_node_folder
@plainly
def verify(file: Path, charter: str | None, data: Path, as_json: bool) -> None:
    """Check a decision, evidence or a receipt by its file alone: no node, no network."""
    del data  # every command takes the option; this one needs no node
    try:
        found = council.verify_file(file.read_bytes(), charter)
    except ArchiveRefused as error:
        raise Conflict(_refusal(error), error.code) from None
    match found:
        case Proven():
            told, lines = proofs.evidence_document(found), proofs.evidence_lines(found, charter)
        case Stored():
            told, lines = proofs.receipt_document(found), proofs.receipt_lines(found, charter)
        case Verdict(is_decided=False):
            raise Conflict(
                _("The recount fits, but too few coops have said so: it is not decided."),
                "undecided",
            )
        case Verdict():
            told, lines = _document(found), _lines(found, charter)
    show(told, as_json, "\n".join(lines))


def _refusal(error: ArchiveRefused) -> Any:
    if error.code == "other-charter":
        return _(
            "The file does not hold: it is of another federation than the one you named. "
            "Look whether the charter's number is copied right. (%(reason)s)",
            reason=str(error),
        )
    if error.code == "wrong-tally":
        return _(
            "The archive does not hold: the result that was signed is not what the ballots give. "
            "Tell the other coops. (%(reason)s)",
            reason=str(error),
        )
    return _(
        "The file does not hold: something in it was changed or is missing. Save it once more "
        "from the page that it is from. (%(reason)s)",
        reason=str(error),
    )


def _lines(verdict: Verdict, charter: str | None) -> Iterator[str]:
    """What was decided, by which votes, who counted it, and what that proves."""
    from ui.web import council_words, count_words  # words that pages load anyway

    result, tally = verdict.result, verdict.result["tally"]
    yield f"{verdict.name}: {verdict.title}"
    yield str(council_words.outcome_text(tally["outcome"])) + "."
    if tally.get("winners"):
        yield "  " + ", ".join(verdict.labels.get(each, each) for each in tally["winners"])
    for check in tally.get("checks", ()):
        yield f"  {count_words.check_text(check)}"
    yield ""
    yield str(_("How the coops voted:"))
    is_ordered = result["rule"]["method"] != "approval"
    is_weighed = any(each["weight"] != 1 for each in result["counted"])
    for each in result["counted"]:
        name = verdict.names.get(each["coop"], each["coop"])
        said = council_words.choice_text(each["choice"], verdict.labels, is_ordered=is_ordered)
        yield f"  {name}: {said}" + (f" ({each['weight']})" if is_weighed else "")
    for digests, said in (
        (result["late"], _("Ballots that came too late: %(number)s.", number=len(result["late"]))),
        (result["void"], _("Ballots that do not count: %(number)s.", number=len(result["void"]))),
    ):
        if digests:
            yield f"  {said}"
    yield ""
    yield str(
        _(
            "This computer has counted the ballots again and comes to the same. So do "
            "%(agreed)s of %(all)s coops.",
            agreed=len(verdict.agreed),
            all=len(verdict.members),
        )
    )
    if verdict.dissented:
        named = ", ".join(verdict.names.get(each, each) for each in verdict.dissented)
        yield str(_("These counted differently: %(coops)s.", coops=named))
    yield ""
    yield str(_("Charter: %(digest)s", digest=verdict.charter))
    yield str(
        proofs.known_text(charter)
        or _("It is the number that you gave: the decision is one of that federation.")
    )


def _document(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": "decision",
        "charter": verdict.charter,
        "federation": verdict.name,
        "title": verdict.title,
        "proposal_digest": verdict.proposal_digest,
        "result_digest": verdict.result_digest,
        "outcome": verdict.result["tally"]["outcome"],
        "result": dict(verdict.result),
        "option_names": dict(verdict.labels),
        "agreed": list(verdict.agreed),
        "dissented": list(verdict.dissented),
    }
