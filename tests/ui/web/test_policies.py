"""The register of rules: on its pages, and by API."""

import html
from datetime import timedelta

from node import accounts, audit, policies
from node.policies import PassedPolicy
from tests.support.town import Coop
from tests.ui.web.test_api import API, Program, token_for
from tests.ui.web.visitor import signed_in, stranger

AGE = "/policies/listings.max_age_days"


async def passed(coop, federation="zToadLane", weight=10, title=""):
    now = coop.node.clock.now()
    policy = PassedPolicy(
        federation_digest=federation,
        certificate_digest=f"{federation}Certificate",
        id="fresh-listings",
        version="4",
        keys={"listings.max_age_days": 90, "ranking.text": weight},
        text="Listings are looked at every three months.",
        effective_from=now - timedelta(days=1),
        title=title,
    )
    await coop.write(policies.put_in_force, policy)


async def test_only_who_can_choose_between_two_federations_is_asked_to(coop: Coop):
    await passed(coop)
    await passed(coop, "zStationRoad", 30)
    yours, others = (
        ("Choose which holds here", "Until you choose"),
        "who looks after the coop chooses",
    )
    async with signed_in(coop, "mo", "moderator") as mo, signed_in(coop, "femi", "admin") as femi:
        for path in ("/policies", "/policies/ranking.text"):
            page = (await femi.get(path)).text
            assert any(words in page for words in yours)
            assert (others in page, "open: choose" in page) == (False, True)
            page = (await mo.get(path)).text
            assert not any(words in page for words in yours)
            assert (others in page, "open: choose" in page) == (True, False)


async def test_rules_are_read_by_all_and_chosen_by_admins_after_a_preview(coop: Coop):
    await passed(coop)
    async with stranger(coop) as passer:
        page = (await passer.get("/policies")).text
        assert "90 days" in page
        assert "fresh-listings" in page
        assert "three months" in page
        assert "Our own choice" not in (await passer.get(AGE)).text
    async with signed_in(coop, "rosa") as rosa:
        assert (await rosa.post(AGE, {"value": "30", "step": "choose"})).status == 403

    async with signed_in(coop, "femi", "admin") as femi:
        for name in policies.REGISTRY:
            rule = await femi.get(f"/policies/{name}")
            assert (rule.status, html.escape(name) in rule.text) == (200, True)
        looser = await femi.post(AGE, {"value": "120"})
        assert looser.status == 422
        assert "not looser" in looser.text
        assert 'value="120"' in looser.text
        nonsense = await femi.post(AGE, {"value": "soon"})
        assert (nonsense.status, "0 to 3650" in nonsense.text) == (422, True)

        preview = await femi.post(AGE, {"value": "30"})
        assert (preview.status, "30 days" in preview.text) == (200, True)
        assert "0 of 0 listings" in preview.text
        assert await coop.read(policies.value, policies.LISTINGS_MAX_AGE_DAYS) == 90
        done = await femi.post(AGE, {"value": "30", "step": "choose"})
        assert done.location == f"{AGE}?told=saved"
        assert "30 days" in (await femi.get(AGE)).text
        await femi.post(f"{AGE}/lapse")
        account = (await coop.read(accounts.by_handle, "femi")).id
        noted = await coop.read(audit.entries, subject="listings.max_age_days")
        assert sorted((one.what, one.actor) for one in noted) == [
            ("policies.adopt", account),
            ("policies.lapse", account),
        ]
        assert await coop.read(policies.value, policies.LISTINGS_MAX_AGE_DAYS) == 90

        ticked = [("value", "place"), ("value", "price"), ("step", "choose")]
        await femi.post("/policies/listings.required_fields", ticked)
        fields = await coop.read(policies.value, policies.LISTINGS_REQUIRED_FIELDS)
        assert fields == ("place", "price")
        assert (await femi.get("/policies/listings.nonsense")).status == 404


async def test_what_was_decided_together_is_called_by_its_title(coop: Coop):
    await passed(coop, title="Fresh listings")
    async with stranger(coop) as passer:
        for path in ("/policies", AGE):
            page = (await passer.get(path)).text
            assert ("Fresh listings" in page, "fresh-listings" in page) == (True, False), path


async def test_words_that_rules_compare_stand_as_written_with_what_they_mean(coop: Coop):
    async with stranger(coop) as passer:
        page = (await passer.get("/policies/referrals.care_categories")).text
        assert "care, housing-emergency" in page
        said = (await passer.get("/policies", **{"Accept-Language": "fr"})).text
        assert "care (soins), housing-emergency (urgence de logement)" in said


async def test_a_program_reads_chooses_and_tries_a_draft(coop: Coop):
    await passed(coop)
    async with stranger(coop) as visitor:
        program = Program(visitor)
        items = (await program.get("/policies")).body["items"]
        named = {item["name"]: item for item in items}
        age = named["listings.max_age_days"]
        assert (age["value"], age["default"], age["mode"]) == (90, 180, "ceiling")
        assert (age["origin"], age["policy"], age["version"]) == (
            "federation",
            "fresh-listings",
            "4",
        )
        [policy] = (await program.get("/policies/passed")).body["items"]
        assert policy["keys"] == ["listings.max_age_days", "ranking.text"]
        assert (await program.call("PUT", API + AGE, {"value": 30})).status == 401

        admin = program.with_token(await token_for(coop, "admin"))
        refused = await admin.call("PUT", API + AGE, {"value": 120})
        assert (refused.status, "not looser" in str(refused.body)) == (422, True)
        chosen = await admin.call("PUT", API + AGE, {"value": 30})
        assert (chosen.body["value"], chosen.body["origin"]) == (30, "ours")
        assert [one["value"] for one in chosen.body["history"]] == [30, 90]
        assert (await admin.call("DELETE", API + AGE)).status == 204
        assert (await program.get(AGE)).body["value"] == 90

        dry = f"{API}/policies/dry-run"
        counted = await admin.call("POST", dry, {"keys": {"listings.required_fields": ["price"]}})
        assert counted.body["items"] == [
            {"what": "listings", "affected": 0, "total": 0, "text": "0 of 0 listings"}
        ]
        wrong = await admin.call("POST", dry, {"keys": {"listings.required_fields": ["colour"]}})
        assert wrong.status == 422
