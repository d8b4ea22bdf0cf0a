"""One form, one version of each document, and a text of it for every language of the coop."""

import msgspec
import pytest

from node import joining, limits
from node.errors import Conflict, InvalidInput
from node.joining import ConsentWords, Eligibility, FormWords
from node.members import MembershipClass
from tests.node.joining.test_joining import ADA, FORM, Desk, desk  # noqa: F401 - a fixture
from tests.node.joining.test_joining import Form as JoiningForm

ARABIC = FormWords(
    "نُنظّف معًا.", ("ماذا تُجيد؟", ""), (ConsentWords("نظامنا الأساسي", "لكل عضو صوت واحد."),)
)


async def say(desk: Desk, language: str = "ar", words: FormWords = ARABIC) -> JoiningForm:  # noqa: F811
    version, _form = await desk.read(joining.current_form)
    await desk.write(joining.say_form_in, language, words, version=version, by="femi")
    return (await desk.read(joining.current_form))[1]


async def test_each_piece_is_read_in_the_readers_language_else_as_it_was_written(desk):  # noqa: F811
    form = await say(desk)
    seen = joining.told(form, "ar-EG")
    assert (seen.intro, seen.language) == (ARABIC.intro, "ar")
    assert [(one.text, one.language) for one in seen.questions] == [
        ("ماذا تُجيد؟", "ar"),
        ("How did you hear of us?", "en"),
    ]
    [statutes] = seen.consents
    assert (statutes.title, statutes.version, statutes.language) == (
        "نظامنا الأساسي",
        "2027-03",
        "ar",
    )
    assert joining.told(form, "fr").consents[0].title == "Our statutes"
    assert joining.languages(form) == ["en", "ar"]
    assert (joining.missing(form, "ar"), joining.missing(form, "fr")) == (1, 4)


async def test_it_is_noted_in_which_language_somebody_agreed(desk):  # noqa: F811
    await say(desk)
    for language, noted in (("ar", "ar"), ("fr", "en"), (None, "en")):
        applied = await desk.apply(language=language)
        [agreed] = (await desk.whole(applied.id)).consents
        assert (agreed.title, agreed.version, agreed.language) == ("Our statutes", "2027-03", noted)
    applied = await desk.apply(ADA, language="fr", read_in="ar")
    assert (await desk.whole(applied.id)).consents[0].language == "ar"


async def test_what_is_worded_anew_is_said_in_no_other_language_until_somebody_says_it(desk):  # noqa: F811
    await say(desk)
    stricter = joining.ConsentText("Our statutes", "One member, one vote.\r\n", "2027-09")
    anew = JoiningForm(
        True, "We clean together.\r\n", FORM.classes, FORM.questions[::-1], (stricter,)
    )
    await desk.write(joining.set_form, anew)
    form = joining.told((await desk.read(joining.current_form))[1], "ar")
    assert form.intro == ARABIC.intro
    assert [one.language for one in form.questions] == ["en", "ar"]
    assert (form.consents[0].title, form.consents[0].language) == ("Our statutes", "en")


async def test_a_document_has_name_and_text_in_a_language_or_neither(desk):  # noqa: F811
    half = FormWords("", ("", ""), (ConsentWords("نظامنا", ""),))
    with pytest.raises(InvalidInput) as refused:
        await say(desk, words=half)
    assert set(refused.value.fields) == {"consent-0-text"}
    with pytest.raises(InvalidInput) as refused:
        await say(desk, "en")
    assert set(refused.value.fields) == {"language"}
    with pytest.raises(Conflict, match="changed meanwhile"):
        await desk.write(joining.say_form_in, "ar", ARABIC, version=0, by="femi")


WHO = {
    MembershipClass.WORKER: Eligibility(" Who cleans with us. "),
    MembershipClass.INVESTOR: Eligibility("Who lends us money."),
    MembershipClass.SUPPORTER: Eligibility("  "),
}


async def test_who_may_join_is_read_in_the_readers_language_and_stays_while_it_is_worded_so(desk):  # noqa: F811
    with_who = msgspec.structs.replace(FORM, eligibility=WHO)
    await desk.write(joining.set_form, with_who)
    said = {MembershipClass.WORKER: "من ينظّف معنا."}
    form = await say(desk, words=msgspec.structs.replace(ARABIC, eligibility=said))
    worker, investor = joining.told(form, "ar").eligibility.values()
    assert (worker.text, worker.language) == ("من ينظّف معنا.", "ar")
    assert (investor.text, investor.language) == ("Who lends us money.", "en")
    assert (
        joining.told(form, "fr").eligibility[MembershipClass.WORKER].text == "Who cleans with us."
    )
    assert joining.missing(form, "ar") == 2

    reworded = WHO | {MembershipClass.WORKER: Eligibility("Who is 18 and cleans with us.")}
    for eligibility, language in ((WHO, "ar"), (reworded, "en")):
        await desk.write(
            joining.set_form, msgspec.structs.replace(with_who, eligibility=eligibility)
        )
        form = joining.told((await desk.read(joining.current_form))[1], "ar")
        assert form.eligibility[MembershipClass.WORKER].language == language


async def test_who_may_join_is_said_in_few_words(desk):  # noqa: F811
    long = "x" * (limits.ELIGIBILITY_LONGEST + 1)
    who = {MembershipClass.WORKER: Eligibility(long)}
    with pytest.raises(InvalidInput, match="at most 500 characters") as own:
        await desk.write(joining.set_form, msgspec.structs.replace(FORM, eligibility=who))
    assert set(own.value.fields) == {"class-worker"}
    await desk.write(joining.set_form, msgspec.structs.replace(FORM, eligibility=WHO))
    words = msgspec.structs.replace(ARABIC, eligibility={MembershipClass.WORKER: long})
    with pytest.raises(InvalidInput) as refused:
        await say(desk, words=words)
    assert set(refused.value.fields) == {"class-worker"}
