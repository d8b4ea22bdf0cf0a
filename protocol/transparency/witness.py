"""What a witness may cosign (C2SP tlog-witness, add-checkpoint), decided without storing anything.

Whoever calls keeps the verdict's rule: the new state is stored in the same transaction in which
the old one was read, and before the cosignature is given away.
"""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from protocol.errors import ProtocolError, SignatureInvalid
from protocol.transparency import checkpoints, merkle
from protocol.transparency.checkpoints import Checkpoint
from protocol.transparency.merkle import ProofRefused
from protocol.transparency.notes import Note

MOST_HASHES = 63


class State(Struct, frozen=True):
    """The largest checkpoint that a witness has cosigned of one log; nothing at first."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT


class WitnessRefused(ProtocolError):
    """status: what the specification answers. size: the last cosigned size, with 409."""

    default_code = "witness-refused"

    def __init__(self, status: int, sentence: str, *, code: str, size: int | None = None) -> None:
        super().__init__(sentence, code=code)
        self.status, self.size = status, size


class SplitView(WitnessRefused):
    """The log signed two roots for one size: the note is evidence, together with ours."""


def judge(
    state: State,
    old: int,
    proof: Sequence[bytes],
    note_text: str,
    *,
    origin: str,
    log_key: Ed25519PublicKey,
) -> tuple[Checkpoint, Note]:
    """The checkpoint that may be stored and cosigned now. Raises WitnessRefused."""
    try:
        checkpoint, note = checkpoints.opened(note_text, origin, log_key)
    except SignatureInvalid as error:
        raise WitnessRefused(403, str(error), code="checkpoint-unsigned") from None
    if old > checkpoint.size or len(proof) > MOST_HASHES:
        raise WitnessRefused(400, "The old size is above the new one.", code="sizes-reversed")
    if old != state.size:
        raise WitnessRefused(
            409,
            f"The last checkpoint that was cosigned here has the size {state.size}.",
            code="other-size",
            size=state.size,
        )
    if checkpoint.size == state.size and checkpoint.root != state.root:
        raise SplitView(
            409,
            f"Another root was signed before for the size {state.size}.",
            code="split-view",
            size=state.size,
        )
    try:
        merkle.check_consistency(old, state.root, checkpoint.size, checkpoint.root, proof)
    except ProofRefused as error:
        raise WitnessRefused(422, str(error), code="inconsistent") from None
    return checkpoint, note
