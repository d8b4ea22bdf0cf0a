"""What an admissible statement changes in the record. Pure."""

from msgspec.structs import replace

from node.council.state import electors, keepers, replacing
from node.council.state.record import Member, Proposal, Record, Wanted, number_of
from node.council.words import charter as charters
from node.council.words.statements import Kind, Statement


def settle(record: Record, index: int, statement: Statement) -> None:
    """Let a checked statement take effect."""
    before, rules_before = record.members, record.rules
    match statement.kind:
        case Kind.CHARTER:
            record.charter = statement
            record.rules = charters.read_rules(statement.document).document
            record.members = {each["coop"]: Member(**each) for each in statement["members"]}
            record.keepers = {0: keepers.first(statement)}
        case Kind.APPLICATION:
            record.applications[statement.content] = statement
        case Kind.ADMIT:
            _admit(record, index, statement)
        case Kind.LEAVE:
            dismiss(record, statement.coop)
        case Kind.EXCLUSION:
            dismiss(record, statement["member"])
        case Kind.MANDATE:
            record.mandates.setdefault(statement.coop, {})[statement["epoch"]] = statement
        case Kind.HANDOVER:
            record.handover = statement
        case Kind.HOST_MANDATE:
            record.handover = None
            record.keepers[statement["epoch"]] = keepers.appointed(statement)
        case Kind.PROPOSAL:
            found = Proposal(statement["id"], statement.coop)
            found.texts[statement.content] = statement
            found.text_index = index
            record.proposals[found.id] = found
        case Kind.PROXY:
            record.proxies.append((index, statement))
        case Kind.EVIDENCE:
            pass
        case Kind.RULES:
            record.rules = charters.changed(record.rules, statement["changes"])
            record.changes.append(statement)
        case Kind.REPLACEMENT:
            _replacement(record, statement)
        case Kind.VOUCH:
            _vouch(record, statement)
        case Kind.PROTEST:
            before_it = record.wanted[statement["replacement"]]
            record.wanted[statement["replacement"]] = Wanted(
                before_it.asked,
                is_contested=True,
                taken_back=frozenset(before_it.vouchers.values()),
            )
        case Kind.REKEYING:
            wanted = record.wanted[statement["replacement"]]
            record.alone.pop(wanted.asked.coop, None)
            _replace(record, wanted.asked)
        case _:
            _about(record, record.proposals[str(statement.proposal)], index, statement)
    if record.members is not before:
        _remember(record)
    others_count = record.members is not before or record.rules is not rules_before
    if others_count or statement.kind is Kind.VOUCH:
        _settle_wanted(record, index)


def dismiss(record: Record, coop: str) -> None:
    """A coop belongs no more: it speaks for nobody, and its keys are nobody's ever after."""
    gone = record.members[coop]
    record.members = {name: each for name, each in record.members.items() if name != coop}
    record.mandates.pop(coop, None)
    record.alone.pop(coop, None)
    _forget_replacements(record, coop)
    record.former_keys.setdefault(coop, []).extend(_keys(gone))


def _admit(record: Record, index: int, statement: Statement) -> None:
    asked = statement["application"]
    application = record.applications.get(asked) or record.passed_over[asked]
    said = record.approvals.setdefault(application.content, set())
    said.add(statement.coop)
    if len(said & set(record.members)) < record.quorum:
        return
    fields = {each: application[each] for each in ("name", "key", "witness", "members")}
    record.members = record.members | {application.coop: Member(application.coop, **fields)}
    record.joined[application.coop] = index
    theirs = [c for c, each in record.applications.items() if each.coop == application.coop]
    for content in theirs:  # who goes, or is sent away, asks anew
        record.passed_over[content] = record.applications.pop(content)


def _replacement(record: Record, statement: Statement) -> None:
    """The key that it replaces vouches for it; or it waits for a quorum of the others."""
    record.asked.add(statement.content)
    if replacing.counts_at_once(record, statement):
        record.alone[statement.coop] = record.alone.get(statement.coop, 0) + 1
        _replace(record, statement)
        return
    _forget_replacements(record, statement.coop)
    record.wanted[statement.content] = Wanted(statement)


def _vouch(record: Record, statement: Statement) -> None:
    wanted = record.wanted[statement["replacement"]]
    vouchers = {**wanted.vouchers, statement.coop: statement.content}
    record.wanted[statement["replacement"]] = replace(wanted, vouchers=vouchers)


def _settle_wanted(record: Record, index: int) -> None:
    """Somebody vouches, belongs or counts otherwise: for which keys enough have vouched by now."""
    for content, each in record.wanted.items():
        since = index if each.vouched_at is None else each.vouched_at
        at = since if replacing.is_vouched(record, each) else None
        record.wanted[content] = replace(each, vouched_at=at)


def _replace(record: Record, asked: Statement) -> None:
    before = record.members[asked.coop]
    after = replace(before, key=asked["key"], witness=asked["witness"])
    record.members = record.members | {asked.coop: after}
    old = [each for each in _keys(before) if each not in _keys(after)]
    record.former_keys.setdefault(asked.coop, []).extend(old)
    _forget_replacements(record, asked.coop)


def _remember(record: Record) -> None:
    """Others belong now, or by other keys: what those of before cosigned in a vote still holds."""
    for each in record.proposals.values():
        if each.snapshot is not None and not each.is_judged:
            each.electors = each.electors.joined_by(record.members)
            _judge(record, each)


def _forget_replacements(record: Record, coop: str) -> None:
    for content in [one for one, each in record.wanted.items() if each.asked.coop == coop]:
        del record.wanted[content]


def _keys(member: Member) -> tuple[str, str]:
    return (member.key, member.witness)


def _judge(record: Record, proposal: Proposal) -> None:
    """Whether enough of those who belong now have counted it; once that is so, it stays so."""
    if proposal.is_judged or proposal.certificate is None:
        return
    said = [
        each["verdict"] for coop, each in proposal.attestations.items() if coop in record.members
    ]
    most_others = len(record.members) - record.quorum
    proposal.is_upheld = said.count("agree") >= record.quorum
    proposal.is_judged = proposal.is_upheld or said.count("dissent") > most_others


def _about(record: Record, proposal: Proposal, index: int, statement: Statement) -> None:
    match statement.kind:
        case Kind.REVISION:
            proposal.texts.pop(statement.content, None)
            proposal.texts[statement.content] = statement
            proposal.text_index = index
            proposal.notice, proposal.rules, proposal.rows = None, None, {}
        case Kind.AMENDMENT:
            proposal.amendments[statement.content] = statement
        case Kind.RETRACTION:
            proposal.retracted.add(statement["amendment"])
        case Kind.NOTICE:
            proposal.notice, proposal.notice_index = statement, index
            proposal.rules = record.rules
        case Kind.WITHDRAWAL:
            proposal.withdrawn = True
        case Kind.ROW:
            proposal.rows[statement.coop] = statement
        case Kind.SNAPSHOT:
            proposal.snapshot, proposal.snapshot_index = statement, index
            named = set(statement["rows"])
            proposal.on_roll = {c: row for c, row in proposal.rows.items() if row.object in named}
            proposal.electors = electors.of(record.members)
        case Kind.BALLOT:
            proposal.ballots.append((index, statement))
            number = number_of(statement)
            same = proposal.numbered.get(number, ())
            proposal.numbered[number] = (*same, statement.object)
            proposal.receipts.setdefault(statement.object, {})
            proposal.cast[statement.coop] = proposal.cast.get(statement.coop, 0) + 1
        case Kind.SEEN:
            proposal.receipts[statement["ballot"]][statement.coop] = index
        case Kind.CLOSE:
            proposal.close, proposal.close_index = statement, index
            proposal.close_electors = proposal.electors
        case Kind.REVEAL:
            proposal.reveals[statement.coop] = statement["nonce"]
            # A certificate that calls it withheld is no result.
            proposal.certificate, proposal.attestations = None, {}
        case Kind.CERTIFICATE:
            proposal.certificate, proposal.certificate_index = statement, index
        case Kind.ATTESTATION:
            proposal.attestations[statement.coop] = statement
            _judge(record, proposal)
        case Kind.RATIFICATION:
            proposal.ratifications[statement.coop] = statement
        case Kind.RESERVATION:
            said = proposal.reservations.setdefault(statement.coop, {})
            said[statement["key"]] = statement["reason"]
        case Kind.MARK:
            marks = proposal.marks.setdefault(statement["ballot"], {})
            marks[statement.coop] = (index, statement)
