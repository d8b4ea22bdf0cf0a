"""Five coops that found a federation and vote in it: Portici proposes, Camara keeps the log."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from federation import relations
from node import accounts, council
from node.accounts import Role
from node.council import Draft, Named, ProposalDetail, State
from tests.support.town import Coop, Town

VOTES = {"lanehead": "yes", "portici": "yes", "pioneer": "no", "camara": "yes", "mawimbi": "yes"}
CLASSES: Mapping[str, Any] = {
    "ordinary": council.DEFAULT_CLASSES["ordinary"] | {"commentHours": 24, "noticeHours": 72}
}


class Council:
    """The town's coops as a federation. Every coop has one delegate, by the handle `delegate`."""

    competences = council.DEFAULT_COMPETENCES
    facilitators: tuple[str, ...] = ()

    def __init__(
        self, town: Town, host: str = "camara", classes: Mapping[str, Any] = CLASSES
    ) -> None:
        self.town, self.classes = town, classes
        self._host = host
        self.coops = {coop.node.config.authority.partition(".")[0]: coop for coop in town.coops}
        self.delegates: dict[str, str] = {}
        self.digest = ""

    @property
    def host(self) -> Coop:
        return self.coops[self._host]

    async def settle(self) -> None:
        """Let everything travel, the log too, until nothing is new anywhere."""
        await self.town.settle()
        while any([await coop.node.tell_councils() for coop in self.town.coops]):
            await self.town.settle()

    async def wait(self, **span: float) -> None:
        """Let time pass at every coop, and everything travel that comes of it."""
        self.town.clock.advance(timedelta(**span))
        for coop in self.town.coops:
            await coop.node.run_due()
        await self.settle()

    async def found(self) -> "Council":
        await self.meet()
        await self.invite()
        for coop in self.town.coops:
            if coop is not self.host:
                [view] = await coop.read(council.federations)
                await coop.write(council.join, view.id, by="operator")
        await self.settle()
        [view] = await self.host.read(council.federations)
        self.digest = view.digest
        for name in self.coops:
            await self.name_delegate(name)
        await self.settle()
        return self

    async def invite(self) -> None:
        others = [coop.uri for coop in self.town.coops if coop is not self.host]
        rules = council.rules(
            "Toad Lane",
            classes=self.classes,
            competences=self.competences,
            facilitators=self.facilitators,
        )
        await self.host.write(council.found, rules, others, by="operator")
        await self.settle()

    async def meet(self) -> None:
        """All are in touch with all: written down, since how that comes about is another story."""
        both = {"follower_state": "accepted", "following_state": "accepted", "consented": True}
        for coop in self.town.coops:
            for other in self.town.coops:
                if other is not coop:
                    await coop.node.federation.actors.actor(other.uri)
                    await coop.write(relations.change, other.uri, **both)

    async def name_delegate(self, name: str) -> None:
        coop = self.coops[name]
        known = self.delegates.get(name)
        if known is None:
            roles = {Role.MEMBER, Role.DELEGATE}
            made = await coop.write(
                accounts.create_account, handle="delegate", name="Ines", roles=roles
            )
            self.delegates[name] = known = made.id
        await coop.write(
            council.name_delegates, await self.id_at(name), [Named(known)], by="operator"
        )

    async def id_at(self, name: str) -> str:
        [view] = await self.coops[name].read(council.federations)
        found: str = view.id
        return found

    async def opened(self, **changes: Any) -> None:
        """Portici proposes; after comment and notice the vote is open."""
        await self.submitted("portici", **changes)
        await self.put_to_vote()

    async def put_to_vote(self) -> None:
        """Portici freezes its text; after notice the vote is open."""
        row = await self.row("portici")
        await self.coops["portici"].write(council.freeze, row.id, by="rosa")
        await self.settle()
        await self.wait(hours=76, minutes=1)
        await self.wait(hours=24)

    async def announced(self, mover: str, **changes: Any) -> None:
        """A coop proposes, freezes its text and gives notice."""
        made = await self.submitted(mover, **changes)
        await self.coops[mover].write(council.freeze, made, by="rosa")
        await self.settle()

    async def submitted(self, mover: str, **changes: Any) -> str:
        """A coop proposes."""
        now = self.town.clock.now()
        opens = now + timedelta(hours=100)
        fields: dict[str, Any] = {
            "title": "Referral fees of at most five per cent",
            "text": "Nobody takes more than five per cent for passing somebody on.",
            "decision_class": "ordinary",
            "opens_at": opens,
            "closes_at": opens + timedelta(hours=72),
            "finalize_by": opens + timedelta(hours=72 + 96),
            "policies": {"referrals.fee_ceiling_percent": "5"},
        }
        coop, draft = self.coops[mover], Draft(**(fields | changes))
        made = await coop.write(council.draft, await self.id_at(mover), draft, by="rosa")
        await coop.write(council.submit, made, by="rosa")
        await self.settle()
        return str(made)

    async def row(self, name: str) -> council.ProposalView:
        found, *_older = await self.coops[name].read(council.proposals)
        return found

    async def detail(self, name: str) -> ProposalDetail:
        found = await self.row(name)
        detail: ProposalDetail = await self.coops[name].read(council.proposal, found.id)
        return detail

    async def vote(self, name: str, choice: Any) -> str:
        row = await self.row(name)
        digest: str = await self.coops[name].write(
            council.cast, row.id, choice, by=self.delegates[name]
        )
        return digest

    async def votes(self, votes: Mapping[str, str] = VOTES) -> None:
        for name, choice in votes.items():
            await self.vote(name, choice)
        await self.settle()

    async def ended(self) -> None:
        """The end of the vote, the host's grace, and everything that follows."""
        await self.wait(hours=71, minutes=59)
        await self.wait(minutes=11)

    async def states(self) -> set[State]:
        return {(await self.row(name)).state for name in self.coops}

    async def evidence(self, name: str) -> list[tuple[str, str]]:
        """Codes and culprits, as a coop knows them."""
        found = await self.coops[name].read(council.found_evidence, await self.id_at(name))
        by_uri = {coop.uri: each for each, coop in self.coops.items()}
        return [(each.code, by_uri[each.culprit]) for each in found]

    async def is_proven_to_strangers(self, name: str) -> bool:
        """Whether each file of evidence that a coop has convinces whoever has nothing else."""
        number, coop = await self.id_at(name), self.coops[name]
        for each in await coop.read(council.found_evidence, number):
            data = await coop.read(council.evidence_of, number, each.id)
            proven = council.verify_file(data, self.digest)
            assert isinstance(proven, council.Proven)
            if (proven.finding.code, proven.finding.culprit) != (each.code, each.culprit):
                return False
        return True
