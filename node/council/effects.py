"""What an admissible statement changes in the record. Pure."""

from node.council import keepers
from node.council.charter import quorum
from node.council.record import Member, Proposal, Record
from node.council.statements import Kind, Statement


def settle(record: Record, index: int, statement: Statement) -> None:
    """Let a checked statement take effect."""
    match statement.kind:
        case Kind.CHARTER:
            record.charter = statement
            record.members = {each["coop"]: Member(**each) for each in statement["members"]}
            record.keepers = {0: keepers.first(statement)}
        case Kind.APPLICATION:
            record.applications[statement.content] = statement
        case Kind.ADMIT:
            _admit(record, statement)
        case Kind.LEAVE:
            record.members = {
                coop: each for coop, each in record.members.items() if coop != statement.coop
            }
            record.mandates.pop(statement.coop, None)
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
        case Kind.EVIDENCE:
            pass
        case _:
            _about(record, record.proposals[str(statement.proposal)], index, statement)


def _admit(record: Record, statement: Statement) -> None:
    application = record.applications[statement["application"]]
    said = record.approvals.setdefault(application.content, set())
    said.add(statement.coop)
    if len(said & set(record.members)) < quorum(len(record.members)):
        return
    fields = {each: application[each] for each in ("name", "key", "witness", "members")}
    record.members = record.members | {application.coop: Member(application.coop, **fields)}
    del record.applications[application.content]


def _about(record: Record, proposal: Proposal, index: int, statement: Statement) -> None:
    match statement.kind:
        case Kind.REVISION:
            proposal.texts.pop(statement.content, None)
            proposal.texts[statement.content] = statement
            proposal.text_index = index
            proposal.notice, proposal.rows = None, {}
        case Kind.NOTICE:
            proposal.notice, proposal.notice_index = statement, index
        case Kind.WITHDRAWAL:
            proposal.withdrawn = True
        case Kind.ROW:
            proposal.rows[statement.coop] = statement
        case Kind.SNAPSHOT:
            proposal.snapshot, proposal.snapshot_index = statement, index
        case Kind.BALLOT:
            proposal.ballots.append((index, statement))
        case Kind.CLOSE:
            proposal.close, proposal.close_index = statement, index
            proposal.close_members = dict(record.members)
        case Kind.REVEAL:
            proposal.reveals[statement.coop] = statement["nonce"]
        case Kind.CERTIFICATE:
            proposal.certificate, proposal.certificate_index = statement, index
        case Kind.ATTESTATION:
            proposal.attestations[statement.coop] = statement
