"""Who may say what, decided on ids and owners alone."""

from typing import Any

import pytest

from federation.errors import Refused
from federation.inbox.authorise import authorise
from protocol.iri import origin_of
from protocol.vocabulary.activities import Activity, parse_activity

US = "https://loaf.example"
FARM = "https://farm.example/coop"
BOB = "https://farm.example/bob"
EVE = "https://evil.example/coop"
HERS = "https://evil.example/goods/1"
THEIRS = "https://farm.example/goods/1"
OURS = "https://loaf.example/listings/1"


def thing(uri: str | None = THEIRS, owner: str | None = FARM, **fields: Any) -> dict[str, Any]:
    document = {"type": "Proposal", "id": uri, "attributedTo": owner, **fields}
    return {key: value for key, value in document.items() if value is not None}


def act(kind: str, content: Any, actor: str = FARM, **fields: Any) -> Activity:
    id_ = f"{actor}/a/1"
    return parse_activity({"id": id_, "type": kind, "actor": actor, "object": content} | fields)


def believed(activity: Activity, signer: str = FARM, **proven: str) -> Activity:
    owners = {THEIRS if key == "theirs" else HERS: owner for key, owner in proven.items()}
    return authorise(activity, signer, our_origin=origin_of(US), proven=owners)


@pytest.mark.parametrize(
    "activity",
    [
        act("Create", thing()),
        act("Create", thing(owner=None)),
        act("Create", thing(uri=None)),
        act("Update", thing()),
        act("Update", {"type": "Organization", "id": FARM, "inbox": f"{FARM}/inbox"}),
        act("Delete", THEIRS),
        act("Delete", {"type": "Tombstone", "id": THEIRS}),
        act("Delete", FARM),
        act("Follow", f"{US}/coop"),
        act("Undo", f"{FARM}/a/0"),
        act("Undo", {"type": "Follow", "id": f"{FARM}/a/0", "actor": FARM}),
        act("Accept", f"{US}/activities/1"),
        act("Offer", thing(uri=None, type="Agreement")),
    ],
)
def test_a_coop_speaks_for_itself_and_what_is_its_own(activity: Activity) -> None:
    assert believed(activity) == activity


@pytest.mark.parametrize(
    ("activity", "signer", "status", "code"),
    [
        (act("Create", thing()), EVE, 401, "actor-mismatch"),
        (act("Create", thing()), BOB, 403, "actor-mismatch"),
        (act("Create", thing(), id=HERS), FARM, 403, "id-origin-mismatch"),
        (act("Create", thing(), id="https://sub.farm.example/1"), FARM, 403, "id-origin-mismatch"),
        (act("Create", thing(), id="https://farm.example:8443/1"), FARM, 403, "id-origin-mismatch"),
        (act("Create", thing(), id="http://farm.example/1"), FARM, 403, "id-origin-mismatch"),
        (act("Create", thing(), id=OURS), FARM, 403, "our-id"),
        (act("Create", thing(OURS)), FARM, 403, "our-id"),
        (act("Update", thing(OURS)), FARM, 403, "our-id"),
        (act("Delete", OURS), FARM, 403, "our-id"),
        (act("Create", thing(owner=BOB)), FARM, 403, "not-owner"),
        (act("Create", thing(owner=EVE)), FARM, 403, "not-owner"),
        (act("Update", thing(HERS, EVE)), FARM, 403, "not-owner"),
        (act("Update", thing(owner=BOB)), FARM, 403, "not-owner"),
        (act("Update", {"type": "Person", "id": BOB, "inbox": BOB}), FARM, 403, "not-owner"),
        (act("Update", {"type": "Proposal"}), FARM, 400, "object-without-id"),
        (act("Delete", HERS), FARM, 403, "not-owner"),
        (act("Undo", "https://evil.example/a/1"), FARM, 403, "not-owner"),
        (act("Undo", {"type": "Like", "id": f"{BOB}/1", "actor": BOB}), FARM, 403, "not-owner"),
    ],
)
def test_nobody_speaks_for_another(activity: Activity, signer: str, status: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        believed(activity, signer)
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize("kind", ["Create", "Announce", "Offer", "Add"])
def test_what_belongs_to_a_third_coop_is_cut_back_to_its_id(kind: str) -> None:
    activity = believed(act(kind, thing(HERS, EVE)))
    assert activity.object is None
    assert activity.object_id == activity.document["object"] == HERS
    assert activity.object_type == "Proposal"


def test_what_a_third_coop_signed_is_believed() -> None:
    assert believed(act("Announce", thing(HERS, EVE)), hers=EVE).object == thing(HERS, EVE)


@pytest.mark.parametrize(
    ("content", "prover"),
    [(thing(HERS, EVE), FARM), (thing(HERS, FARM), EVE), (thing(HERS, EVE), BOB)],
)
def test_a_proof_by_anybody_but_the_owner_is_worth_nothing(
    content: dict[str, Any], prover: str
) -> None:
    assert believed(act("Announce", content), hers=prover).object is None


def test_our_own_words_come_back_as_their_id_only() -> None:
    ours = {"type": "Follow", "id": f"{US}/activities/1", "actor": f"{US}/coop", "object": FARM}
    activity = believed(act("Accept", ours))
    assert (activity.object, activity.object_id, activity.object_type) == (
        None,
        f"{US}/activities/1",
        "Follow",
    )


def test_an_acceptance_without_any_id_still_says_what_it_accepts() -> None:
    activity = believed(act("Accept", {"type": "Follow", "actor": f"{US}/coop", "object": FARM}))
    assert (activity.object, activity.object_id, activity.object_type) == (None, None, "Follow")


def test_a_result_of_somebody_else_is_cut_back_too() -> None:
    result = thing(HERS, EVE, type="Agreement")
    activity = believed(act("Accept", f"{US}/activities/1", result=result))
    assert activity.document["result"] == HERS
