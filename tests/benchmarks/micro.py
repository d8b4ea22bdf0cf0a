"""What a message costs in single functions: microseconds, beside the least that does such a thing.

Reading, verifying, bringing into canonical form and signing one message of each form, each in turn
with its reference in the same run: the JSON parser of Python, the signature alone by cryptography,
a sorting encoder.
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from protocol import http_signatures, jcs, jsonld, proofs, strict_json
from protocol.http_signatures import Profile, SignedMessage
from tests.benchmarks.coops import Coop, bodies, make_coops
from tests.benchmarks.report import Report, add_common, finish, medians
from tests.support.signing import cavage

TIMES = 300
PORT = 8366
"""Nobody listens there: nothing is sent."""


class Pair(NamedTuple):
    """A function of ours, and the least that could do the heart of its work."""

    ours: Callable[[], object]
    least: Callable[[], object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=TIMES, help="each function, in each round")
    add_common(parser, rounds=5)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    finish(measure(arguments), arguments)


def measure(arguments: argparse.Namespace) -> Report:
    pairs = _pairs(*make_coops(1, PORT))
    rounds = [
        {
            name: {
                "us": _microseconds(pair.ours, arguments.times),
                "least_us": _microseconds(pair.least, arguments.times),
            }
            for name, pair in pairs.items()
        }
        for _number in range(arguments.rounds)
    ]
    return Report(
        "micro",
        {
            name: round(median(each[name]["us"] / each[name]["least_us"] for each in rounds), 2)
            for name in pairs
        },
        medians(rounds),
        rounds,
        references={name: [each[name]["least_us"] for each in rounds] for name in pairs},
    )


def _microseconds(do: Callable[[], object], times: int) -> float:
    """The median of so many, so that what interrupts a few does not count."""
    took = []
    for _time in range(times):
        begun = time.perf_counter_ns()
        do()
        took.append(time.perf_counter_ns() - begun)
    return round(median(took) / 1000, 2)


def _pairs(coop: Coop) -> dict[str, Pair]:
    now = datetime.now(UTC)
    [bare], [proven] = bodies([coop], "bare", range(1)), bodies([coop], "proven", range(1))
    authority, signer = "node.localhost", coop.signer
    headers = cavage(signer, authority, bare, now)
    message = SignedMessage("POST", "/inbox", authority, "http", tuple(headers.items()), bare)
    claims = http_signatures.claims_of(message)
    rsa, ed25519 = signer.rsa.public_key(), signer.ed25519.public_key()
    signed = signer.rsa.sign(bare, padding.PKCS1v15(), hashes.SHA256())
    proved = signer.ed25519.sign(proven)
    said, with_proof = strict_json.loads(bare), strict_json.loads(proven)
    return {
        "parse": Pair(lambda: strict_json.loads(bare), lambda: json.loads(bare)),
        "normalise": Pair(lambda: jsonld.normalise(said), lambda: json.loads(bare)),
        "canonical": Pair(
            lambda: jcs.canonical(with_proof),
            lambda: json.dumps(with_proof, sort_keys=True, separators=(",", ":")),
        ),
        "verify": Pair(
            lambda: http_signatures.verify(message, claims, rsa, now),
            lambda: rsa.verify(signed, bare, padding.PKCS1v15(), hashes.SHA256()),
        ),
        "verify_proof": Pair(
            lambda: proofs.verify_proof(with_proof, ed25519, now),
            lambda: ed25519.verify(proved, proven),
        ),
        "sign": Pair(
            lambda: http_signatures.sign(
                "POST",
                f"http://{authority}/inbox",
                bare,
                key_id=signer.rsa_id,
                private_key=signer.rsa,
                now=now,
                profile=Profile.CAVAGE,
            ),
            lambda: signer.rsa.sign(bare, padding.PKCS1v15(), hashes.SHA256()),
        ),
    }
