"""The words that pages share for kinds, units, states and news; each is said once, here."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from babel.numbers import get_currency_name

from node import obstacles, peers
from node.beginnings import Step
from node.days import Said, day_of_year, full_day, locale
from node.i18n import LazyString, Text, _
from node.members import Event as MemberEvent
from node.members import membership
from node.offices import OFFICE_WORDS, Office

KINDS: dict[str, LazyString] = {
    "service": _("Service"),
    "goods": _("Goods"),
    "stay": _("Stay"),
    "lend": _("To borrow"),
    "request": _("Needed"),
    "opening": _("Join or work with us"),
}
UNITS: dict[str, LazyString] = {
    "hour": _("%(price)s an hour"),
    "day": _("%(price)s a day"),
    "night": _("%(price)s a night"),
    "guest-night": _("%(price)s a night for each guest"),
    "week": _("%(price)s a week"),
    "month": _("%(price)s a month"),
    "year": _("%(price)s a year"),
    "visit": _("%(price)s a visit"),
    "piece": _("%(price)s each"),
    "kg": _("%(price)s a kilo"),
    "session": _("%(price)s a session"),
    "person": _("%(price)s a person"),
}
UNIT_NAMES: dict[str, LazyString] = {
    "hour": _("an hour"),
    "day": _("a day"),
    "night": _("a night"),
    "guest-night": _("a night, for each guest"),
    "week": _("a week"),
    "month": _("a month"),
    "visit": _("a visit"),
    "piece": _("each"),
    "kg": _("a kilo"),
    "session": _("a session"),
    "person": _("a person"),
}
PAID_BY: dict[str, LazyString] = {
    "hour": _("an hour"),
    "month": _("a month"),
    "year": _("a year"),
}
WAYS_TO_PAY: dict[str, LazyString] = {"gift": _("A gift"), "time": _("With time")}
VISIBILITIES: dict[str, tuple[LazyString, LazyString]] = {
    "public": (_("Everyone"), _("On the web, and members of the coops we work with.")),
    "federation": (_("Coops we work with"), _("Their members and ours, signed in.")),
    "member": (_("Our members only"), _("It never leaves this coop.")),
}
STATES: dict[str, tuple[str, LazyString]] = {
    "draft": ("later", _("Draft")),
    "published": ("done", _("Published")),
    "paused": ("hold", _("Paused")),
    "retired": ("no", _("Taken down")),
    "expired": ("no", _("Ended")),
    "withheld": ("turn", _("Withheld")),
    "in-review": ("asked", _("Being looked at")),
}
PEER_STATES: dict[str, tuple[str, LazyString]] = {
    "asked_by_them": ("turn", _("asks to work with us")),
    "asked_by_us": ("asked", _("asked, no answer yet")),
    "in_touch": ("done", _("in touch")),
    "away": ("hold", _("away")),
    "suspended": ("hold", _("on hold")),
    "refused": ("no", _("said no")),
}

# How far a message to another coop has come.
MESSAGE_STATES: dict[str, tuple[str, LazyString]] = {
    "pending": ("onway", _("on its way")),
    "held": ("hold", _("waits: they are away")),
    "delivered": ("done", _("arrived")),
    "refused": ("no", _("they did not take it")),
    "dead": ("no", _("could not be delivered")),
}

DOMAIN_LEVELS: dict[str, tuple[str, LazyString]] = {
    "allow": ("done", _("let in")),
    "limit": ("hold", _("kept at a distance")),
    "block": ("no", _("shut out")),
}
DOMAIN_HINTS: dict[str, LazyString] = {
    "allow": _("This one name may ask us, also when only named coops may."),
    "limit": _("Its offers are kept, but only members who look for that coop find them."),
    "block": _("Nothing comes in from there, and nothing goes out."),
}

ROLES: dict[str, LazyString] = {
    "admin": _("looks after the node"),
    "member": _("member"),
    "delegate": _("delegate"),
    "treasurer": _("keeps the books"),
    "secretary": _("looks after members"),
    "moderator": _("looks at what was reported"),
}
# What stands in a member's history: what each step made of the membership, and what else happens.
MEMBER_EVENTS: dict[str, Text] = {
    **{event: membership.word(after) for (_before, event), after in membership.table.items()},
    "apply": _("applied"),
    "enter": _("entered in the register"),
    "office": _("holds an office"),
    "end-office": _("holds that office no more"),
    "change-class": _("belongs to another class"),
    "correct": _("put right in the register"),
    MemberEvent.STAY: _("the notice was taken back"),
    MemberEvent.EXTEND: _("another day was set"),
}

# What the list of who did what is about: the slice that wrote the line.
AREAS: dict[str, LazyString] = {
    "accounts": _("Accounts"),
    "agreements": _("Agreed"),
    "clearing": _("Owed between coops"),
    "consents": _("Consents"),
    "council": _("Council"),
    "domains": _("Domains"),
    "group": _("Federations in public"),
    "hours": _("Hours of work"),
    "joining": _("Applications"),
    "ledger": _("Books"),
    "mail": _("E-mail"),
    "listings": _("Listings"),
    "members": _("Members"),
    "node": _("The node"),
    "notices": _("For you"),
    "peers": _("Coops"),
    "policies": _("Our rules"),
    "privacy": _("What we keep"),
    "profiles": _("Our people"),
    "referrals": _("Referrals"),
    "threads": _("Letters"),
    "vouching": _("Lost ways in"),
    "webhooks": _("Webhooks"),
}
PERIOD_STATES: dict[str, tuple[str, LazyString]] = {
    "open": ("onway", _("open")),
    "soft_closed": ("hold", _("closed but for adjustments")),
    "closed": ("done", _("closed for good")),
}

# News a page shows once after a change; the address carries only the key, never the words.
TOLD: dict[str, LazyString] = {
    "saved": _("Saved."),
    "published": _("Published. The coops we work with are told now."),
    "draft": _("Kept as a draft. Nobody else sees it."),
    "sent-in": _("Sent in. Somebody looks at it before it is published, and you hear of it."),
    "draft-again": _("Taken back. It is your draft again."),
    "calendar-read": _("Read. What is busy there counts."),
    "renewed": _("Offered for another term."),
    "approved": _("Published. Whoever wrote it is told."),
    "sent-back": _("Sent back. Whoever wrote it reads why."),
    "hours-noted": _("Noted. It counts once somebody else has confirmed it."),
    "hours-taken-back": _("Taken back, as if it had never been noted."),
    "translated": _("Kept. Whoever reads that language sees it so."),
    "paused": _("Paused. Other coops see that it is not available now."),
    "resumed": _("Available again."),
    "retired": _("Taken down. Other coops are told to forget it."),
    "asked": _("Asked. You see here when they answer."),
    "invitation-taken-back": _("Taken back. The link opens nothing any more."),
    "accepted": _("You work together now. Their offers arrive in a moment."),
    "moved": _("Known under its new address from now on. What it offers is read there."),
    "declined": _("Declined. They can ask again in a month, and you can ask them any day."),
    "suspended": _("On hold. They hear nothing new from us, and we take nothing new from them."),
    "back": _("In touch again. What was missed is fetched now."),
    "decided": _("Decided. It holds from now on."),
    "lifted": _("Lifted. That name is treated like every other."),
    "left": _("You no longer work together. Their offers are gone from here."),
    "signed-out": _("Signed out."),
    "passkey-made": _("Made. From now on it opens your account."),
    "passkey-named": _("Renamed."),
    "office-given": _("Given. It begins and ends by itself."),
    "office-ended": _("It is over."),
    "class-changed": _("The register says so from today on."),
    "passkey-gone": _("Removed. It opens nothing any more; delete it on the device, too."),
    "lost-asked": _(
        "If somebody here signs in by that name, the secretary, the treasurer and those who look "
        "after this node are asked now. Speak with two of them: they must know that it is you."
    ),
    "vouched": _("Noted. Once two have vouched, either of you makes the link."),
    "refused": _("Refused. Nothing comes of it."),
    "let-in": _(
        "Welcome back. Your other devices are signed out, and earlier passkeys, recovery codes and "
        "keys for programs have ended. Make new codes below, and print them."
    ),
    "recovered": _("Welcome back. Your other devices are signed out. Cross that code out."),
    "mail-asked": _("Sent. Use the link in the letter: then the address counts."),
    "mail-gone": _("Deleted. No letters come any more."),
    "way-in-sent": _(
        "If somebody here signs in by that name and gave an address, a letter is on its way."
    ),
    "device-out": _("That device is signed out."),
    "token-gone": _("That key no longer works."),
    "retrying": _("Trying again now."),
    "referral-written": _("Written down. Nobody has been told yet."),
    "person-asked": _("The person is to be asked now, by the link or on paper."),
    "booked": _("Written in the books."),
    "taken-back": _("Taken back. Both entries stay, and name each other."),
    "words-gone": _("The words are gone. The figures stay."),
    "month-changed": _("The month's books are as you said."),
    "account-saved": _("The accounts are as you said."),
    "claim-sent": _("Sent. It counts once the other coop has signed it."),
    "paid": _("Marked as paid. It is settled once they say that it came."),
    "compared": _("Sent. The answer stands here as soon as they have compared it."),
    "answered": _("Answered. The other coop is told."),
    "run-called": _("Called. The coops state what they owe and are owed."),
    "asked-for": _("Sent. You see here when they answer."),
    "asked-guest": _("Sent. Keep the address of this page: it is your only key to it."),
    "step": _("Done. The other side is told."),
    "contact-gone": _("What you said of yourself is deleted."),
    "applied": _("Sent. Keep the address of this page: the answer comes here."),
    "application-step": _("Done. They read it on their page."),
    "sent": _("Sent."),
    "sent-guest": _("Sent. Keep the link of this page: the answer comes here."),
    "closed": _("Closed. Writing again opens it."),
    "withdrawn": _("Taken back."),
    "claimed": _("It is yours now."),
    "blocked": _("You hear nothing more from them."),
    "erased": _("Deleted, for good."),
    "reported": _("Reported. Somebody who looks after this coop will read it."),
    "settled": _("Settled."),
    "test-arrived": _("The test arrived."),
    "test-failed": _("The test did not arrive. The list below says why."),
    "profile-cleared": _("Taken away. They are told, and read why."),
    "search-kept": _("Kept. You are told here when something new fits."),
    "search-forgotten": _("Kept no longer."),
    "webhook-gone": _("It is told nothing more."),
    "comment-said": _("Said. The other coops hear it."),
    "comment-changed": _("Changed. The other coops hear it."),
    "comment-erased": _("Taken back. The other coops are asked to forget it."),
    "comment-hidden": _("Hidden. Whoever wrote it is told why."),
    "comment-decided": _("Decided. Whoever wrote it is told."),
    "comment-appealed": _("Asked. Whoever hid it looks at it again."),
    "council-said": _("Said. The other coops are told."),
    "council-voted": _("Your vote is on its way. You see here how far it has come."),
    "council-asked": _("Asked. The coops of the federation are told, and decide."),
    "council-kept": _("Kept as a draft. Only our coop sees it."),
    "council-dropped": _("The draft is thrown away."),
    "council-proposed": _("On its way to the other coops."),
    "council-invited": _("The coops are invited. Each of them says yes or no."),
    "council-new-key": _("The new key is made, and the other coops are told."),
    "council-delegates": _("They vote for us from now on. Keys of others vote no more."),
    "name-asked": _("Asked. Whoever keeps the register puts it right, and you hear of it."),
    "welcome": _("Welcome. You are signed in."),
}


# Why an obligation was left out of a clearing run, a proposal refused, or a run called off.
FAULTS: dict[str, LazyString] = {
    "away": _("did not answer in time"),
    "refused": _("refused"),
    "no-word": _("the coop that called it fell silent"),
    "released": _("the coop that called it fell silent, and we let go"),
    "nothing-to-set-off": _("nothing goes round"),
    "declined-by-a-person": _("its people said no"),
    "one-sided": _("only one of the two states it"),
    "differs": _("the two state it differently"),
    "no-room": _("there was no room for it this time"),
    "not-stated": _("nobody states it"),
    "not-owed": _("more would be set off than is owed"),
    "below-zero": _("a sum below zero"),
    "unbalanced": _("a coop’s position would change"),
    "not-largest": _("more could be set off"),
    "wrong-order": _("what is due first must be set off first"),
    "left-out-differs": _("what was left out is not said truly"),
    "own-rows-differ": _("it is not what our own records say"),
    "offer-changed": _("it is not what we stated"),
    "offer-forged": _("a signature does not hold"),
    "offer-missing": _("somebody’s statement is missing"),
}


def fault_word(code: str) -> Text:
    """Why, in words; a reason that only a later program knows shows its own name."""
    return FAULTS.get(code, code)


def policy_value(value: object) -> Text:
    """A rule's value as people say it: yes and no, words with commas, the rest as it is."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return str(_(", ")).join(map(str, value)) or _("nothing")
    return str(value)


_MAIL = re.compile(r"[^\s@<>?&]+@[^\s@<>?&]+\.[^\s@<>?&]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{5,24}")
_PAGE = re.compile(r"https?://[^\s<>]+")


def contact_link(text: str) -> str:
    """Where a line leads by which somebody is reached; empty for words that lead nowhere."""
    if _MAIL.fullmatch(text):
        return f"mailto:{text}"
    if _PHONE.fullmatch(text):
        return "tel:" + re.sub(r"[^+0-9]", "", text)
    return text if _PAGE.fullmatch(text) else ""


def founding(text: str) -> str:
    """Since when a coop has been there: a day as the reader's language writes it, else as typed."""
    is_day = "-" in text and peers.is_founding(text)
    return full_day(date.fromisoformat(text)) if is_day else text


def law(text: str) -> str:
    """Whose law applies, with its country as the reader's language calls it."""
    *region, country = text.rsplit(", ", 1)
    return str(_(", ")).join([*region, locale().territories.get(country, country)])


def day_each_year(text: str) -> str:
    """A day like 04-06 as the reader's language writes it."""
    return day_of_year(date.fromisoformat(f"2023-{text}"))


def kind_word(kind: str) -> Text:
    return KINDS.get(kind, kind)


def way_word(way: str) -> Text:
    """How something can be paid: as a gift, with time, or the name of a currency."""
    if way in WAYS_TO_PAY:
        return WAYS_TO_PAY[way]
    return get_currency_name(way, locale=locale())


def per_unit(price: str, unit: str) -> str:
    """ "£18" and "hour" make "£18 an hour"; a unit we do not know stands after a stroke."""
    known = UNITS.get(unit)
    return str(_(known.message, price=price)) if known else f"{price} / {unit}"


def offices(roles: Collection[str]) -> str:
    """Roles as a list of words."""
    return str(_(", ")).join(sorted(str(ROLES[role]) for role in roles))


def noted_term(details: Mapping[str, str]) -> tuple[Text, Text] | None:
    """What the register's history notes of an office: its name, and from when until when."""
    if "office" not in details:
        return None
    title = details["called"] or OFFICE_WORDS[Office(details["office"])]
    first, last = Said(details["first"]), Said(details["until"])
    return title, _("%(first)s until %(last)s", first=first, last=last)


FIRST_STEPS: Mapping[Step, tuple[Text, str]] = {
    Step.WAY_IN: (_("Choose a password or a passkey, and print recovery codes"), "/account"),
    Step.LOGO: (_("Show your logo, or a picture of what you do"), "/settings"),
    Step.LISTINGS: (_("Offer three things, or ask for them"), "/listings/new"),
    Step.MEMBERS: (_("Invite two members"), "/members"),
    Step.PEER: (_("Be in touch with another coop"), "/peers"),
    Step.BACKUP: (_("Make a backup on another disk, and restore it for trial"), "/upkeep"),
}
"""What is to be done at first, and where."""


def told(key: str | None) -> Text:
    return TOLD.get(key, "") if key else ""


def why_not_yet(line: Any) -> Text:
    """Why a coop has not got a listing yet, in one sentence that names it.

    line: one row of a listing's spread: name, state, last_error, next_attempt_at.
    """
    if line.state == "refused":
        return _(
            "%(name)s did not take it: %(why)s",
            name=line.name,
            why=obstacles.words(line.last_error) or "?",
        )
    if line.state == "dead":
        return _("%(name)s could not be reached for too long; we stopped trying.", name=line.name)
    if line.state == "held":
        return _("%(name)s is away; it gets this when it is back.", name=line.name)
    if line.state == "catalogue":
        return _("%(name)s came later and reads it with our other offers.", name=line.name)
    return _("On its way to %(name)s.", name=line.name)
