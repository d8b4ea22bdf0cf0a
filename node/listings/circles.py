"""Who may see a listing of ours. Pure."""

from typing import Literal

from msgspec import Struct

from node.listings.models import State, Visibility


class Viewer(Struct, frozen=True):
    """Who is looking: somebody from the street, a signed-in member, or a peer coop."""

    kind: Literal["anonymous", "member", "peer"]
    account_id: str | None = None
    looks_after: bool = False
    """Whether they may change whatever is listed here, and so look at all of it."""
    teams: frozenset[str] = frozenset()
    """Those of the coop in which they have a seat."""
    moderates: bool = False
    """Whether they decide about what waits to be looked at, is withheld or hidden: they see it."""
    colleagues: frozenset[str] = frozenset()
    """Accounts that act for the same firm."""

    def wrote(
        self, owner: str | None, team: str | None = None, *, is_private: bool = False
    ) -> bool:
        """Whether a listing is theirs, their firm's or their team's. is_private: a draft that no
        colleague of whoever wrote it is to see yet."""
        if self.kind != "member":
            return False
        is_firms = owner in self.colleagues and not is_private
        return is_firms or team in self.teams or (owner is not None and owner == self.account_id)


ANYBODY = Viewer("anonymous")


def audience(state: State, visibility: Visibility) -> Visibility | None:
    """Which circle outside this coop may have the listing; None: nobody."""
    if state in _KEPT_IN or visibility is Visibility.MEMBER:
        return None
    return visibility


def visible_to(
    visibility: Visibility,
    state: State,
    viewer: Viewer,
    owner: str | None = None,
    team: str | None = None,
    *,
    is_private: bool = False,
) -> bool:
    """Whether this viewer may open one of our listings; owner: the account that wrote it; team:
    that offers it; is_private: see `Viewer.wrote`."""
    if viewer.looks_after or viewer.wrote(owner, team, is_private=is_private):
        return True
    if viewer.moderates and state in _LOOKED_AT:
        return True
    if state in _KEPT_IN:
        return False
    return viewer.kind == "member" or visibility in _SEEN_BY[viewer.kind]


_KEPT_IN = frozenset({State.DRAFT, State.IN_REVIEW, State.WITHHELD, State.RETIRED})
_LOOKED_AT = frozenset({State.IN_REVIEW, State.WITHHELD})
_SEEN_BY: dict[str, tuple[Visibility, ...]] = {
    "anonymous": (Visibility.PUBLIC,),
    "peer": (Visibility.PUBLIC, Visibility.FEDERATION),
}
