"""Two people changed one listing at the same time: what each wrote, side by side, nothing lost;
and what a change that is to be looked at says otherwise.

A form carries a short digest of every field as it stood when it was opened (`was`). What only the
others changed is taken over into it; what both changed is shown twice, and `keep-FIELD` says which
of the two is to stand.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import Any

from msgspec import Struct
from wtforms import Field, RadioField

from node.i18n import Text, _, language_name
from node.listings import ListingView, Picture, Translation
from ui.web import drafts
from ui.web.listing_form import ListingForm
from ui.web.reading import Form

PICTURES = "pictures"
_DIGEST_SIGNS = 8
_WORDS_AROUND = 4


class Meanwhile(Struct, frozen=True):
    """A field that others changed. mine: what stands in the form; None: it was taken over."""

    name: str
    label: Text
    now: str
    mine: str | None


def opened(listing: ListingView) -> str:
    """The digests of what a listing says, for the form that is opened on it."""
    return " ".join(f"{name}:{_digest(said)}" for name, said in _said(listing).items())


def compare(
    form: ListingForm, pictures: tuple[Picture, ...], now: ListingView, was: str
) -> tuple[list[Meanwhile], tuple[Picture, ...]]:
    """What others changed since the form was opened, as far as it differs from the form; and the
    pictures that are to stand in it.

    What only they changed goes into the form.
    """
    before = dict(one.split(":", 1) for one in was.split() if ":" in one)
    found = []
    for name, said in _said(now).items():
        mine = _text(pictures if name == PICTURES else form[name].data)
        if _text(said) == mine or before.get(name) == _digest(said):
            continue
        is_taken_over = before.get(name) == _digest(mine)
        label, shown = form[name].label.text, _shown(form[name], said)
        found.append(
            Meanwhile(
                name, label, shown, None if is_taken_over else _shown(form[name], mine, pictures)
            )
        )
        if is_taken_over and name != PICTURES:
            put(form[name], said)
        elif is_taken_over:
            pictures = now.pictures
    return found, pictures


def rewritten(before: ListingView, after: ListingView) -> list[tuple[Text, str, str]]:
    """What a change says otherwise: the label of each field, the words before, those after."""
    form, old = ListingForm(), _said(before)
    found = [
        (form[name].label.text, *_differing(_shown(form[name], old[name]), _shown(form[name], new)))
        for name, new in _said(after).items()
        if _text(old[name]) != _text(new)
    ]
    olds, news = ({one.language: one for one in view.translations} for view in (before, after))
    found += [
        (language_name(tag), *_differing(_told(olds.get(tag)), _told(news.get(tag))))
        for tag in sorted(olds.keys() | news.keys())
        if olds.get(tag) != news.get(tag)
    ]
    return found


def _differing(before: str, after: str) -> tuple[str, str]:
    """Two texts without the words at both ends that they share, but for a few around the rest."""
    old, new = before.split(), after.split()
    start = _shared(old, new)
    end = min(_shared(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    first, last = max(start - _WORDS_AROUND, 0), max(end - _WORDS_AROUND, 0)
    cut = [" ".join(one[first : len(one) - last]) for one in (old, new)]
    old_cut, new_cut = (f"{'… ' * bool(first)}{one}{' …' * bool(last)}" for one in cut)
    return old_cut, new_cut


def _shared(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _told(said: Translation | None) -> str:
    if said is None:
        return str(_("nothing"))
    details = (str(one) for one in (*said.details.values(), *said.phrases.values()))
    return " ".join(filter(None, (said.title, said.summary, said.body, *details)))


def settle(form: ListingForm, now: ListingView, chosen: Form) -> None:
    """Put what stands now into the fields for which that was chosen."""
    for name, said in _said(now).items():
        if name != PICTURES and keeps_theirs(chosen, name):
            put(form[name], said)


def keeps_theirs(chosen: Form, name: str) -> bool:
    """Whether what stands now was chosen for a field."""
    return chosen.get(f"keep-{name}") == "now"


def put(entry: Field, value: Any) -> None:
    """Let a field say this, whatever was typed."""
    entry.data, entry.raw_data, entry.errors, entry.process_errors = value, None, [], []


def _said(listing: ListingView) -> Mapping[str, Any]:
    return drafts.to_form(listing) | {PICTURES: listing.pictures}


def _digest(said: Any) -> str:
    return hashlib.sha256(_text(said).encode()).hexdigest()[:_DIGEST_SIGNS]


def _text(said: Any) -> str:
    """A value as it can be compared: 12.50 is 12.5, and nothing is nothing."""
    if said is None or said is False:
        return ""
    if isinstance(said, Decimal):
        return f"{said.normalize():f}"
    if isinstance(said, date):
        return said.isoformat()
    if isinstance(said, list):
        return ", ".join(said)
    if isinstance(said, tuple):
        return "; ".join(f"{one.alt} {one.digest}" for one in said)
    return str(said).replace("\r\n", "\n").strip()


def _shown(entry: Field, said: Any, pictures: tuple[Picture, ...] = ()) -> str:
    """A value as people read it."""
    if entry.name == PICTURES:
        found = said if isinstance(said, tuple) else pictures
        return "; ".join(one.alt for one in found) or str(_("none"))
    if said is True:
        return str(_("yes"))
    text = _text(said)
    if isinstance(entry, RadioField) or hasattr(entry, "choices"):
        words = {str(choice.value): str(choice.label) for choice in entry.choices}
        chosen = said if isinstance(said, list) else [text]
        return str(_(", ")).join(words.get(one, one) for one in chosen) or str(_("nothing"))
    return text or str(_("nothing"))
