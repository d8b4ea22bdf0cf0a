from dataclasses import dataclass, replace
from typing import Any

from node import hash_chain


@dataclass(frozen=True)
class Line:
    seq: int
    word: str
    previous: bytes
    digest: bytes = b""

    @property
    def document(self) -> dict[str, Any]:
        return {"seq": self.seq, "word": self.word, "previous": self.previous.hex()}


def chain(*words: str) -> list[Line]:
    lines, previous = [], hash_chain.START
    for seq, word in enumerate(words, start=1):
        line = Line(seq, word, previous)
        lines.append(replace(line, digest=hash_chain.digest_of(line.document)))
        previous = lines[-1].digest
    return lines


def test_a_chain_holds_until_a_line_changes_goes_or_moves():
    lines = chain("flour", "water", "salt", "time")
    assert hash_chain.first_fault([]) is None
    assert hash_chain.first_fault(lines) is None
    assert hash_chain.first_fault([lines[0], replace(lines[1], word="wine"), *lines[2:]]) == 2
    assert hash_chain.first_fault(lines[:2] + lines[3:]) == 3
    assert hash_chain.first_fault([lines[1], lines[0]]) == 1


def test_a_content_has_another_digest_under_another_salt():
    assert hash_chain.salted_digest(b"a", b"rosa") != hash_chain.salted_digest(b"b", b"rosa")
