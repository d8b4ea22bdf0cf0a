"""What somebody was writing is still there when they come back; where it is not, it is said why."""

import re
from collections import Counter
from pathlib import Path

WEB = Path(__file__).parents[3] / "ui/web"
TEMPLATES = WEB / "templates"

ABOUT_OTHERS = "about somebody else: it never stays in a browser that others may use"
NO_ACCOUNT = "whoever writes has none, and nothing would remove it from the browser that they used"
OLDER = "it would be put over what others have saved since: no version is sent along"
SHORT = "a line or two, said at once"
TWICE = "sent at once, to be signed: what is left of a lost answer would be sent twice"
NOT_KEPT = {
    "account/membership.html": (2, "the lines of the register, and why one leaves: short"),
    "agreements/step.html": (1, "it would be put over terms that the other side has named since"),
    "availability/_calendars.html": (1, "the address of a calendar lets whoever has it read along"),
    "availability/edit.html": (1, "what is free has changed with each booking since"),
    "council/afterwards.html": (1, SHORT),
    "council/comment.html": (1, ABOUT_OTHERS),
    "council/join.html": (1, SHORT),
    "council/proposal.html": (1, "a ballot is for nobody else's eyes before it is cast"),
    "hours/one.html": (1, ABOUT_OTHERS),
    "joining/application.html": (1, ABOUT_OTHERS),
    "joining/applied.html": (1, NO_ACCOUNT),
    "ledger/entry.html": (1, SHORT),
    "listings/show.html": (1, ABOUT_OTHERS),
    "mail/own.html": (1, SHORT),
    "members/account.html": (1, ABOUT_OTHERS),
    "members/member.html": (3, ABOUT_OTHERS),
    "members/members.html": (1, ABOUT_OTHERS),
    "moderation/case.html": (2, ABOUT_OTHERS),
    "moderation/report.html": (1, ABOUT_OTHERS),
    "offices/committee.html": (1, OLDER),
    "offices/offices.html": (1, ABOUT_OTHERS),
    "offices/one.html": (1, ABOUT_OTHERS),
    "owed/owed.html": (1, TWICE),
    "owed/partner.html": (1, TWICE),
    "peers/domains.html": (1, ABOUT_OTHERS),
    "peers/peers.html": (1, SHORT),
    "people/person.html": (1, ABOUT_OTHERS),
    "settings/consents.html": (1, OLDER),
    "threads/thread.html": (1, ABOUT_OTHERS),
    "vouching/lost.html": (1, NO_ACCOUNT),
}
"""How many long forms of a template are not kept, and why."""

FEW = 3
_INSIDE = r"(?:\{\{.*?\}\}|\{%.*?%\}|\"[^\"]*\"|'[^']*'|[^>\"'{])*"
_FORM = re.compile(rf"(<form\b{_INSIDE}>)(.*?)</form>", re.DOTALL)
_MACRO = re.compile(r"\{%-? macro (\w+)\([^)]*\) -?%\}(.*?)\{%-? endmacro", re.DOTALL)
_FIELD = re.compile(r"shapes\.field\((?:\w+\.)*(\w+)")
_INPUT = re.compile(r"<(?:input|select|textarea)\b(?![^>]*type=\"(?:hidden|submit)\")")
# By its name alone: a short field that is called like a long one elsewhere counts as long.
_LONG = re.compile(r"^ +(\w+) = (?:\w+\.)?TextAreaField\(", re.MULTILINE)
LONG = {name for path in WEB.rglob("*.py") for name in _LONG.findall(path.read_text())}


def macros(text: str) -> dict[str, str]:
    """What is filled in by macros, of the template itself and of those that it imports."""
    found = dict(_MACRO.findall(text))
    for name, called in re.findall(r'import "([^"]+)" as (\w+)', text):
        if called != "shapes":
            inside = _MACRO.findall((TEMPLATES / name).read_text())
            found |= {f"{called}.{macro}": body for macro, body in inside}
    return found


def is_long(body: str) -> bool:
    """Whether it has a field for many words, or more than a few fields."""
    fields = _FIELD.findall(body)
    if "<textarea" in body or LONG.intersection(fields):
        return True
    return len(fields) + len(_INPUT.findall(body)) > FEW


def long_forms(text: str) -> list[str]:
    """How each form begins that sends something and is long."""
    known, found = macros(text), []
    for head, inside in _FORM.findall(text):
        body = inside
        for name, filled in known.items():
            body = re.sub(rf"\{{\{{ ?{re.escape(name)}\(", lambda _, to=filled: to, body)
        if 'method="post"' in head and is_long(body):
            found.append(head)
    return found


def test_every_long_form_is_kept_or_it_is_said_why_not() -> None:
    unkept: Counter[str] = Counter()
    for path in TEMPLATES.rglob("*.html"):
        heads = long_forms(path.read_text())
        silent = [head for head in heads if "data-keep" not in head]
        unkept.update({str(path.relative_to(TEMPLATES)): len(silent)} if silent else {})
    assert unkept == {name: many for name, (many, _why) in NOT_KEPT.items()}


def test_two_kept_forms_with_one_address_have_names_of_their_own() -> None:
    kept = [
        form
        for path in TEMPLATES.rglob("*.html")
        for form in re.findall(rf"<form\b{_INSIDE}>", path.read_text())
        if "data-keep" in form
    ]
    named = Counter(
        (where[1], name[1] if (name := re.search(r'data-keep="([^"]*)"', form)) else "")
        for form in kept
        if (where := re.search(r'action="([^{"]*)"', form))
    )
    assert [one for one, many in named.items() if many > 1] == []


def test_whom_a_referral_is_about_stands_where_nothing_is_kept() -> None:
    form = (TEMPLATES / "referrals/edit.html").read_text()
    sealed = form.partition("data-unkept")[2].partition("</section>")[0]
    assert _FIELD.findall(sealed) == ["name", "phone", "email", "address", "notes"]
