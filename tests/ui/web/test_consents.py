"""What members are asked beyond the membership, on their own page, with taking it back."""

import re

from node import accounts, consents, privacy
from tests.support.town import Coop
from tests.ui.web.visitor import signed_in

ASK = {"title": "Photographs", "text": "You may show <b>my</b> work."}


async def test_a_member_agrees_sees_which_words_and_takes_it_back(coop: Coop) -> None:
    async with signed_in(coop, "femi", "admin") as femi, signed_in(coop, "rosa") as rosa:
        assert (await femi.post("/settings/consents", {"title": "", "text": "x"})).status == 422
        assert (await femi.post("/settings/consents", ASK)).status == 303

        page = (await rosa.get("/account/data")).text
        assert "You may show &lt;b&gt;my&lt;/b&gt; work." in page
        [text_id] = re.findall(r'action="/account/consents/(\w+)"', page)
        give = await rosa.post(f"/account/consents/{text_id}", {"do": "give"})
        assert give.status == 303
        assert "</svg>you agreed" in (await rosa.get("/account/data")).text
        shown = (await femi.get("/settings/consents")).text
        assert "1 has agreed" in shown
        assert "<bdi>Rosa</bdi>" in shown

        matter = re.findall(r'name="matter" value="(\w+)"', shown)[0]
        again = ASK | {"matter": matter, "text": "In print too."}
        assert (await femi.post("/settings/consents", again)).status == 303
        lost = await femi.post("/settings/consents", again | {"matter": "0" * 26})
        assert (lost.status, "Members are not asked this." in lost.text) == (409, True)
        assert lost.text.count("In print too.") == 3  # as asked, as a form, and as it was sent
        assert "worded anew" in (await rosa.get("/account/data")).text
        stale = await rosa.post(f"/account/consents/{text_id}", {"do": "give"})
        assert stale.status == 409

        assert (await rosa.post(f"/account/consents/{matter}", {"do": "withdraw"})).status == 303
        page = (await rosa.get("/account/data")).text
        assert "taken back" in page
        assert "</svg>you agreed" not in page

        now = re.findall(r'action="/account/consents/(\w+)"', page)[0]
        await rosa.post(f"/account/consents/{now}", {"do": "give"})
        account = await coop.read(accounts.by_handle, "rosa")
        await coop.write(privacy.leave, account, keep_listings=False)
        assert await coop.read(consents.holders, now) == []
