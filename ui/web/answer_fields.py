"""A field for each question of a listing, for whoever asks for it.

A field is named after the words of its question, so that no answer stands below another one when
the questions have changed meanwhile.
"""

from hashlib import sha256

from markupsafe import Markup
from wtforms import Field, Form, TextAreaField, validators

from node import agreements, content, limits
from node.agreements import Answer
from node.i18n import _
from node.listings import ListingView, MirrorView

_THEIRS = Markup('<bdi lang="{}">{}</bdi>')


def made(listing: ListingView | MirrorView, language: str) -> dict[str, TextAreaField]:
    """The fields by name, labelled as the listing asks who reads a language."""
    return {
        _name(question): TextAreaField(
            _THEIRS.format(told_in, words),
            [_short],
            render_kw={"rows": 2, "maxlength": limits.ANSWER_LONGEST, "dir": "auto"},
        )
        for question, (words, told_in) in agreements.asked_of(listing, language).items()
    }


def read(form: Form, listing: ListingView | MirrorView) -> tuple[Answer, ...]:
    """What was answered."""
    said = ((one, form[_name(one)].data) for one in _asked(listing) if _name(one) in form)
    return tuple(Answer(question, answer) for question, answer in said if (answer or "").strip())


def names(form: Form, listing: ListingView | MirrorView) -> list[str]:
    """Those that stand in the form, in the order of the questions."""
    return [_name(one) for one in _asked(listing) if _name(one) in form]


def _short(_form: Form, entry: Field) -> None:
    longest = limits.ANSWER_LONGEST
    if len(content.paragraphs(entry.data or "", longest + 1)) > longest:
        complaint = _("This is too long: at most %(longest)s characters.", longest=longest)
        raise validators.ValidationError(str(complaint))


def _asked(listing: ListingView | MirrorView) -> list[str]:
    return list(dict.fromkeys(listing.details.get("questions", ())))


def _name(question: str) -> str:
    return f"answer-{sha256(question.encode()).hexdigest()[:12]}"
