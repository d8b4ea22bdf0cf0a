"""Referrals in words and shapes: how one stands, whose turn it is, and what comes by when."""

from datetime import timedelta

from node import referrals
from node.i18n import Text, _, ngettext
from node.money import Figures, Money
from node.referrals import Event, FeeKind, FeeTerms, ReferralView, Side, State, StepView
from ui.web.price_words import amount_text

_SHAPES = {
    State.DRAFT: "later",
    State.CONSENT_PENDING: "asked",
    State.READY: "turn",
    State.SENT: "asked",
    State.ON_HOLD: "hold",
    State.ACCEPTED: "onway",
    State.CONTACTED: "onway",
    State.IN_PROGRESS: "onway",
    State.PAUSED: "hold",
    State.COMPLETED: "asked",
    State.CLOSED: "done",
}
_PAST = {
    Event.ASK_CONSENT: _("The person was asked"),
    Event.CONSENT: _("The person said yes"),
    Event.SEND: _("Passed on, without names"),
    Event.ACCEPT: _("Taken over"),
    Event.HOLD: _("More time asked for"),
    Event.DECLINE: _("Declined"),
    Event.CONTACT: _("Spoke to the person"),
    Event.START: _("The work began"),
    Event.PAUSE: _("Paused"),
    Event.RESUME: _("Went on"),
    Event.COMPLETE: _("Told what came of it"),
    Event.FAIL: _("Not possible in the end"),
    Event.CONFIRM: _("Signed by both coops"),
    Event.WITHDRAW: _("Taken back"),
    Event.CORRECT: _("Entered by mistake"),
    Event.EXPIRE: _("Ran out"),
}
_AHEAD = (
    (State.DRAFT, _("The person is asked")),
    (State.CONSENT_PENDING, _("The person says yes")),
    (State.READY, _("It is passed on, without names")),
    (State.SENT, _("The other coop answers")),
    (State.ACCEPTED, _("Somebody speaks to the person, who can still say no")),
    (State.CONTACTED, _("The work begins")),
    (State.IN_PROGRESS, _("The work is done")),
    (State.COMPLETED, _("Both coops sign")),
)
_INSTEAD = {State.ON_HOLD: State.SENT, State.PAUSED: State.IN_PROGRESS}
_REASONS: dict[str, Text] = {
    **{str(one): word for one, word in referrals.DECLINE_WORDS.items()},
    **{str(one): word for one, word in referrals.FAILURE_WORDS.items()},
    "sender": _("the coop that passed it on took it back"),
    "consentWithdrawn": _("the person took the consent back"),
    "expired": _("the time was over"),
    "enteredInError": _("it was a mistake"),
}


def shape(view: ReferralView) -> str:
    """The shape beside the word; a diamond where it is our turn."""
    if referrals.is_our_turn(view) and view.state is not State.DRAFT:
        return "turn" if view.state in _WAITS_FOR_US else _SHAPES[view.state]
    return _SHAPES.get(view.state, "no")


_WAITS_FOR_US = frozenset({State.READY, State.SENT, State.ON_HOLD, State.COMPLETED})


def state_word(view: ReferralView) -> Text:
    return referrals.LIFE.word(view.state)


def next_text(view: ReferralView, name: str) -> Text:
    """What happens next, in a sentence; the day stands beside it."""
    ours = view.side is Side.RECEIVED
    if view.state in (State.SENT, State.ON_HOLD):
        if ours:
            return _("%(name)s waits for a yes or a no from us.", name=name)
        return _(
            "%(name)s answers, or it goes to the next coop that the person agreed to.", name=name
        )
    if view.state in (State.ACCEPTED, State.CONTACTED, State.IN_PROGRESS, State.PAUSED):
        if ours:
            return _("Tell %(name)s how it goes; the person can still say no.", name=name)
        return _("%(name)s tells how it goes; the person can still say no.", name=name)
    texts: dict[State, Text] = {
        State.DRAFT: _("Choose who is asked, and ask the person."),
        State.CONSENT_PENDING: _("The person says yes by the link, on paper or aloud."),
        State.READY: _("It can be sent now. Nobody hears a name before they say yes."),
        State.COMPLETED: _("%(name)s confirms, then both coops have signed.", name=name)
        if ours
        else _("Confirm what came of it, then both coops have signed."),
        State.CLOSED: _("Both coops have signed; nothing is left to do."),
    }
    return texts.get(view.state, _("It has ended; nothing is left to do."))


def past(step: StepView) -> Text:
    return _PAST[step.event]


def reason_word(reason: str | None) -> Text:
    return _REASONS.get(reason or "", "")


def ahead(view: ReferralView) -> list[Text]:
    """What is still to come, the next thing first; nothing after an end."""
    order = [one for one, _word in _AHEAD]
    here = _INSTEAD.get(view.state, view.state)
    if here not in order:
        return []
    words: list[Text] = [word for _one, word in _AHEAD[order.index(here) :]]
    if here is State.SENT and view.side is Side.RECEIVED:
        words[0] = _("We answer")
    return words


def fee_text(fee: FeeTerms) -> Text:
    """The terms in a line, without the example."""
    if fee.kind is FeeKind.FLAT and fee.amount is not None:
        return _("A fixed sum: %(sum)s", sum=money_text(fee.amount))
    if fee.share:
        part = _("%(part)s %% of the first job", part=Figures(f"{fee.percent.normalize():f}"))
        if fee.at_most is None:
            return part
        return _("%(part)s, at most %(sum)s", part=part, sum=money_text(fee.at_most))
    return referrals.FEE_WORDS[fee.kind]


def money_text(money: Money) -> str:
    return amount_text(money.decimal, money.currency)


def how_long(span: timedelta | None) -> Text:
    if span is None:
        return "–"
    hours = round(span.total_seconds() / 3600)
    if hours < 48:
        return ngettext("%(num)s hour", "%(num)s hours", max(hours, 1))
    return ngettext("%(num)s day", "%(num)s days", round(hours / 24))
