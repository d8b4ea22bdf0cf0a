"""A listing in several languages: which one is read, what may be said, and that all are found."""

from dataclasses import replace

import pytest

from node.listings import ListingDraft, Translation, rules, translations, wire
from node.listings.rules import Terms
from protocol.jcs import canonical
from protocol.vocabulary.listings import TranslationOnWire, listing_document
from tests.node.listings.conftest import MEMBER, Coop
from tests.node.listings.test_inbox import FLOUR, hear, held, said

POLISH = Translation("pl", "Sprzątanie mieszkań", "We dwójkę", "Własne *środki*.")
PORTUGUESE = Translation("pt-BR", "Limpeza de casas")


@pytest.mark.parametrize(
    ("reader", "own", "shown"),
    [
        ("pl", "en", "pl"),
        ("pl-PL", "en", "pl"),
        ("pt", "en", "pt-BR"),
        ("pt-BR", "pt", "pt-BR"),
        ("pt-PT", "pt", None),
        ("en", "en", None),
        ("en-GB", "en", None),
        ("fr", "en", None),
        ("pl", "", None),
    ],
)
def test_whoever_reads_a_language_better_sees_it_so(
    reader: str, own: str, shown: str | None
) -> None:
    found = translations.best(reader, own, (POLISH, PORTUGUESE))
    assert (found and found.language) == shown


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("", (POLISH,)),
        ("pl", (POLISH,)),
        ("en", (POLISH, replace(POLISH, title="Inaczej", language="PL"))),
        ("en", (replace(POLISH, language="klingon"),)),
        ("en", (replace(POLISH, title=""),)),
        ("en", (replace(POLISH, body="x" * 20_001),)),
        ("en", tuple(replace(POLISH, language=tag, body="x" * 11_000) for tag in ("pl", "de"))),
    ],
)
def test_what_no_reader_could_use_is_refused(own: str, said: tuple[Translation, ...]) -> None:
    draft = ListingDraft("Home clean", language=own, translations=said)
    assert list(rules.check(draft, Terms())) == ["translations"]


async def test_every_language_is_found_and_each_reader_sees_theirs(coop: Coop) -> None:
    view = await coop.create(
        "Home clean", body="We come as two.", language="en", translations=(POLISH, PORTUGUESE)
    )
    for q in ("clean", "sprzatanie", "srodki", "limpeza"):
        [hit] = (await coop.search(q)).hits
        assert hit.telling("pl").title == POLISH.title
        assert (hit.telling("pl").of, hit.telling("en").of) == ("en", None)
    assert {one.value for one in (await coop.search(lang="pl")).facets["language"]} == {"en"}
    assert view.telling("pl").body_html == "<p>Własne <em>środki</em>.</p>\n"
    assert view.telling("fr").title == "Home clean"


@pytest.mark.parametrize("sign", ["ż", "&", "- *x*\n"])
async def test_no_listing_is_longer_on_its_way_for_what_was_typed(coop: Coop, sign: str) -> None:
    listing = await coop.create("Home clean", language="en", publish=False)

    def longest(own: int, other: int) -> tuple[int, bool]:
        said = replace(POLISH, body=sign * (other // len(sign)))
        view = replace(listing, body=sign * (own // len(sign)), translations=(said,))
        document = listing_document(wire.on_wire(view, "1", coop.database.identities))
        return len(canonical(document)), "contentMap" in document["source"]

    most, has_sources = longest(20_000, 20_000)
    assert not has_sources
    for own, other in ((20_000, 9_000), (9_000, 20_000)):
        size, has_sources = longest(own, other)
        assert has_sources
        assert size <= most


async def test_a_peers_translations_are_kept_harmless(followed: Coop) -> None:
    told = (
        TranslationOnWire("pl", "Mąka", "Z młyna", "<p onclick=x>Żytnia<script>x</script></p>"),
        TranslationOnWire("xx-nothing", "?"),
    )
    await hear(followed, said("Create", replace(FLOUR, language="en", translations=told)))
    kept = await held(followed)
    assert kept is not None
    assert kept.telling("pl") == translations.Telling(
        "pl", "Mąka", "Z młyna", "<p>Żytnia</p>", of="en"
    )
    assert await followed.titles("zytnia", viewer=MEMBER) == [FLOUR.title]
