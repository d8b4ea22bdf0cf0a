"""Who may take which contacts along, from pages and by API."""

import re

from node import audit, members
from node.members import Event
from tests.support.town import Town
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import signed_in, stranger


async def test_contacts_go_to_whom_they_are_open_and_to_nobody_else(two: Town) -> None:
    coop, portici = two.coops
    named = {"name": "Rosa Whitworth", "email": "rosa@example.org", "membership_class": "worker"}
    await coop.write(members.add_member, **named, admit=Event.ADMIT)
    await coop.write(members.add_member, name="Asks Only", membership_class="user")
    register, coops = "/members/contacts", "/coops/contacts"
    async with (
        signed_in(coop, "femi", "admin") as femi,
        signed_in(coop, "maya") as maya,
        stranger(coop) as passer,
    ):
        card = await femi.get(f"{register}.vcf")
        assert card.headers["Content-Type"] == "text/vcard; charset=utf-8"
        assert "members.vcf" in card.headers["Content-Disposition"]
        assert card.headers["Cache-Control"] == "no-store"
        assert "EMAIL:rosa@example.org" in card.text
        assert "Asks Only" not in card.text
        members_page = (await femi.get("/members")).text
        [line] = re.findall(r"<p[^>]*>Take this list along:.*?</p>", members_page)
        files = ["/members.csv", "/members.json", f"{register}.vcf"]
        assert re.findall(r'href="([^"]+)"', line) == files
        assert (await maya.get(f"{register}.vcf")).status == 403
        assert f"UID:{portici.uri}" in (await maya.get(f"{coops}.vcf")).text
        assert portici.uri in (await maya.get("/coops.csv")).text
        coops_page = (await maya.get("/coops")).text
        [line] = re.findall(r"<p[^>]*>Take this list along:.*?</p>", coops_page)
        assert re.findall(r'href="([^"]+)"', line) == ["/coops.csv", "/coops.json", f"{coops}.vcf"]
        assert coops_page.count("spreadsheet") == 1
        assert (await passer.get(f"{coops}.vcf")).status == 303
        assert coops not in (await passer.get("/coops")).text

        member = Program(passer, await token_for(coop, "member"))
        keeper = Program(passer, await token_for(coop, "admin", "members:read"))
        headers = {"Authorization": f"Bearer {keeper.token}"}
        taken = await passer.ask("GET", f"{API}/members/contacts?format=csv", headers=headers)
        assert "Rosa Whitworth" in taken.text
        assert (await member.call("GET", f"{API}/members/contacts")).status == 403
        headers = {"Authorization": f"Bearer {member.token}"}
        taken = await passer.ask("GET", f"{API}/peers/contacts", headers=headers)
        assert f"UID:{portici.uri}" in taken.text
    noted = [line for line in await coop.read(audit.entries) if line.what == "members.export"]
    assert [line.detail for line in noted] == [{"members": 1}] * 2
