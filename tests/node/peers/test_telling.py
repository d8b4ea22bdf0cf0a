"""What a coop tells of itself: the same here and at a neighbour's, and harmless."""

import msgspec
import pytest

from federation.ourselves import CoopProfile
from federation.remote.kept import kept
from node import limits
from node.peers import Figure, Governance, Logo, Opening, Telling, Words, checking, telling, theirs
from protocol.jsonld import normalise
from protocol.vocabulary.actors import parse_actor
from protocol.vocabulary.images import MediaOnWire
from protocol.vocabulary.portraits import Particular, Portrait, portrait_in
from tests.protocol.samples import COOP, coop

BASE = "https://loaf.example"
TELLS = Telling(
    story="We *bake*.",
    legal_form="Society",
    founded_on="1844-12-21",
    sectors=("baking", "cafés"),
    principles=("One member, one vote", "Bread <first>"),
    contact=("0161 555 0100",),
    opening=Opening.WAITING,
    figures=(Figure.MEMBERS, Figure.AGREEMENTS),
    logo=Logo("5e" * 32, 600, 200),
)
COUNTED = {"members": 34, "listings": 5, "agreements": 0}


def read(**said: object) -> telling.Told:
    return theirs.theirs(Portrait(**said), COOP, "loaf.example")


def test_a_neighbour_reads_what_our_own_page_shows() -> None:
    ours = telling.as_shown(TELLS, COUNTED, takes_applications=True)
    wire = telling.on_wire(TELLS, COUNTED, base=BASE, name="Loaf", takes_applications=True)
    document = coop(portrait=wire)
    read_there = theirs.theirs(portrait_in(normalise(document)), COOP, "loaf.example")
    assert read_there.story_html == ours.story_html == "<p>We <em>bake</em>.</p>\n"
    assert read_there.facts == ours.facts
    assert [fact.lines for fact in read_there.facts] == [
        ("Society",),
        ("1844-12-21",),
        ("baking", "cafés"),
        ("One member, one vote", "Bread <first>"),
        ("0161 555 0100",),
    ]
    assert (read_there.opening, read_there.join) == (Opening.WAITING, f"{BASE}{ours.join}")
    assert read_there.figures == ours.figures == ((Figure.MEMBERS, 34), (Figure.AGREEMENTS, 0))
    assert read_there.logo is not None
    assert (read_there.logo.width, read_there.logo.height) == (600, 200)
    assert read_there.logo.path.startswith("/media/coops/loaf.example/")
    assert document["icon"]["url"] == f"{BASE}/media/coop/{'5e' * 32}-1600.webp"


@pytest.mark.parametrize("known_context", [True, False])
def test_each_reader_reads_their_language_here_and_there(known_context: bool) -> None:
    words = Words(
        "خبز", "نخبز.", "نحن *نخبز*.", ("عضو واحد، صوت واحد",), (), "جمعية", "الوادي", ("مخبز",)
    )
    others = {"ar": words, "pt": Words(name="Pão")}
    tells = msgspec.structs.replace(TELLS, area="The valley", others=others)
    wire = telling.on_wire(tells, COUNTED, base=BASE, name="Loaf")
    document = coop(portrait=wire, names={"en": "Loaf", "ar": "خبز"}, summaries={"ar": "نخبز."})
    if not known_context:
        document["@context"] = [*document["@context"], {"x": "https://elsewhere.example/x"}]
    document = kept(normalise(document))
    for language, story in (("ar", "نحن"), ("ar-EG", "نحن"), ("pt", "We"), ("", "We")):
        ours = telling.as_shown(tells, COUNTED, language=language)
        read_there = theirs.theirs(portrait_in(document), COOP, "loaf.example", language)
        assert story in read_there.story_html
        assert (read_there.story_html, read_there.facts) == (ours.story_html, ours.facts)
        assert read_there.tongue == ours.tongue == ("ar" if story != "We" else "")
        form, founded, sectors, area, principles, contact = ours.facts
        assert {one.tongue for one in (form, sectors, area, principles)} == {ours.tongue}
        assert {founded.tongue, contact.tongue} == {""}
        assert ours.among("legal-form", "founded-on", "sectors") == (form, founded, sectors)
        assert (form.lines, area.lines) == (
            (("جمعية",), ("الوادي",)) if ours.tongue else (("Society",), ("The valley",))
        )
    actor = parse_actor(document)
    assert (actor.names["ar"], actor.summaries) == ("خبز", {"ar": "نخبز."})


def test_all_languages_together_have_room_at_other_coops() -> None:
    story = "語" * limits.COOP_STORY_LONGEST
    one = msgspec.structs.replace(TELLS, story=story)
    assert not checking.faults(one)
    more = msgspec.structs.replace(one, others={"ja": Words(story=story)})
    assert list(checking.faults(more)) == ["story"]
    assert list(checking.faults(Telling(others={"xx-": Words("Loaf")}))) == ["others"]
    long = Words("n" * 300, "s" * 501, "s" * 5_001, ("l" * 201,), (), "f" * 201, "a" * 201)
    assert set(checking.faults(Telling(others={"ja": long}))) == {
        f"{name}-ja" for name in ("name", "summary", "story", "principles", "legal_form", "area")
    }


def test_vouching_for_as_many_as_may_be_takes_no_room_from_what_a_coop_tells() -> None:
    many = tuple(f"https://{n:02}.{'long-name.' * 10}example/coop" for n in range(50))
    free = limits.COOP_TELLING_BYTES - len(msgspec.json.encode(Telling(others={"ja": Words()})))
    words = Words(story="語" * 4_000, summary="語" * 400)
    full = Telling(story="語" * (free // 3 - 4_500), others={"ja": words})
    vouches = msgspec.structs.replace(full, vouches_for=many, currency="GBP")
    assert not checking.faults(vouches)
    assert len(msgspec.json.encode(vouches)) > limits.COOP_TELLING_BYTES
    wire = telling.on_wire(vouches, {}, base=BASE, name="Loaf", takes_applications=True)
    there = portrait_in(kept(normalise(coop(portrait=wire))))
    assert there.vouches_for == many
    assert there.stories["ja"] == wire.stories["ja"]
    hostile = coop(portrait=wire) | {"vouchesFor": [f"https://x.example/{n}" for n in range(9_999)]}
    assert len(msgspec.json.encode(kept(normalise(hostile))["vouchesFor"])) < 9_000


def test_how_a_coop_is_made_by_law_reaches_people_and_programs_there() -> None:
    tells = checking.tidied(
        Telling(
            jurisdiction="Scotland, Royaume-Uni",
            register_page="https://mutuals.example/1234R",
            associations=("Coops Scotland", "https://apex.example/members/7"),
            fiscal_year="04-06",
            governance=Governance.WORKER,
            asset_lock=True,
            dissolution="Another coop",
            currency="GBP",
            others={"fr": Words(dissolution="Une autre coopérative")},
        )
    )
    assert checking.faults(tells) == {}
    document = kept(normalise(coop(portrait=telling.on_wire(tells, {}, base=BASE, name="Loaf"))))
    assert (document["governance"], document["assetLock"]) == ("worker", True)
    there = theirs.theirs(portrait_in(document), COOP, "loaf.example", "fr", ("en", "../x"))
    ours = telling.as_shown(tells, {}, language="fr", languages=("en",))
    assert there == ours
    assert there.line("jurisdiction") == "Scotland, GB"
    assert there.line("dissolution") == "Une autre coopérative"
    assert [key for key, _label, _words in there.chosen] == ["governance", "asset-lock"]
    old = portrait_in({**document, "governance": ["odd"], "assetLock": "yes"})
    assert theirs.theirs(old, COOP, "loaf.example").chosen == ()


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("jurisdiction", ("GB", "uk", "Italia", "Bayern, DE"), ("Atlantis", "GB, Scotland, XX")),
        ("fiscal_year", ("01-01", "04-06"), ("02-29", "4-6", "13-01", "٠٤-٠٦", "04-06-2027")),
        (
            "register_page",
            ("https://r.example/1", "http://r.example"),
            (
                *("r.example", "javascript:alert(1)", "https://", "https://[x"),
                *("https://me@r.example/", "https://r_.example:x/", "https://r.example/a b"),
            ),
        ),
    ],
)
def test_what_programs_read_has_one_form(
    field: str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    for said in right:
        assert field not in checking.faults(checking.tidied(Telling(**{field: said}))), said
    for said in wrong:
        assert field in checking.faults(checking.tidied(Telling(**{field: said}))), said
        id_ = field.replace("_", "-")
        assert read(particulars=(Particular("Said", said, id_),)).facts == (), said


def test_only_money_that_there_is_is_shown_as_the_currency_of_another() -> None:
    for said, is_shown in [("GBP", True), ("HOUR", True), ("SCAMCOOP", False), ("gbp", False)]:
        shown = read(particulars=(Particular("Currency", said, "currency"),)).facts
        assert bool(shown) is is_shown, said


def test_what_is_not_told_stands_nowhere() -> None:
    assert telling.as_shown(Telling(), COUNTED) == telling.Told()
    assert telling.on_wire(Telling(), COUNTED, base=BASE, name="Loaf") == Portrait()
    assert CoopProfile("Loaf").portrait == Portrait()
    assert telling.as_shown(TELLS, COUNTED).join is None


def test_what_others_write_is_made_harmless() -> None:
    told = read(
        story_html='<p>Hi<script>alert(1)</script><img src="https://spy.example/1"></p>',
        particulars=(
            Particular("Whatever", "<b>Society</b>" + "x" * 5_000, "legal-form"),
            Particular("Web", '<a href="https://w.example">w.example</a>'),
            Particular("Join", '<a href="https://evil.example/join">in</a>', "join"),
            Particular("Members", "about 12", "figure-members"),
            Particular("Members", "9" * 40, "figure-listings"),
            Particular("Lines", "<br>".join("abcdefghijklmno"), "principles"),
        ),
    )
    assert told.story_html == "<p>Hi</p>"
    assert told.join is None
    assert told.figures == ()
    form, principles, web = told.facts
    assert len(form.lines[0]) == limits.COOP_LINE_LONGEST
    assert len(principles.lines) == limits.COOP_LINES_MOST
    assert (web.label, web.lines) == ("Web", ("w.example",))


@pytest.mark.parametrize(
    ("url", "kind"), [("javascript:alert(1)", None), ("https://x.example/l.svg", "text/html")]
)
def test_no_logo_is_taken_that_is_no_picture_on_the_web(url: str, kind: str | None) -> None:
    assert read(icon=MediaOnWire(url, kind)).logo is None


@pytest.mark.parametrize(
    ("size", "room"), [((600, 200), (220, 73)), ((10, 900), (1, 88)), ((30, 20), (30, 20))]
)
def test_a_logo_has_so_much_room_and_no_more(size: tuple[int, int], room: tuple[int, int]) -> None:
    assert telling.LogoShown("/x", *size).room == room
    assert telling.LogoShown("/x").room == (220, 88)


def test_an_opening_that_nobody_knows_is_not_said() -> None:
    assert read(opening="ajar").opening is None


def test_what_is_too_much_is_told_at_its_field() -> None:
    lines = tuple(map(str, range(limits.COOP_LINES_MOST + 1)))
    too_much = checking.tidied(
        Telling(story="x" * 9_999, area="y" * 999, principles=lines, contact=(" ", "here "))
    )
    assert set(checking.faults(too_much)) == {"story", "area", "principles"}
    assert too_much.contact == ("here",)
    assert checking.faults(checking.tidied(TELLS)) == {}


@pytest.mark.parametrize(
    ("said", "is_taken"),
    [("1844", True), ("1844-12-21", True), ("", True)]
    + [(one, False) for one in ("1844-13-01", "0000", "44", "12/1844", "18441221", "١٨٤٤", "x")],
)
def test_a_coop_was_founded_in_a_year_or_on_a_day(said: str, is_taken: bool) -> None:
    assert ("founded_on" not in checking.faults(Telling(founded_on=said))) is is_taken
    there = read(particulars=(Particular("Founded", said, "founded-on"),))
    assert bool(there.line("founded-on")) is (is_taken and said != "")


def test_a_coop_names_a_few_sectors_in_a_few_words() -> None:
    words = tuple(f"{nr}{'x' * limits.COOP_SECTOR_LONGEST}" for nr in range(9))
    assert set(checking.faults(Telling(sectors=words))) == {"sectors"}
    assert set(checking.faults(Telling(sectors=words[:1]))) == {"sectors"}
    assert checking.faults(Telling(sectors=("care",) * limits.COOP_SECTORS_MOST)) == {}
    there = read(particulars=(Particular("Sectors", "<br>".join(words), "sectors"),))
    assert there.sectors is not None
    assert len(there.sectors.lines) == limits.COOP_SECTORS_MOST
    assert max(map(len, there.sectors.lines)) == limits.COOP_SECTOR_LONGEST


@pytest.mark.parametrize("said", [5, True, [5], {"id": 5}, [["https://a.example/coop"]]])
def test_whom_somebody_vouches_for_in_no_way_that_is_read_is_nobody(said: object) -> None:
    assert portrait_in({"type": "Organization", "vouchesFor": said}).vouches_for == ()
