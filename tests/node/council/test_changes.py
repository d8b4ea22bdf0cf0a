"""Five coops change their charter, and one of them its keys, while they go on deciding."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from federation.storage import UnitOfWork
from node import council
from node.council import State
from node.council.rows import pending, proving, store
from node.council.rows.keyring import Use, held
from node.council.rows.models import key_table
from node.council.state.record import Inadmissible
from node.council.words import statements
from node.council.words.statements import Kind
from node.errors import Conflict
from tests.node.council.hall import Assembly, HallOpener
from tests.node.council.liars import vote_again_under_one_number
from tests.node.council.test_attacks import heard, send, signed
from tests.stories.council import CLASSES

pytestmark = pytest.mark.long

CHARTER = council.DEFAULT_CLASSES["charter"] | {"commentHours": 24, "noticeHours": 72}
BOTH = {**CLASSES, "charter": CHARTER}
STRICTER = CLASSES["ordinary"] | {"rule": CLASSES["ordinary"]["rule"] | {"threshold": "3/4"}}


@pytest.fixture
async def five(assemble: HallOpener) -> Assembly:
    made = await assemble(5)
    made.classes = BOTH
    await made.found()
    return made


async def test_the_charter_is_changed_keys_too_and_the_new_rule_decides_the_next_vote(five):
    portici, host = five.coops["portici"], five.host
    changes = {"classes": BOTH | {"ordinary": STRICTER}, "name": "Lane of Toads"}
    await five.opened(decision_class="charter", policies={}, charter=changes)
    first = await five.vote("portici", "yes")
    await five.settle()

    federation = await five.id_at("portici")
    old = await portici.read(held, federation, Use.COOP)
    stolen, other = [await signed(five, "portici", choice) for choice in ("no", "abstain")]
    assert not await portici.write(council.replace_key, federation, "A laptop is gone.", by="rosa")
    await five.settle()
    assert heard(await send(host, portici, stolen)) == (401, "not-signed")
    assert await portici.read(held, federation, Use.COOP) != old
    framed = five.coops["pioneer"]
    with pytest.raises(Inadmissible, match="replaced"):
        await framed.write(_hear_evidence, await five.id_at("pioneer"), [stolen.text, other.text])
    for name in ("lanehead", "camara", "mawimbi"):
        await five.vote(name, "yes")
    await five.settle()
    await five.ended()
    assert await five.states() == {State.IN_FORCE}
    [ours] = (await five.detail("portici")).ours
    assert (ours.digest, ours.is_counted) == (first, True)
    views = [(await coop.read(council.federations))[0] for coop in five.coops.values()]
    assert {(view.name, view.digest) for view in views} == {("Lane of Toads", five.digest)}

    await five.opened()
    await five.votes({"lanehead": "yes", "portici": "yes", "mawimbi": "no"})
    await five.ended()
    assert await five.states() == {State.REJECTED}, "two of three are not three quarters"
    data = await portici.read(council.archive_of, (await five.row("portici")).id)
    verdict = council.verify_archive(data, five.digest)
    assert (verdict.name, verdict.is_decided) == ("Lane of Toads", True)
    [change] = await five.coops["mawimbi"].read(
        council.charter_changes, await five.id_at("mawimbi")
    )
    assert (change.title, change.votes["yes"]) == ("Referral fees of at most five per cent", 4)
    assert change.before["name"] == "Toad Lane"
    assert change.after["name"] == "Lane of Toads"


async def test_what_a_coop_said_just_before_its_key_changed_is_said_with_the_new_one(assemble):
    """A vote, a mandate and a row are on their way when the log gets to know the other key."""
    three = await (await assemble(3)).found()
    portici, number = three.coops["portici"], await three.id_at("portici")
    three.town.part(["lanehead", "pioneer"], ["portici"])
    await three.announced("pioneer")
    three.town.cut = set()
    await portici.write(council.replace_key, number, "A laptop is gone.", by="rosa")
    await three.settle()
    assert portici.refused == ["not-signed"]
    await three.wait(hours=76, minutes=1)
    await three.wait(hours=24)
    assert (await three.detail("lanehead")).missing == ()

    await portici.write(council.replace_key, number, "Another one, too.", by="rosa")
    await three.vote("portici", "yes")
    await three.name_delegate("portici")
    await three.settle()
    assert portici.refused == ["not-signed"] * 3
    entries = await portici.read(store.entries, number)
    assert [each.kind for each in entries][-2:] == [Kind.BALLOT, Kind.MANDATE]
    [ours] = (await three.detail("portici")).ours
    assert (ours.is_promised, ours.is_counted) == (True, True)
    assert not await portici.read(pending_of, number)


async def pending_of(reader, federation_id):
    return await pending.unlogged(reader, await store.federation(reader, federation_id))


async def _hear_evidence(uow: UnitOfWork, federation_id: str, parts: list[str]) -> None:
    """Evidence E1 of a coop that has the old key of the culprit."""
    known = await store.federation(uow, federation_id)
    record = await store.record(uow, known, with_leaves=False)
    context = await proving.context_of(uow, known)
    found = statements.read(parts[0])
    fields = {"code": "E1", "culprit": found.coop, "proposal": found.proposal}
    document = statements.new(
        Kind.EVIDENCE, uow.identities.coop.uri, known.digest, uow.now,
        **fields, context=context, parts=parts,
    )  # fmt: skip
    await proving.hear(uow, known, record, statements.signed(document, created=uow.now))


async def test_lost_keys_of_a_coop_and_of_its_delegate_are_replaced_and_proof_is_logged(assemble):
    three = await (await assemble(3)).found()
    portici, pioneer = three.coops["portici"], three.coops["pioneer"]
    federation, by = await three.id_at("portici"), three.delegates["portici"]
    raw = (await portici.read(held, federation, Use.COOP)).private_bytes_raw()
    boxes = await portici.read(lambda reader: reader.scalars(select(key_table.c.sealed)))
    assert all(raw not in box for box in boxes)
    whole = portici.database.identities
    portici.database.identities = replace(whole, seal=bytes(32))
    assert await portici.read(held, federation, Use.COOP) is None, "a copy of the database alone"

    assert await portici.write(council.replace_key, federation, "A disk broke.", by="rosa")
    await three.settle()
    await three.announced("lanehead")
    for name in ("lanehead", "pioneer"):
        number = await three.id_at(name)
        [asked] = await three.coops[name].read(council.keys_asked, number)
        assert (asked.coop, asked.reason, asked.needed) == (portici.uri, "A disk broke.", 2)
        said = (number, portici.uri, "We telephoned.")
        await three.coops[name].write(council.vouch, *said, by="operator")
    await three.settle()
    assert await portici.read(council.has_our_key, federation)
    await three.wait(hours=76, minutes=1)
    await three.wait(hours=24)
    assert (await three.detail("portici")).missing == ()
    await three.name_delegate("portici")
    await three.settle()
    await three.vote("portici", "no")
    await three.wait(minutes=1)
    [before] = await portici.read(council.our_delegates, federation)
    late = await signed(three, "portici", "no", sequence=2)
    named = await portici.write(council.lost_key, federation, before.key, account_id=by, by=by)
    await three.settle()
    [after] = await portici.read(council.our_delegates, federation)
    assert (named, after.account_id, after.custody) == (3, by, "node")
    assert heard(await send(three.host, portici, late)) == (403, "mandate-replaced")
    with pytest.raises(Conflict):
        await portici.write(council.lost_key, federation, before.key, account_id=by, by=by)
    await three.vote("portici", "yes")
    await three.vote("lanehead", "yes")

    row, delegate = await three.row("pioneer"), three.delegates["pioneer"]
    await three.vote("pioneer", "no")
    await pioneer.write(vote_again_under_one_number, row.id, "yes", delegate)
    await three.settle()
    await three.ended()
    for name in three.coops:
        assert await three.evidence(name) == [("E1", "pioneer")]
    entries = await portici.read(store.entries, federation)
    assert [each.kind for each in entries].count(Kind.EVIDENCE) == 1
    result = (await three.detail("pioneer")).result
    counted = {each["coop"]: each["choice"] for each in result["counted"]}
    assert counted == {portici.uri: "yes", three.host.uri: "yes"}
