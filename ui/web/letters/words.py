"""What each kind of letter says. To add a kind: a function and its line in the table at the end."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from node.days import Said
from node.i18n import Text, _, ngettext
from node.joining import Status
from node.mail import Group, Letter, LetterKind, by_deadline
from node.mail.letters import Sheet
from node.members import Event
from ui.web.letters import membership
from ui.web.noticing import page_of as notice_page
from ui.web.words import ROLES


class Link(Struct, frozen=True):
    label: Text
    url: str


class Links(Struct, frozen=True):
    """Links under a name."""

    name: Text
    links: Sequence[Link]


class Page(Struct, frozen=True, kw_only=True):
    """One letter, from top to bottom. stop: where one click ends such letters."""

    subject: Text
    lines: Sequence[Text]
    groups: Sequence[Links] = ()
    button: Link | None = None
    after: Sequence[Text] = ()
    foot: Sequence[Text] = ()
    stop: Link | None = None


GROUP_WORDS: Mapping[Group, Text] = {
    Group.SOON: _("By tomorrow"),
    Group.WEEK: _("Within a week"),
    Group.LATER: _("Later"),
    Group.OPEN: _("Without a day"),
}
_FIRST_LETTER = _("Your page is behind the link in our last letter that had one.")


def page_of(letter: Letter, sheet: Sheet) -> Page:
    """The letter in words, in the language of the moment."""
    return _KINDS[letter.kind](letter, sheet)


def _notice(letter: Letter, sheet: Sheet) -> Page:
    [one] = letter.told
    always = _("Such letters always come: they are about who comes into your account.")
    return Page(
        subject=one.text,
        lines=[one.text],
        button=Link(_("Look at it"), f"{sheet.base}{notice_page(one)}"),
        foot=[_asked_for(sheet) if letter.stop else always],
        stop=_stop(letter, sheet),
    )


def _digest(letter: Letter, sheet: Sheet) -> Page:
    subject = ngettext(
        "%(num)d thing waits for you at %(coop)s",
        "%(num)d things wait for you at %(coop)s",
        len(letter.told),
        coop=sheet.coop,
    )
    groups = [
        Links(
            GROUP_WORDS[group],
            [Link(one.text, f"{sheet.base}{notice_page(one)}") for one in told],
        )
        for group, told in by_deadline(letter.told, sheet.now)
    ]
    return Page(
        subject=subject,
        lines=[subject],
        groups=groups,
        button=Link(_("See all of it"), f"{sheet.base}{letter.path}"),
        foot=[_asked_for(sheet)],
        stop=_stop(letter, sheet),
    )


def _confirm(letter: Letter, sheet: Sheet) -> Page:
    return Page(
        subject=_("Is this your address?"),
        lines=[
            _(
                "Somebody, most likely you, wants %(coop)s to write to this address.",
                coop=sheet.coop,
            ),
            _("If it is you, say so within a day."),
        ],
        button=Link(_("It is my address"), f"{sheet.base}{letter.path}"),
        after=[_("If not, do nothing: we do not write here again.")],
        foot=[_from(sheet)],
    )


def _moved(letter: Letter, sheet: Sheet) -> Page:
    if "gone" in letter.values:
        subject = _("No letters come here any more")
        what = _(
            "Your account at %(coop)s knows this address no more: nothing is told here, and no "
            "letter opens the account.",
            coop=sheet.coop,
        )
    else:
        subject = _("Your letters go to another address")
        what = _(
            "What waits for you at %(coop)s is told to another address from now on, and that "
            "can open your account.",
            coop=sheet.coop,
        )
    return Page(
        subject=subject,
        lines=[
            what,
            _("If it was not you, tell whoever looks after the coop’s node at once."),
        ],
        button=Link(_("My account"), f"{sheet.base}/account"),
        foot=[_from(sheet)],
    )


def _way_in(letter: Letter, sheet: Sheet) -> Page:
    asked = _(
        "Somebody, most likely you, asked %(coop)s for a new way into your account.",
        coop=sheet.coop,
    )
    nothing = _("If it was not you, do nothing.")
    if roles := letter.values.get("roles"):
        needed = _(
            "Your account may do more here than a member’s (%(roles)s), so a letter alone does not "
            "open it. Use a recovery code, or ask two others to vouch for you: a secretary, a "
            "treasurer, somebody who looks after the node.",
            roles=str(_(", ")).join(str(ROLES[role]) for role in roles.split(" ")),
        )
        button = Link(_("What you can do"), f"{sheet.base}{letter.path}")
    else:
        needed = ngettext(
            "This link works once, and within %(num)d hour. You choose a new password; then your "
            "devices are signed out, and passkeys, recovery codes and keys for programs end.",
            "This link works once, and within %(num)d hours. You choose a new password; then your "
            "devices are signed out, and passkeys, recovery codes and keys for programs end.",
            int(letter.values["hours"]),
        )
        button = Link(_("Choose a new password"), f"{sheet.base}{letter.path}")
    return Page(
        subject=_("A way into your account"),
        lines=[asked, needed],
        button=button,
        after=[nothing],
        foot=[_from(sheet)],
    )


def _application(letter: Letter, sheet: Sheet) -> Page:
    coop, day = sheet.coop, Said(letter.values.get("until", ""))
    is_first = bool(letter.path)
    return Page(
        subject=_("Your application to %(coop)s", coop=coop),
        lines=[
            *_told_applicant(letter.values, coop, day),
            *(() if is_first else (_FIRST_LETTER,)),
        ],
        button=Link(_("Your application"), f"{sheet.base}{letter.path}") if is_first else None,
        foot=[
            _("You get this because you left this address when you applied to %(coop)s.", coop=coop)
        ],
    )


def _told_applicant(values: Mapping[str, str], coop: str, day: Said) -> Sequence[Text]:
    """As their page says it: `alone` where whoever decided is the only one who can look again."""
    if "again" in values:
        return _AGAIN
    state = Status(values["state"])
    if state is Status.DECLINED and "alone" in values:
        return [_DECLINED, _("There you can ask until %(day)s for another look.", day=day), _ALONE]
    return _APPLICATION[state](coop, day)


_DECLINED = _("The coop does not take you in at present. Why stands on your page.")
_ALONE = _("Nobody else here decides about this, so whoever decided it looks again.")
_AGAIN = (
    _("Here is another link to your application. The one that you had opens nothing any more."),
    _("Keep this letter: whoever has its link reads along."),
)
_APPLICATION: Mapping[Status, Callable[[str, Said], Sequence[Text]]] = {
    Status.SUBMITTED: lambda coop, _day: [
        _("Your application to %(coop)s has arrived. Somebody of the coop reads it.", coop=coop),
        _(
            "Keep this letter: its link alone leads to your application, and whoever has it reads "
            "along."
        ),
    ],
    Status.ASKED: lambda _coop, day: [
        _("The coop asks for more before it decides. Please answer by %(day)s.", day=day)
    ],
    Status.WAITLISTED: lambda _coop, _day: [
        _("The coop would like to have you, and has no room now. It writes again when it has.")
    ],
    Status.ADMITTED: lambda coop, _day: [
        _("Welcome! You are a member of %(coop)s. Make your account on your page.", coop=coop)
    ],
    Status.DECLINED: lambda _coop, day: [
        _DECLINED,
        _(
            "There you can ask until %(day)s that somebody who did not decide it looks at it "
            "again.",
            day=day,
        ),
    ],
    Status.REFUSED: lambda _coop, _day: [_("It was looked at twice, and stays declined.")],
    Status.DOUBLE: lambda _coop, _day: [
        _(
            "Somebody, perhaps you, has applied again in your name. Your first application is "
            "still open, and counts. If you have lost its link, ask the coop: it makes you another."
        )
    ],
    Status.LAPSED: lambda _coop, _day: [
        _("The coop asked for more and heard nothing. You can apply anew any day.")
    ],
}


def _membership(letter: Letter, sheet: Sheet) -> Page:
    said = letter.values
    day, until = Said(said["on"]), Said(said["until"])
    event, coop = Event(said["event"]), sheet.coop
    return Page(
        subject=_("Your membership of %(coop)s", coop=coop),
        lines=membership.lines(event, coop, day, until, said["reason"]),
        button=Link(_("Write to the coop"), f"{sheet.base}/write"),
        foot=[_("You get this because %(coop)s decided about your membership.", coop=coop)],
    )


def _test(_letter: Letter, sheet: Sheet) -> Page:
    return Page(
        subject=_("A test letter from %(coop)s", coop=sheet.coop),
        lines=[_("If you read this, letters go out as they should.")],
        foot=[_from(sheet)],
    )


def _asked_for(sheet: Sheet) -> Text:
    return _("You get this because you asked %(coop)s for it.", coop=sheet.coop)


def _from(sheet: Sheet) -> Text:
    return _("%(coop)s, %(address)s", coop=sheet.coop, address=sheet.base)


def _stop(letter: Letter, sheet: Sheet) -> Link | None:
    return Link(_("No more such letters"), f"{sheet.base}{letter.stop}") if letter.stop else None


_KINDS: Mapping[LetterKind, Callable[[Letter, Sheet], Page]] = {
    LetterKind.NOTICE: _notice,
    LetterKind.DIGEST: _digest,
    LetterKind.CONFIRM: _confirm,
    LetterKind.MOVED: _moved,
    LetterKind.WAY_IN: _way_in,
    LetterKind.APPLICATION: _application,
    LetterKind.MEMBERSHIP: _membership,
    LetterKind.TEST: _test,
}
