"""What an agreement is called in the languages of its listing, as notices keep it."""

from node.agreements import tongues
from node.listings import Translation

SPANISH = (Translation("es", "Limpieza"),)


async def test_what_another_coop_offers_is_called_in_each_language(coop, monkeypatch):
    listing = await coop.offer(language="en", translations=SPANISH)
    asked = await coop.ask(listing)

    async def at_addresses(_reader, _uris):
        return [listing]

    monkeypatch.setattr(tongues, "at_addresses", at_addresses)
    both = {"en": "Home clean", "es": "Limpieza"}
    assert await coop.read(tongues.titles, asked) == both


async def test_it_is_looked_up_once_for_all_who_are_told(coop, monkeypatch):
    made = await coop.do(await coop.ask(await coop.offer()), "accept", coop.rosa)
    looked_up = []

    async def titles(_reader, view):
        looked_up.append(view.id)
        return {}

    monkeypatch.setattr("node.agreements.following.titles", titles)
    await coop.wait(made.start_at - coop.clock.now())
    assert looked_up == [made.id]
