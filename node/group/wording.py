"""What a Question says to people whose server knows nothing of councils, in its own language."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from node import i18n
from node.council import State, Told
from node.i18n import Text, _, ngettext

_TALKED_OVER = frozenset({State.DISCUSSION, State.FROZEN})
_CARRIED = frozenset({State.RATIFYING, State.IN_FORCE, State.OVER})
_ENDED: Mapping[State, Text] = {
    State.WITHDRAWN: _("It was withdrawn before it was decided."),
    State.LAPSED: _("It was not decided in time."),
    State.DISPUTED: _("The coops counted differently: there is no result."),
}


def content(told: Told, federation: str) -> str:
    """The text of the proposal, where it stands, and whose votes count, as HTML."""
    with i18n.speaking(told.language):
        after = [*_standing(told), _whose_votes(federation)]
        said = [str(each) for each in after]
    parts = [escape(each).replace("\n", "<br>") for each in (*told.text.split("\n\n"), *said)]
    return f"<p><strong>{escape(told.title)}</strong></p>" + "".join(f"<p>{p}</p>" for p in parts)


def summary(coops: int) -> str:
    """What a federation says of itself, as HTML."""
    said = ngettext(
        "A federation of %(num)d coop. Follow it to hear what it decides.",
        "A federation of %(num)d coops. Follow it to hear what they decide.",
        coops,
    )
    return f"<p>{escape(str(said))}</p>"


def _standing(told: Told) -> list[Text]:
    view = told.view
    when = {"opens": _moment(view.opens_at), "closes": _moment(view.closes_at)}
    if view.state in _TALKED_OVER:
        said = _("It is being talked over. A vote is planned from %(opens)s to %(closes)s.", **when)
        return [said]
    if view.state is State.NOTICE:
        return [_("The text is final. Voting opens on %(opens)s and ends on %(closes)s.", **when)]
    if view.state is State.OPEN:
        return [_("Voting is open until %(closes)s.", closes=when["closes"])]
    if told.tally is not None:
        return [_("Carried.") if view.state in _CARRIED else _("Not carried."), *_result(told)]
    return [_ENDED.get(view.state, _("Voting is over; the coops are counting."))]


def _result(told: Told) -> list[Text]:
    turnout = _(
        "%(voters)s of %(all)s coops voted.", voters=told.voters, all=max(told.coops, told.voters)
    )
    numbers = votes(told)
    if numbers:
        labels = (f"{told.labels[name]}: {count}" for name, count in numbers.items())
        return [" · ".join(labels), turnout]
    winners = [told.labels.get(name, name) for name in (told.tally or {}).get("winners", ())]
    return [_("Chosen: %(names)s.", names=", ".join(winners)), turnout] if winners else [turnout]


def votes(told: Told) -> dict[str, int]:
    """The votes of each option by the result that was certified; nothing before that, and nothing
    where a method has no such numbers."""
    stages = told.tally.get("stages", []) if told.tally else []
    last = next((each for each in reversed(stages) if each["action"] == "count"), None)
    if last is None or told.labels.keys() - last["votes"]:
        return {}
    found = {name: last["votes"][name] for name in told.labels}
    return found if all(type(count) is int for count in found.values()) else {}


def _whose_votes(federation: str) -> Text:
    return _(
        "The coops of %(name)s vote on this by their delegates; a vote from elsewhere cannot be "
        "counted.",
        name=federation,
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
