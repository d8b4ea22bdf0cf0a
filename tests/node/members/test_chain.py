from datetime import timedelta

import pytest
from msgspec.structs import replace

from node.members import chain
from node.members.chain import Content
from tests.support.clock import START
from tests.support.entropy import SeededEntropy

CONTENT = Content("rosa", "works here", "Femi Adeyemi", "worker")
SALT = bytes(range(16))


def some_links(count=4):
    links, previous = [], chain.START
    for seq in range(1, count + 1):
        at = START + timedelta(minutes=seq)
        digest = chain.salted_digest(SALT, CONTENT)
        links.append(chain.link(seq, f"event-{seq}", "femi", "apply", at, digest, previous))
        previous = links[-1].digest
    return links


def test_a_chain_that_nobody_touched_holds():
    assert chain.first_fault(some_links()) is None
    assert chain.first_fault([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"event": "admit"},
        {"member_id": "rosa"},
        {"id": "other"},
        {"at": START},
        {"content_digest": bytes(32)},
        {"previous": bytes(32)},
        {"digest": bytes(32)},
        {"seq": 7},
    ],
)
def test_a_link_that_was_changed_is_found(change):
    links = some_links()
    links[2] = replace(links[2], **change)
    assert chain.first_fault(links) == 3


def test_a_link_that_was_rewritten_with_its_digest_shows_in_the_next():
    links = some_links()
    old = links[1]
    links[1] = chain.link(
        2, old.id, old.member_id, "admit", old.at, old.content_digest, old.previous
    )
    assert chain.first_fault(links) == 3


def test_a_link_left_out_or_swapped_is_found():
    links = some_links()
    assert chain.first_fault(links[:1] + links[2:]) == 2
    assert chain.first_fault([links[1], links[0]]) == 1


def test_the_same_particulars_have_another_digest_under_another_salt():
    assert chain.salted_digest(SALT, CONTENT) != chain.salted_digest(bytes(16), CONTENT)


def test_particulars_open_with_the_members_own_key_and_for_their_own_event_only():
    entropy, key = SeededEntropy(), bytes(32)
    sealed = chain.seal(key, "event-1", SALT, CONTENT, entropy)
    assert b"Femi" not in sealed
    assert chain.unseal(key, "event-1", sealed) == (SALT, CONTENT)
    assert chain.unseal(bytes([1] * 32), "event-1", sealed) is None
    assert chain.unseal(key, "event-2", sealed) is None
