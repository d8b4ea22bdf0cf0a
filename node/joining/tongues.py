"""The form in the languages of the coop. Pure.

Each piece has its own words, which count, and others beside them: one version of a document, with a
text for each language. What is worded anew is said in no other language until somebody says it.
"""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from node import limits
from node.errors import InvalidInput
from node.i18n import Text, _, is_language_tag, negotiate
from node.joining.rules import (
    ConsentText,
    ConsentWords,
    Eligibility,
    Form,
    Question,
    too_long,
)
from node.members import MembershipClass

T = TypeVar("T")
_replace = msgspec.structs.replace


class FormWords(msgspec.Struct, frozen=True):
    """All of a form in one language, each piece at its place; empty: not said."""

    intro: str
    questions: tuple[str, ...]
    consents: tuple[ConsentWords, ...]
    eligibility: Mapping[MembershipClass, str] = {}


def told(form: Form, tag: str) -> Form:
    """The form for who reads a language: each piece in that, else as it was written, and says in
    which language it stands (`language`)."""
    language = _spoken(form, form.others, tag)
    return _replace(
        form,
        intro=form.others.get(language, form.intro),
        language=language,
        questions=tuple(_question(form, one, tag) for one in form.questions),
        consents=tuple(_consent(form, one, tag) for one in form.consents),
        eligibility={one: _eligibility(form, it, tag) for one, it in form.eligibility.items()},
    )


def missing(form: Form, language: str) -> int:
    """How many pieces it does not say in a language."""
    return sum(language not in others for others in _pieces(form))


def languages(form: Form) -> list[str]:
    """Its own, and those that it says something in."""
    return [form.language, *sorted(set().union(*_pieces(form)) - {form.language})]


def carried(form: Form, before: Form) -> Form:
    """The form with what was said of the same words in other languages before. While words of then
    stand, it is in the language of then."""
    asked = {_same(one.text): one.others for one in before.questions}
    agreed = {_document(one): one.others for one in before.consents}
    is_kept = bool(form.intro.strip()) and _same(form.intro) == _same(before.intro)
    is_kept |= any(_same(one.text) in asked for one in form.questions)
    is_kept |= any(_document(one) in agreed for one in form.consents)
    may = {
        one: before.eligibility[one].others
        for one, said in form.eligibility.items()
        if one in before.eligibility and _same(said.text) == _same(before.eligibility[one].text)
    }
    is_kept |= bool(may)
    return _replace(
        form,
        language=(before.language if is_kept else "") or form.language,
        others=before.others if _same(form.intro) == _same(before.intro) else {},
        questions=tuple(
            _replace(one, others=asked.get(_same(one.text), {})) for one in form.questions
        ),
        consents=tuple(
            _replace(one, others=agreed.get(_document(one), {})) for one in form.consents
        ),
        eligibility={
            one: _replace(said, others=may.get(one, {})) for one, said in form.eligibility.items()
        },
    )


def with_words(form: Form, language: str, words: FormWords) -> Form:
    """The form with its words in one more language, in place of those that it had there.
    Raises InvalidInput by field; questions are `question-N`, consents `consent-N-text`,
    classes `class-NAME`."""
    intro = words.intro.strip()
    questions = [one.strip() for one in words.questions]
    consents = [ConsentWords(one.title.strip(), one.text.strip()) for one in words.consents]
    may = {one: words.eligibility.get(one, "").strip() for one in form.eligibility}
    faults = _faults(form, language, intro, questions, consents)
    faults |= {
        f"class-{one}": [too_long(limits.ELIGIBILITY_LONGEST)]
        for one, said in may.items()
        if len(said) > limits.ELIGIBILITY_LONGEST
    }
    if faults:
        raise InvalidInput(faults)
    return _replace(
        form,
        others=_put(form.others, language, intro),
        questions=tuple(
            _replace(one, others=_put(one.others, language, text))
            for one, text in zip(form.questions, questions, strict=True)
        ),
        consents=tuple(
            _replace(one, others=_put(one.others, language, said if said.title else None))
            for one, said in zip(form.consents, consents, strict=True)
        ),
        eligibility={
            one: _replace(said, others=_put(said.others, language, may[one]))
            for one, said in form.eligibility.items()
        },
    )


def _faults(
    form: Form, language: str, intro: str, questions: list[str], consents: list[ConsentWords]
) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    if not is_language_tag(language) or language == form.language:
        found["language"] = [_("Choose another language than the one that it is written in.")]
    longest = limits.APPLICATION_TEXT_LONGEST
    if len(intro) > longest:
        found["intro"] = [too_long()]
    found |= {
        f"question-{nr}": [too_long()] for nr, it in enumerate(questions) if len(it) > longest
    }
    for nr, (own, said) in enumerate(zip(form.consents, consents, strict=True)):
        if bool(said.title) != bool(said.text) and (own.text or not said.title):
            found[f"consent-{nr}-text"] = [_("Say both its name and its text, or neither.")]
        elif max(len(said.title), len(said.text)) > longest:
            found[f"consent-{nr}-text"] = [too_long()]
    return found


def _pieces(form: Form) -> list[Mapping[str, object]]:
    """What each piece says in other languages."""
    intro: list[Mapping[str, object]] = [form.others] if form.intro else []
    questions = [one.others for one in form.questions]
    classes = [one.others for one in form.eligibility.values()]
    return [*intro, *questions, *(one.others for one in form.consents), *classes]


def _put(others: Mapping[str, T], language: str, said: T | None) -> dict[str, T]:
    kept = {tag: each for tag, each in others.items() if tag != language}
    return kept | {language: said} if said else kept


def _question(form: Form, one: Question, tag: str) -> Question:
    language = _spoken(form, one.others, tag)
    return _replace(one, text=one.others.get(language, one.text), language=language)


def _eligibility(form: Form, one: Eligibility, tag: str) -> Eligibility:
    language = _spoken(form, one.others, tag)
    return _replace(one, text=one.others.get(language, one.text), language=language)


def _consent(form: Form, one: ConsentText, tag: str) -> ConsentText:
    language = _spoken(form, one.others, tag)
    said = one.others.get(language) or ConsentWords(one.title, one.text)
    return _replace(one, title=said.title, text=said.text, language=language)


def _spoken(form: Form, others: Mapping[str, object], tag: str) -> str:
    """The language of a piece for who reads `tag`."""
    return negotiate(tag, [*others, form.language]) or form.language


def _same(text: str) -> tuple[str, ...]:
    """Browsers end lines otherwise than programs."""
    return tuple(text.strip().splitlines())


def _document(one: ConsentText) -> tuple[object, ...]:
    return one.title.strip(), _same(one.text), one.version.strip()
