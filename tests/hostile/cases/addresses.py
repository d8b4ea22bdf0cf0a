"""Addresses that look like another's: hosts, schemes, ports, spellings, and ids that are taken."""

from node import listings
from tests.hostile.rows import Rows
from tests.hostile.siege import LEFT_OUT, MEMORY, TAKEN, Siege
from tests.stories.market import offer

rows = Rows()


@rows.attack("IDN-21")
async def a_user_in_the_address(siege: Siege) -> None:
    victim = siege.farm.peer.authority
    for uri in (f"http://{victim}@{siege.eve.peer.authority}/x", f"http://a:b@{victim}/x"):
        await siege.refused(siege.signed(siege.activity(id=uri)), "bad-iri")
        await siege.refused(siege.signed(siege.activity(actor=uri)), "bad-iri")
        await siege.refused(siege.signed(siege.activity(obj=siege.listing(id=uri))), "bad-iri")


@rows.attack("IDN-22")
async def a_letter_of_another_script(siege: Siege) -> None:
    cyrillic = "http://f\u0430rm.localhost/a/1"
    await siege.refused(siege.signed(siege.activity(id=cyrillic)), "id-origin-mismatch", 403)
    for dot in ("\u3002", "\uff0e", "\uff61"):
        await siege.refused(
            siege.signed(siege.activity(id=f"http://farm{dot}localhost/a/1")), "bad-host"
        )


@rows.attack("IDN-22", "other spellings of one name")
async def other_spellings_of_one_name(siege: Siege) -> None:
    """In capitals it is the same origin; an A-label is another one, and the rest are no hosts."""
    port = siege.farm.peer.port
    await siege.taken(
        siege.signed(siege.activity(id=f"http://FARM.localhost:{port}/a/{siege.number()}"))
    )
    for host in (
        "ｆarm.localhost",
        "xn--.localhost",
        "xn--a.localhost",
        "farm.localhost.",
        "farm..localhost",
        "fa\u00adrm.localhost",
        "farm\u200b.localhost",
        "-farm.localhost",
        "f_arm.localhost",
    ):
        said = siege.activity(id=f"http://{host}:{port}/a/1")
        await siege.refused(siege.signed(said), "bad-host", 400)
    said = siege.activity(id=f"http://xn--frm-7ka.localhost:{port}/a/1")
    await siege.refused(siege.signed(said), "id-origin-mismatch", 403)


@rows.attack("IDN-24")
async def another_scheme(siege: Siege) -> None:
    for uri in (
        "ap://farm.localhost/a/1",
        "did:ap:key:z6Mk/a/1",
        "data:text/plain,x",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ):
        await siege.refused(siege.signed(siege.activity(id=uri)), "bad-iri")


@rows.attack("IDN-24", "of the object and of the actor")
async def another_scheme_elsewhere(siege: Siege) -> None:
    for uri in ("ftp://farm.localhost/a", "urn:uuid:0", "HTTPS:/farm", "//farm.localhost/a", ""):
        for said in (
            siege.activity(obj=siege.listing(id=uri)),
            siege.activity(actor=uri),
            siege.activity("Delete", uri),
        ):
            async with siege.nothing_happens():
                answer = await siege.send(siege.signed(said))
            assert answer.status in (400, 401), (uri, answer.body)


@rows.attack("IDN-24", "the same host by https")
async def the_other_scheme_of_one_host(siege: Siege) -> None:
    said = siege.activity(id=f"https://{siege.farm.peer.authority}/a/1")
    await siege.refused(siege.signed(said), "id-origin-mismatch", 403)


@rows.attack("IDN-26")
async def signs_that_no_address_has(siege: Siege) -> None:
    farm, eve = siege.farm.peer.authority, siege.eve.peer.authority
    for uri in (
        f"http://{farm}\\@{eve}/a",
        "http://farm\t.localhost/a",
        "http://farm.localhost%00.evil.example/a",
        f"http://{farm}/a b",
        f"http://{farm}/a\u202e",
        f"http://{farm}/%zz",
        f" http://{farm}/a",
        f"http://{farm}/a\n",
        f"http://{farm}:/a",
        f"http:///{farm}/a",
        f"http://{farm}/a{chr(92)}..",
    ):
        await siege.refused(siege.signed(siege.activity(id=uri)), "bad-iri")


@rows.attack("IDN-26", "in all that a listing names")
async def addresses_that_a_listing_names(siege: Siege) -> None:
    """Refused, or passed over: its page, and that of whatever stands beside it, is shown."""
    odd = (
        "https://[x",
        "http://a\\@b/",
        "https://",
        "https:// /x",
        "https://x.example:0/",
        "acct:x",
    )
    for address in odd:
        picture = {"type": "Image", "url": address, "mediaType": "image/png", "name": "x"}
        for changed in (
            {"freeTimes": address},
            {"url": address},
            {"attachment": picture},
            {"searchableBy": address},
            {"publishes": {"type": "Intent", "resourceClassifiedAs": address}},
            {"context": address},
        ):
            listing = siege.listing(**changed)
            async with siege.watched():
                answer = await siege.send(siege.signed(siege.activity(obj=listing)))
                await siege.coop.node.federation.settle()
            assert answer.status in (202, 400, 422), (changed, answer.body)
            kept = await siege.coop.read(listings.mirror, listing["id"])
            if kept is not None:
                async with siege.watched():
                    page = await siege.rosa.get(f"/mirrors/{kept.id}")
                assert page.status == 200, (changed, page.text[:300])


@rows.attack("IDN-27")
async def longer_names(siege: Siege) -> None:
    for host in ("evil-farm.localhost", "farm.localhost.evil.example", "sub.farm.localhost"):
        uri = f"http://{host}:{siege.farm.peer.port}/a/1"
        await siege.refused(siege.signed(siege.activity(id=uri)), "id-origin-mismatch")


@rows.attack("IDN-27", "another port")
async def another_port(siege: Siege) -> None:
    """On one machine every port is another coop."""
    for port in ("", ":80", ":1", f":{siege.eve.peer.port}"):
        uri = f"http://farm.localhost{port}/a/1"
        await siege.refused(siege.signed(siege.activity(id=uri)), "id-origin-mismatch")


@rows.attack("IDN-27", "of the object")
async def longer_names_of_the_object(siege: Siege) -> None:
    """A listing on a host like the farm's, told by the farm, is not kept as the farm's."""
    for host in ("evil-farm.localhost", "sub.farm.localhost"):
        uri = f"http://{host}:{siege.farm.peer.port}/goods/1"
        for verb in ("Update", "Delete"):
            said = siege.activity(verb, siege.listing(id=uri) if verb == "Update" else uri)
            await siege.refused(siege.signed(said), "not-owner")


@rows.attack("IDN-28")
async def an_object_of_ours(siege: Siege) -> None:
    ours = await offer(siege.coop, "Ours")
    uri = f"{siege.coop.address}/listings/{ours.id}"
    for verb in ("Create", "Update"):
        said = siege.activity(verb, siege.listing(id=uri))
        await siege.refused(siege.signed(said), "our-id")


@rows.attack("IDN-28", "our address spelt otherwise")
async def an_object_of_ours_spelt_otherwise(siege: Siege) -> None:
    for base in (
        siege.coop.address.replace("lanehead", "LANEHEAD"),
        siege.coop.address.replace("http:", "HTTP:"),
    ):
        said = siege.activity(obj=siege.listing(id=f"{base}/listings/1"))
        await siege.refused(siege.signed(said), "our-id")
    inner = siege.listing(attributedTo=siege.coop.uri)
    await siege.refused(siege.signed(siege.activity(obj=inner)), "not-owner")


@rows.attack("IDN-28", "our actor")
async def our_own_actor_from_outside(siege: Siege) -> None:
    for verb in ("Create", "Update", "Delete"):
        ourselves = siege.farm.peer.actor() | {"id": siege.coop.uri}
        await siege.refused(siege.signed(siege.activity(verb, ourselves)), "our-id")


@rows.attack("IDN-30")
async def an_activity_id_of_another(siege: Siege) -> None:
    uri = f"{siege.farm.base}/a/{siege.number()}"
    said = siege.activity(by=siege.eve.signer, id=uri)
    await siege.refused(siege.signed(said, siege.eve.signer), "id-origin-mismatch")
    await siege.taken(siege.signed(siege.activity(id=uri)))


@rows.attack("IDN-30", "an activity id of ours")
async def an_activity_id_of_ours(siege: Siege) -> None:
    for path in ("/activities/1", "", "/coop", "/coop#1"):
        said = siege.activity(id=f"{siege.coop.address}{path}")
        await siege.refused(siege.signed(said), "our-id")


@rows.attack("IDN-30", "a neighbour's")
async def an_activity_id_of_a_neighbour(siege: Siege) -> None:
    """Mallory uses an id before the farm does: the farm's own message still counts."""
    uri = f"{siege.farm.base}/a/{siege.number()}"
    note = {"id": f"{siege.farm.base}/m/{siege.number()}", "type": "Note"}
    said = siege.activity("Create", note, siege.mallory, id=uri)
    await siege.coop.node.federation.actors.actor(siege.mallory.actor)
    async with siege.nothing_happens(but=MEMORY):
        assert (await siege.send(siege.signed(said, siege.mallory))).status < 500
    await siege.taken(siege.signed(siege.activity(id=uri)))


@rows.attack("IDN-30", "the same id as its object")
async def an_activity_with_the_id_of_its_object(siege: Siege) -> None:
    listed = siege.listing()
    said = siege.activity(obj=listed, id=listed["id"])
    async with siege.nothing_happens(but=TAKEN):
        assert (await siege.send(siege.signed(said))).status in (202, 400, 403)
    own = siege.activity(obj=listed, id=siege.farm.coop)
    async with siege.nothing_happens(but=TAKEN):
        assert (await siege.send(siege.signed(own))).status in (202, 400, 403)


@rows.attack("IDN-32")
async def two_stories_under_one_id(siege: Siege) -> None:
    said = siege.activity()
    await siege.taken(siege.signed(said))
    other = said | {"object": said["object"] | {"name": "Cake"}}
    async with siege.nothing_happens(but={"inbox_entry", "notice"}):
        answer = await siege.send(siege.signed(other))
    siege.answered(answer, "id-reused")
    assert "sent two different messages under one id" in (await siege.femi.get("/notices")).text
    assert "two messages under one id" in (await siege.femi.get("/peers")).text
    async with siege.nothing_happens():
        again = await siege.send(siege.signed(other | {"summary": "And another"}))
    assert (again.status, again.code) == (409, "id-reused")


@rows.attack("IDN-32", "a deletion under the id of a creation")
async def another_act_under_one_id(siege: Siege) -> None:
    said = siege.activity()
    await siege.taken(siege.signed(said))
    other = siege.activity("Delete", said["object"]["id"], id=said["id"])
    async with siege.nothing_happens(but={"inbox_entry", "notice"}):
        answer = await siege.send(siege.signed(other))
    siege.answered(answer, "id-reused")


@rows.attack("IDN-32", "without an id")
async def without_an_id(siege: Siege) -> None:
    for value in (LEFT_OUT, None, "", 5, [], {}):
        said = siege.activity(id=value)
        async with siege.nothing_happens():
            answer = await siege.send(siege.signed(said))
        assert answer.status == 400, answer.body
