"""What of a stranger's answers is kept with a message."""

from types import SimpleNamespace

import pytest

from node.threads import hearing
from node.threads.answers import boxed


@pytest.mark.parametrize(
    ("agreement", "kept"),
    [
        ("https://portici.example/agreements/1", [["Pets?", "A dog"]]),
        ("https://portici.example/" + "x" * 9_000, None),
        ("https://mill.example/agreements/1", None),
        ("a b", None),
    ],
)
def test_only_those_for_an_agreement_of_the_senders_are_kept(agreement, kept):
    coop, sender = "https://loaf.example/coop", "https://portici.example/coop"
    said = {"agreement": agreement, "answers": [{"question": "Pets?\0", "answer": "A dog"}] * 2}
    note = {"id": f"{sender}/1", "type": "Note", "content": "x", "to": [coop], "details": said}
    received = SimpleNamespace(
        activity=SimpleNamespace(object=note, to=(coop,), cc=()),
        verified=SimpleNamespace(actor=sender),
    )
    read = hearing.message_in(received, coop)
    assert boxed("x", read.answers).get("answers") == (kept and kept * 2)
