"""Each guard turned off once: a case of its class must notice.

A table of guards: fault class of the catalogue, the function that stands in its way, what takes its
place, and the row that has to fail then. Part of `make soak`: each has a town of its own.
"""

import asyncio
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from federation.inbox.memory import Verdict
from federation.key_files import Generation
from node import content
from protocol.errors import MalformedDocument
from tests.hostile.rows import CASES
from tests.hostile.siege import Siege, lay_siege, ready
from tests.hostile.stand_ins import (
    BY_FOLLOW,
    FRAMED_BY_ANYBODY,
    all_of_it,
    any_answer,
    as_a_template,
    as_it_came,
    as_much_as_they_like,
    at_once,
    change_whose_follow_it_is,
    everybodys,
    first_line,
    for_ever,
    if_same_origin,
    keeping,
    let_through,
    no,
    nothing,
    nothing_either,
    only_for_somebody,
    packed_for_all,
    same,
    somebody,
    this_machine_too,
    whatever_lies_there,
    with_its_html,
    with_named_columns,
    without_bound,
    yes,
)
from tests.hostile.test_corpus import ROWS
from ui.web.context import member_of

IN_VOTES = frozenset({"vote-dup", "vote-time", "vote-authority", "vote-tally", "vote-privacy"})
"""Turned off one by one in test_vote_mutations.py: their cases need a vote around them."""

LONGEST_SECONDS = 60
FOR_EVER = (TimeoutError,)
"""How an attack shows that goes on for ever, as that of pages in a circle does."""
NOTICED: tuple[type[BaseException], ...] = (AssertionError, pytest.fail.Exception)
"""What a case raises of itself: an assertion, or that something was not refused."""


@dataclass(frozen=True)
class Mutation:
    """guards: by their place, what stands there instead. row: which has to fail. shows_as: by
    what else than an assertion it fails, if by anything."""

    guards: Mapping[str, Any]
    row: str
    settings: Mapping[str, Any] | None = None
    shows_as: tuple[type[BaseException], ...] = NOTICED


_CHECKS = "protocol.http_signatures.checks"
_RULES = "federation.inbox.authorise"
MUTATIONS: dict[str, Mutation] = {
    "sig-missing": Mutation({f"{_CHECKS}.check_covers": nothing}, "SIG-04"),
    "sig-digest": Mutation({"protocol.http_signatures.cavage.check_digest": nothing}, "SIG-07"),
    "sig-time": Mutation({f"{_CHECKS}.check_times": nothing}, "SIG-13"),
    "sig-replay": Mutation({"federation.inbox.memory._verdict": lambda *_: Verdict.NEW}, "SIG-18"),
    "sig-key-binding": Mutation({f"{_RULES}._check_sender": nothing}, "SIG-22"),
    "sig-key-quality": Mutation({"protocol.keys._checked": same}, "SIG-29"),
    "sig-alg": Mutation({f"{_CHECKS}.check_algorithm": nothing}, "SIG-32"),
    "sig-header-ambiguity": Mutation(
        {"protocol.http_signatures.message.SignedMessage.single_header": first_line}, "SIG-35"
    ),
    "sig-target": Mutation(
        {"federation.routes.check_host": nothing, f"{_CHECKS}.check_host": nothing}, "SIG-40"
    ),
    "sig-key-lifecycle": Mutation(
        {"federation.remote.keys.Keys.renewed": nothing_either}, "SIG-43"
    ),
    "id-ownership": Mutation({f"{_RULES}._check_change": nothing}, "IDN-01"),
    "id-embedded": Mutation(
        {f"{_RULES}._may_be_told": yes, "node.listings.mirrors.belongs": yes},
        "IDN-07:by a peer, of a third coop",
    ),
    "id-fetch-match": Mutation(
        {"federation.remote.documents.Documents.fetch_document": whatever_lies_there}, "IDN-12"
    ),
    "id-content-type": Mutation({"federation.remote.documents.is_activity_type": yes}, "IDN-16"),
    "id-host-confusion": Mutation({f"{_RULES}._check_id": nothing}, "IDN-27"),
    "id-local": Mutation({f"{_RULES}._check_not_ours": nothing}, "IDN-28"),
    "id-activity-origin": Mutation({f"{_RULES}._check_id": nothing}, "IDN-30"),
    "json-shape": Mutation({"protocol.jsonld.single_type": lambda types: types[0]}, "JSN-01"),
    "json-limits": Mutation({"protocol.strict_json._check_size": nothing}, "JSN-05:wide"),
    "json-encoding": Mutation(
        {"protocol.strict_json._decoded": lambda data: data.decode("utf-8", "replace")}, "JSN-12"
    ),
    "json-context": Mutation(
        {"protocol.expansion._FORBIDDEN": frozenset()}, "JSN-16:keywords that reshape"
    ),
    "json-keys": Mutation(
        {"node.listings.inbox._read": with_named_columns}, "JSN-20:names of our own columns"
    ),
    "ssrf-ip": Mutation({"federation.guard.is_public": this_machine_too}, "FET-01"),
    "ssrf-name": Mutation({"federation.guard.is_public": this_machine_too}, "FET-07"),
    "fetch-redirect": Mutation({}, "FET-12", {"redirects": 60}),
    "fetch-resource": Mutation({"federation.http_client._read": all_of_it}, "FET-15"),
    "fetch-loop": Mutation(
        {"federation.catalogue._check_page": nothing}, "FET-19", shows_as=FOR_EVER
    ),
    "wf-spoof": Mutation(
        {"federation.remote.discovery._confirm": nothing_either},
        "WEB-01:confirmed by another name",
    ),
    "wf-resource": Mutation({"federation.routes.ourselves.webfinger_document": somebody}, "WEB-04"),
    "ref-replay": Mutation({"federation.inbox.memory._verdict": lambda *_: Verdict.NEW}, "REF-01"),
    "ref-amount": Mutation(
        {"node.referrals.rules.is_currency": yes}, "REF-06:currencies that are none"
    ),
    "ref-state": Mutation({"node.referrals.hearing._check_in_time": nothing}, "REF-09"),
    "ref-authority": Mutation({"node.referrals.hearing._answered": any_answer}, "REF-14"),
    "xss": Mutation({"node.content.safe_html": same}, "UIX-01:of a peer"),
    "csrf-click": Mutation({"ui.web.middleware.csrf.comes_from_us": yes}, "UIX-06"),
    "session": Mutation(
        {"ui.web.entering.accounts.sign_in": keeping()},
        "UIX-09:one's own session given to somebody else",
    ),
    "access-control": Mutation({"ui.web.pages.settings.admin_of": member_of}, "UIX-13"),
    "upload": Mutation({"ui.web.reading.LARGEST_UPLOAD": 10**9}, "UIX-17"),
    "output-injection": Mutation({"ui.web.pages.account.local_path": same}, "UIX-20"),
    "auth": Mutation({"ui.web.entering._check_tries": nothing_either}, "UIX-23"),
    "dos-flood": Mutation({"federation.inbox.limits.Buckets.take": lambda *_: 0}, "DOS-01"),
    "dos-query": Mutation(
        {"federation.storage.patience.within": for_ever}, "DOS-05:a question that never ends"
    ),
    "dos-queue": Mutation({}, "DOS-07", {"breaker_failures": 10**9}),
    "dos-storage": Mutation({"federation.remote.keys._Recent.put": without_bound}, "DOS-09"),
}
MORE: dict[str, Mutation] = {
    "a moment that no clock shows": Mutation(
        {"node.days.suppress": let_through}, "JSN-06:moments at either end of the calendar"
    ),
    "an address that is none": Mutation(
        {"node.listings.views._of_their_own": if_same_origin},
        "IDN-26:in all that a listing names",
        shows_as=(MalformedDocument,),
    ),
    "a second line that says how it is packed": Mutation(
        {"federation.served.requests.is_packed": no}, "JSN-09:named twice"
    ),
    "parts of a form called as no browser calls them": Mutation(
        {"ui.web.reading._DISPOSITION": re.compile("(.*)", re.DOTALL)},
        "DOS-09:what the parts of a form are called",
    ),
    # These two are held by several layers each: any of them alone is enough.
    "a Follow that anybody undoes": Mutation(
        {
            f"{_RULES}._check_undo": nothing,
            "node.peers.inbox.relations": BY_FOLLOW,
            "node.peers.inbox.change": change_whose_follow_it_is,
        },
        "IDN-03:of another's Follow",
    ),
    "words with another meaning": Mutation(
        {
            "protocol.expansion._check_definition": nothing,
            "protocol.expansion._check_same_reading": nothing,
        },
        "JSN-16:two owners",
    ),
    "a finder that nobody confirms": Mutation(
        {"federation.remote.discovery._confirm": nothing_either},
        "WEB-01:a finder that answers nonsense",
    ),
    "a digest of which one part fits": Mutation(
        {"protocol.http_signatures.cavage.check_digest": nothing},
        "SIG-10:several algorithms, one of them wrong",
    ),
    "a listing that is given away": Mutation(
        {f"{_RULES}._check_change": nothing, "node.listings.mirrors.belongs": yes},
        "IDN-01:that gives it away",
    ),
    "a hop to inside": Mutation(
        {"federation.guard.is_public": this_machine_too},
        "FET-09:to names that are nobody's on the Internet",
    ),
    "addresses that run": Mutation({"node.content.safe_html": same}, "UIX-02"),
    "words that bring their own HTML": Mutation(
        {"node.content.safe_html": same, "node.content._markdown": with_its_html}, "UIX-03"
    ),
    "words that are taken for a template": Mutation(
        {"node.content.safe_html": as_a_template}, "UIX-05"
    ),
    "a page within another's": Mutation(
        {"ui.web.middleware.SECURITY_HEADERS": FRAMED_BY_ANYBODY}, "UIX-07"
    ),
    "a draft that anybody opens": Mutation({"node.listings.visible": yes}, "UIX-12"),
    "an offer for peers that anybody fetches": Mutation(
        {"node.listings.inbox._may_read": yes}, "UIX-15"
    ),
    "a table that runs": Mutation({"node.spreadsheets.guarded": same}, "UIX-19"),
    "an answer that comes sooner where nobody is": Mutation(
        {"ui.web.entering.accounts.matches": only_for_somebody}, "UIX-22"
    ),
    "letters that others read": Mutation(
        {"node.threads.queries.seen_by": everybodys}, "UIX-12:whatever it is"
    ),
    "a debt paid twice": Mutation(
        {"node.clearing.settlements._check_heard": nothing},
        "REF-02:in two parts, and for two debts",
    ),
    "any form of another site": Mutation(
        {"ui.web.csrf.comes_from_us": yes}, "UIX-06:every form there is"
    ),
    "a picture as it came": Mutation(
        {"node.media.encoding._file": as_it_came}, "UIX-16:a true picture with a stowaway"
    ),
    "an archive that leads out": Mutation(
        {"node.backups.archive._is_inside": yes}, "UIX-17:an archive that leads out"
    ),
    "hosts that are never forgotten": Mutation(
        {"federation.hosts.forget_old": nothing_either}, "DOS-09:hosts that were seen once"
    ),
    "words that are never forgotten": Mutation(
        {"node.listings.vocabulary.forget": nothing_either}, "DOS-09:words that were said once"
    ),
    "a page that packs a secret for another site": Mutation(
        {"ui.web.middleware._pack": packed_for_all}, "UIX-06:a page that another site weighs"
    ),
    "a page that the browser keeps": Mutation(
        {"ui.web.middleware.OF_SOMEBODY": "private, max-age=600"},
        "UIX-10:what a shared computer keeps",
    ),
    "a list as long as one likes": Mutation(
        {"ui.web.lists.files._limit": as_much_as_they_like},
        "DOS-05:as much of a list as one likes",
    ),
    "answers that nobody reads": Mutation(
        {"ui.web.slow_reading.Reading.look": no},
        "DOS-03:answers that nobody reads",
        shows_as=FOR_EVER,
    ),
    "a list that goes on": Mutation(
        {"ui.web.lists.files._look_again": nothing_either}, "UIX-10:a list that is read for long"
    ),
    "letters without end": Mutation(
        {"node.accounts.tries._wait_for": at_once}, "UIX-23:letters without end"
    ),
}
"""Guards of which the catalogue has no class of its own, or another example of one."""


def test_every_class_has_a_guard_to_turn_off() -> None:
    classes = {case["fault_class"] for case in CASES.values()}
    assert {*MUTATIONS, *IN_VOTES} == classes
    rows = {str(row): row for row in ROWS}
    assert {mutation.row for mutation in MORE.values()} <= rows.keys()
    for fault_class, mutation in MUTATIONS.items():
        assert CASES[rows[mutation.row].case]["fault_class"] == fault_class


def test_every_case_at_the_pages_has_a_guard_to_turn_off() -> None:
    aimed_at = {one.row.partition(":")[0] for one in (*MUTATIONS.values(), *MORE.values())}
    assert {case for case in CASES if case.startswith("UIX-")} <= aimed_at


def test_a_stand_in_remembers_where_its_guard_does() -> None:
    """The program may ask a guard whether it was made yet."""
    for mutation in (*MUTATIONS.values(), *MORE.values()):
        for place, instead in mutation.guards.items():
            remembers = hasattr(getattr(*owner_of(place)), "cache_info")
            assert not remembers or hasattr(noting(place, instead, set()), "cache_info"), place


# An attack that goes through is broken off wherever it shows, with its doors still open.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.soak
@pytest.mark.parametrize("fault_class", MUTATIONS | MORE)
async def test_without_its_guard_a_case_fails(
    fault_class: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    town_keys: dict[str, Generation],
    migrated_file: Path,
) -> None:
    mutation = (MUTATIONS | MORE)[fault_class]
    [row] = [row for row in ROWS if str(row) == mutation.row]
    async with lay_siege(tmp_path, town_keys, migrated_file, {}) as siege:
        await ready(siege, row)
        content.markdown_html.cache_clear()  # what was made harmless with the guard is remembered
        with monkeypatch.context() as patch:
            asked: set[str] = set()
            for place, instead in mutation.guards.items():
                patch.setattr(*owner_of(place), noting(place, instead, asked))
            _loosen(siege, patch, mutation.settings or {})
            with pytest.raises(mutation.shows_as):
                async with asyncio.timeout(LONGEST_SECONDS):
                    await row.attack(siege)
    assert asked or not any(map(callable, mutation.guards.values())), "it failed before the guard"


def noting(place: str, instead: Any, asked: set[str]) -> Any:
    """The stand-in, noting that it was asked: a case that fails before it comes to the guard tells
    nothing of it. What the guard made is remembered where the guard remembers it."""
    if not callable(instead):
        return instead

    def note(*given: Any, **named: Any) -> Any:
        asked.add(place)
        return instead(*given, **named)

    return cache(note) if hasattr(getattr(*owner_of(place)), "cache_info") else note


def owner_of(place: str) -> tuple[Any, str]:
    """What holds the guard, and its name there: a module, or something in it."""
    *path, name = place.split(".")
    for length in range(len(path), 0, -1):
        try:
            module = importlib.import_module(".".join(path[:length]))
        except ImportError:
            continue
        owner = reduce(getattr, path[length:], module)
        assert hasattr(owner, name), place
        return owner, name
    raise AssertionError(place)


def _loosen(siege: Siege, patch: pytest.MonkeyPatch, changes: Mapping[str, Any]) -> None:
    """Give the parts that are at work other limits."""
    federation = siege.coop.node.federation
    parts: list[Any] = [federation.client, federation.delivery]
    for part in parts:
        patch.setattr(part, "_settings", replace(part._settings, **changes))
