"""Whether a statement may stand in the log after all that stands there already. Pure.

The host asks before it appends, every other node when it mirrors, the verifier years later: the
same answer each time. Nothing here looks at a clock.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256

from node.council.count import counting
from node.council.state import (
    chartering,
    excluding,
    keepers,
    later,
    objections,
    proxies,
    replacing,
    rounds,
    variants,
)
from node.council.state.heads import Head, Shown, read_head
from node.council.state.record import Inadmissible, Member, Proposal, Record
from node.council.words import charter as charters
from node.council.words import naming, tally
from node.council.words.statements import MOST_SEQUENCES, Kind, Statement

MISSING_ROWS_NOTICE = timedelta(hours=72)
"""A coop that sent no row is left out of a roll only if it had so long."""

HANDED_OVER = "handed-over"
"""The code of the one refusal that says nothing against what was said: another host takes it in."""


def check(record: Record, statement: Statement) -> None:
    """Raises Inadmissible; HANDED_OVER only for what could stand in the log if it went on."""
    try:
        _check(record, statement)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        # Nobody may stop a log by words that no rule has thought of.
        raise Inadmissible("bad-statement", "It cannot be read as what it says it is.") from None


def may_stand(record: Record, statement: Statement) -> bool:
    """Whether it is admissible."""
    try:
        check(record, statement)
    except Inadmissible:
        return False
    return True


def _check(record: Record, statement: Statement) -> None:
    if statement.kind is Kind.CHARTER:
        _charter(record, statement)
        return
    if statement.federation != record.federation:
        raise Inadmissible("other-federation", "This was said in another federation.", 403)
    _may_be_said(record, statement)
    if record.handover is not None and statement.kind is not Kind.HOST_MANDATE:
        raise Inadmissible(HANDED_OVER, "The host has ended its log; tell the next one.", 409)


def _may_be_said(record: Record, statement: Statement) -> None:
    if statement.kind is Kind.APPLICATION:
        _application(record, statement)
        return
    if statement.kind is Kind.REPLACEMENT:
        replacing.replacement(record, statement)
        return
    member = record.member(statement.coop)
    _signed(record, statement, member.key)
    rule = _CHECKS.get(statement.kind)
    if rule is None:
        raise Inadmissible("not-for-the-log", f"A {statement.kind} is kept beside the log.")
    rule(record, statement, member)


def _signed(record: Record, statement: Statement, *keys: str) -> None:
    if not set(keys) <= record.signed_by(statement):
        raise Inadmissible("not-signed", "It is not signed by everybody who must sign it.", 401)


def _charter(record: Record, statement: Statement) -> None:
    if record.charter is not None:
        raise Inadmissible("charter-known", "There is a charter already.", 409)
    if not charters.is_sound(statement):
        raise Inadmissible("bad-charter", "The charter's rules cannot be used.")
    _signed(record, statement, *(each["key"] for each in statement["members"]))


def _application(record: Record, statement: Statement) -> None:
    if statement.coop in record.members:
        raise Inadmissible("member-already", "This coop is a member already.", 409)
    if statement.content in record.passed_over:  # some have said yes to it, before it went
        raise Inadmissible("said-already", "The coop came in since then: it asks anew.", 409)
    keys = {statement["key"], statement["witness"]}
    if keys & record.keys() or len(keys) < 2:
        raise Inadmissible("key-taken", "A key is for one coop and one purpose.")
    _signed(record, statement, statement["key"])


def _admit(record: Record, statement: Statement, member: Member) -> None:
    application = record.applications.get(statement["application"])
    if application is None or application.coop in record.members:
        raise Inadmissible("application-unknown", "There is no such open application.", 409)
    if member.coop in record.approvals.get(application.content, ()):
        raise Inadmissible("said-already", "This coop has said yes already.", 409)


def _leave(_record: Record, _statement: Statement, _member: Member) -> None:
    """A member may always go."""


def _mandate(record: Record, statement: Statement, member: Member) -> None:
    known = record.mandates.get(member.coop, {})
    if statement["epoch"] <= max(known, default=0):
        raise Inadmissible("epoch-used", "There is a mandate of this number already.", 409)
    named = [each for group in ("delegates", "alternates") for each in statement[group]]
    if len({each["key"] for each in named}) != len(named):
        raise Inadmissible("key-taken", "Two delegates cannot share a key.")


def _text(record: Record, statement: Statement) -> None:
    rule = record.rules["classes"].get(statement["class"])
    if rule is None:
        raise Inadmissible("class-unknown", "The charter knows no such class of decisions.")
    variants.check_within(record, statement["policies"])
    if "charter" in statement.document:
        chartering.proposed(record, statement)
    if "excludes" in statement.document:
        excluding.proposed(record, statement)
    if not naming.are_right(statement.document):
        raise Inadmissible("bad-options", "It names what is no option, or two of them alike.")
    if not tally.is_votable(rule["rule"], statement["options"]):
        raise Inadmissible("bad-options", "These options cannot be voted on by this class.")
    opens, closes, by = (statement.moment(each) for each in ("opensAt", "closesAt", "finalizeBy"))
    if not opens < closes or by < closes + charters.hours(rule, "finalizeHours"):
        raise Inadmissible("bad-times", "The times do not follow each other as the class asks.")
    later.check_times(record, statement)
    rounds.check(record, statement)


def _proposal(record: Record, statement: Statement, _member: Member) -> None:
    if statement["id"] in record.proposals:
        raise Inadmissible("proposal-known", "There is a proposal of this name already.", 409)
    _text(record, statement)


def _revision(record: Record, statement: Statement, member: Member) -> None:
    proposal = _before_voting(record, statement, member)
    if statement["parent"] != proposal.text.content:
        raise Inadmissible("parent-differs", "It changes a text that no longer stands.", 409)
    _text(record, statement)
    variants.check_revision(record, proposal, statement)


def _notice(record: Record, statement: Statement, member: Member) -> None:
    proposal = _before_voting(record, statement, member)
    if statement["proposalDigest"] != proposal.text.content:
        raise _other_text()
    if proposal.notice is not None:
        raise Inadmissible("noticed-already", "Notice was given already.", 409)
    _text(record, proposal.text)  # the rules may have changed since it was proposed
    variants.check_frozen(proposal, statement["amendments"])


def _withdrawal(record: Record, statement: Statement, member: Member) -> None:
    proposal = record.proposal(statement["proposal"])
    _moved_by(proposal, member)
    if proposal.withdrawn or proposal.snapshot is not None:
        raise Inadmissible("proposal-state", "It cannot be withdrawn any more.", 409)


def _row(record: Record, statement: Statement, member: Member) -> None:
    proposal = _noticed(record, statement)
    if proposal.snapshot is not None:
        raise Inadmissible("roll-closed", "The roll is closed.", 409)
    if member.coop in proposal.rows:
        raise Inadmissible("said-already", "This coop's row is there already.", 409)
    if statement["coopKey"] != member.key:
        raise Inadmissible("other-key", "The row names another key than the coop's own.")
    chartering.in_office(record, proposal, statement)


def _snapshot(record: Record, statement: Statement, member: Member) -> None:
    _by_host(record, member)
    proposal = _noticed(record, statement)
    if proposal.snapshot is not None:
        raise Inadmissible("said-already", "There is a roll already.", 409)
    rows = {coop: row for coop, row in proposal.rows.items() if coop in record.members}
    if statement["rows"] != [rows[coop].object for coop in sorted(rows)]:
        raise Inadmissible("rows-differ", "The roll is not made of the rows of all members.")
    if statement["missing"] != sorted(set(record.members) - set(rows)):
        raise Inadmissible("rows-differ", "The roll does not name those whose rows are missing.")
    weights = tally.weights(record.scheme(proposal), {c: row["members"] for c, row in rows.items()})
    if statement["weights"] != weights or statement["total"] != sum(weights.values()):
        raise Inadmissible("weights-differ", "The weights are not those of the charter.")
    if statement["power"] != tally.power(weights):
        raise Inadmissible("weights-differ", "The powers are not those of the weights.")
    _notice_was_long_enough(record, proposal, statement)


def _notice_was_long_enough(record: Record, proposal: Proposal, statement: Statement) -> None:
    rule, opens = record.class_of(proposal), proposal.text.moment("opensAt")
    text, notice = (
        read_head(record, statement[each], proposal=proposal) for each in ("textHead", "noticeHead")
    )
    if text.size <= proposal.text_index or notice.size <= proposal.notice_index:
        raise Inadmissible("head-too-early", "A checkpoint is from before what it should show.")
    wait = charters.hours(rule, "noticeHours")
    if statement["missing"]:
        wait = max(wait, MISSING_ROWS_NOTICE)
    if notice.at + wait > opens or text.at + charters.hours(rule, "commentHours") > opens:
        raise Inadmissible("notice-too-short", "There was too little time before the vote.")


def _ballot(record: Record, statement: Statement, member: Member) -> None:
    proposal = _noticed(record, statement)
    if proposal.snapshot is None:
        raise Inadmissible("not-open", "The vote has not been opened.")
    if statement["electorateDigest"] != proposal.snapshot.content:
        raise Inadmissible("other-roll", "The ballot is for another roll.", 409)
    if member.coop not in proposal.roll():
        raise Inadmissible("not-on-the-roll", "This coop is not on the roll of this vote.", 403)
    _signed(record, statement, statement["delegate"])
    if statement["delegate"] not in _delegates(record, proposal, member.coop, statement["epoch"]):
        raise Inadmissible("not-a-delegate", "This key is no delegate's of the coop.", 403)
    if statement["weight"] != proposal.snapshot["weights"][member.coop]:
        raise Inadmissible("weight-differs", "The weight is not that of the roll.")
    asked, choice = variants.question(record, proposal), statement["choice"]
    if not tally.is_choice(asked.rule, asked.options, choice, statement["weight"]):
        raise Inadmissible("bad-choice", "This is nothing that one can choose here.")
    if (statement["prev"] is None) != (statement["sequence"] == 1):
        raise Inadmissible("bad-sequence", "The first ballot has no earlier one, all others have.")
    same = proposal.said_as(statement)
    if statement.object in same:
        raise Inadmissible("said-already", "This ballot is in the log already.", 409)
    if statement["epoch"] < max(record.mandates.get(member.coop, {}), default=0):
        raise Inadmissible("mandate-replaced", "The coop has named other delegates since.", 403)
    if len(same) > 1:
        raise Inadmissible("said-twice", "Two ballots of this number are proof enough.", 409)
    if proposal.cast.get(member.coop, 0) >= MOST_SEQUENCES:
        raise Inadmissible("too-often", "This coop has changed its vote too often.", 409)
    # Last: whoever asks why the log lacks a ballot hears this only of one that is good.
    if proposal.reveals or proposal.certificate is not None:
        raise Inadmissible("ballot-late", "The vote is over; this ballot is late.")


def _receipt(record: Record, statement: Statement, member: Member) -> None:
    """A coop saw a ballot in time: the host logs as many as make it count, where no head does."""
    proposal = record.proposal(statement["proposal"])
    if proposal.reveals or proposal.certificate is not None:
        raise Inadmissible("proposal-state", "No receipt changes anything any more.", 409)
    said = proposal.receipts.get(statement["ballot"])
    if said is None:
        raise Inadmissible("ballot-unknown", "There is no such ballot in the log.", 409)
    if statement.moment("at") > proposal.text.moment("closesAt"):
        raise Inadmissible("ballot-late", "The ballot was seen after the end of the vote.")
    enough = charters.majority(len(record.members))
    if member.coop in said or len(said.keys() & record.members.keys()) >= enough:
        raise Inadmissible("said-already", "That it was seen in time is known already.", 409)


def _delegates(record: Record, proposal: Proposal, coop: str, epoch: int) -> set[str]:
    row = proposal.roll()[coop]
    found = record.mandates.get(coop, {}).get(epoch) if epoch > row["epoch"] else None
    named = row if epoch == row["epoch"] else found
    if named is None:
        return set()
    return {each["key"] for group in ("delegates", "alternates") for each in named[group]}


def _close(record: Record, statement: Statement, member: Member) -> None:
    """Until something was revealed a close can be replaced by one that knows more ballots.

    Witnesses see to it that this happens only while no quorum has stored the earlier one.
    """
    _by_host(record, member)
    proposal = _noticed(record, statement)
    if proposal.snapshot is None or proposal.reveals or proposal.certificate is not None:
        raise Inadmissible("proposal-state", "There is nothing to close.", 409)
    if statement["electorateDigest"] != proposal.snapshot.content:
        raise Inadmissible("other-roll", "It closes a vote of another roll.", 409)
    if statement["size"] != record.size or statement["root"] != record.root_at(record.size).hex():
        raise Inadmissible("other-root", "It closes the log at another place.", 409)
    sorted_out = counting.classify(
        record, proposal, statement["heads"], proposal.electors, record.size
    )
    for name, found in sorted_out.lists.items():
        if statement[name] != found:
            raise Inadmissible("ballots-differ", f"Its list of {name} ballots is not right.")


def _reveal(record: Record, statement: Statement, member: Member) -> None:
    """It undoes a certificate that calls it withheld, until a quorum has counted the same. Whoever
    waits for that has no more to choose from than whoever reveals last."""
    proposal = record.proposal(statement["proposal"])
    if proposal.close is None or proposal.is_judged:
        raise Inadmissible("proposal-state", "Now is not the time to reveal.", 409)
    row = proposal.roll().get(member.coop)
    if row is None or member.coop in proposal.reveals:
        raise Inadmissible("said-already", "Nothing is to be revealed by this coop.", 409)
    if sha256(bytes.fromhex(statement["nonce"])).hexdigest() != row["commit"]:
        raise Inadmissible("other-nonce", "This is not what the coop had committed to.")
    if statement["closingHead"] is not None:
        _closed(record, proposal, statement["closingHead"])
    elif not proposal.reveals:
        raise Inadmissible("head-too-early", "Nobody has shown a checkpoint over the close.")


def _closed(record: Record, proposal: Proposal, shown: Shown) -> Head:
    """A head over the close, from after the end of the vote: until there is one the host may close
    anew, and nobody knows for which close a lot is drawn. Raises Inadmissible."""
    head = read_head(record, shown, proposal=proposal)
    if head.size <= proposal.close_index:
        raise Inadmissible("head-too-early", "The checkpoint is from before the close.")
    if head.at < proposal.text.moment("closesAt"):
        raise Inadmissible("head-too-early", "The checkpoint is from before the end of the vote.")
    return head


def _certificate(record: Record, statement: Statement, member: Member) -> None:
    """Whether it is of the right form; whether the result is right, each node says for itself."""
    _by_host(record, member)
    proposal = _noticed(record, statement)
    if proposal.close is None or proposal.snapshot is None or proposal.certificate is not None:
        raise Inadmissible("proposal-state", "There is nothing to certify.", 409)
    if statement["close"] != proposal.close.object:
        raise Inadmissible("other-close", "It certifies another close.", 409)
    if statement["electorateDigest"] != proposal.snapshot.content:
        raise Inadmissible("other-roll", "It certifies a vote of another roll.", 409)
    if not _is_result(statement["result"]):
        raise Inadmissible("bad-result", "Its result is none that an engine gives.")
    if statement["resultDigest"] != counting.result_digest(statement["result"]):
        raise Inadmissible("digest-differs", "The resultDigest is not that of the result.")
    head = _closed(record, proposal, statement["closingHead"])
    if head.at > proposal.text.moment("finalizeBy"):
        raise Inadmissible("too-late", "The vote was not closed in time: it has lapsed.")
    revealed = sorted(proposal.reveals)
    withheld = sorted(set(proposal.roll()) - set(revealed))
    if (statement["revealed"], statement["withheld"]) != (revealed, withheld):
        raise Inadmissible("reveals-differ", "It does not name those who revealed.")
    if statement["seed"] != counting.seed(proposal):
        raise Inadmissible("seed-differs", "The seed for lots is another.")


def _is_result(result: object) -> bool:
    """Of a form that pages can show; whether it is right is another question."""
    wanted = {"tally": dict, "counted": list, "rule": dict, "options": list}
    return isinstance(result, dict) and all(
        isinstance(result.get(field), form) for field, form in wanted.items()
    )


def _attestation(record: Record, statement: Statement, member: Member) -> None:
    proposal = record.proposal(statement["proposal"])
    if proposal.certificate is None or statement["certificate"] != proposal.certificate.object:
        raise Inadmissible("other-certificate", "It is about another certificate.", 409)
    if member.coop in proposal.attestations:
        raise Inadmissible("said-already", "This coop has attested already.", 409)
    agrees = statement["resultDigest"] == proposal.certificate["resultDigest"]
    if agrees != (statement["verdict"] == "agree"):
        raise Inadmissible("bad-verdict", "The verdict does not fit the digest.")


def _evidence(_record: Record, _statement: Statement, _member: Member) -> None:
    """Any member may publish; whether it proves anything, everybody checks alone."""


def _handover(record: Record, statement: Statement, member: Member) -> None:
    """The host's last entry: who is to go on, by which key."""
    _by_host(record, member)
    if statement["to"] not in record.members or statement["to"] == member.coop:
        raise Inadmissible("not-a-member", "The log can only be handed to another member.")
    _next_epoch(record, statement)


def appoints(record: Record, statement: Statement) -> None:
    """Whether a quorum appointed a host; from which place on is not asked. Raises Inadmissible."""
    _next_epoch(record, statement)
    if not keepers.is_agreed(statement, record):
        raise Inadmissible("no-quorum", "Too few coops have signed who is to keep the log.", 403)


def _host_mandate(record: Record, statement: Statement, _member: Member) -> None:
    appoints(record, statement)
    start = (statement["startSize"], statement["startRoot"])
    if start != (record.size, record.root_at(record.size).hex()):
        raise Inadmissible("other-root", "The new host goes on from another place of the log.", 409)


def _next_epoch(record: Record, statement: Statement) -> None:
    if statement["epoch"] <= record.epoch:
        raise Inadmissible("epoch-used", "The log is in this epoch already, or in a later.", 409)
    if statement["epoch"] > record.epoch + keepers.FARTHEST:
        raise Inadmissible("epoch-far", "The epoch is too far ahead of the log.")
    if {statement["logKey"]} & record.keys():
        raise Inadmissible("key-taken", "A key is for one coop and one purpose.")


def _before_voting(record: Record, statement: Statement, member: Member) -> Proposal:
    proposal = record.proposal(statement.proposal)
    _moved_by(proposal, member)
    if proposal.withdrawn or proposal.snapshot is not None:
        raise Inadmissible("proposal-state", "Its text can no longer be changed.", 409)
    return proposal


def _moved_by(proposal: Proposal, member: Member) -> None:
    if proposal.mover != member.coop:
        raise Inadmissible("not-the-mover", "Only the coop that proposed it can say this.", 403)


def _noticed(record: Record, statement: Statement) -> Proposal:
    proposal = record.proposal(statement["proposal"])
    if proposal.notice is None or proposal.withdrawn:
        raise Inadmissible("not-open", "This proposal is not up for a vote.")
    if statement["proposalDigest"] != proposal.text.content:
        raise _other_text()
    return proposal


def _by_host(record: Record, member: Member) -> None:
    if member.coop != record.host:
        raise Inadmissible("not-the-host", "Only the coop that keeps the log can say this.", 403)


def _other_text() -> Inadmissible:
    return Inadmissible("digest-differs", "The proposalDigest is not that of what stands.", 409)


_CHECKS: Mapping[Kind, Callable[[Record, Statement, Member], None]] = {
    Kind.ADMIT: _admit,
    Kind.LEAVE: _leave,
    Kind.MANDATE: _mandate,
    Kind.PROPOSAL: _proposal,
    Kind.REVISION: _revision,
    Kind.AMENDMENT: variants.check_amendment,
    Kind.RETRACTION: variants.check_retraction,
    Kind.NOTICE: _notice,
    Kind.WITHDRAWAL: _withdrawal,
    Kind.ROW: _row,
    Kind.SNAPSHOT: _snapshot,
    Kind.BALLOT: _ballot,
    Kind.SEEN: _receipt,
    Kind.CLOSE: _close,
    Kind.REVEAL: _reveal,
    Kind.CERTIFICATE: _certificate,
    Kind.ATTESTATION: _attestation,
    Kind.EVIDENCE: _evidence,
    Kind.HANDOVER: _handover,
    Kind.HOST_MANDATE: _host_mandate,
    Kind.RULES: chartering.decided,
    Kind.EXCLUSION: excluding.decided,
    Kind.VOUCH: replacing.vouch,
    Kind.PROTEST: replacing.protest,
    Kind.REKEYING: replacing.rekeying,
    Kind.RATIFICATION: later.check_ratification,
    Kind.RESERVATION: later.check_reservation,
    Kind.MARK: objections.check_mark,
    Kind.PROXY: proxies.check,
}
