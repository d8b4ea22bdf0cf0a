"""`rochdale verify` and `rochdale council`: exit codes, JSON, reasons."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from node import council
from node.council.count import files
from node.council.words.statements import Kind
from protocol import datetimes
from tests.node.council.chamber import Chamber, uri
from tests.ui.commands import folder, run
from ui.cli import main
from ui.cli.council import policy

__all__ = ["folder"]
VOTES = {"camara": "yes", "lanehead": "yes"}


@pytest.fixture(scope="module")
def decided() -> Chamber:
    return Chamber(("camara", "lanehead")).found().decided(VOTES)


def test_a_decision_is_recounted_from_its_file_alone(decided, tmp_path: Path) -> None:
    file = tmp_path / "decision.json"
    file.write_bytes(decided.archive())
    charter = decided.record.federation
    answer = CliRunner().invoke(main, ["verify", str(file), "--charter", charter, "--json"])
    assert answer.exit_code == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["charter"], told["outcome"]) == (charter, "passed")
    assert len(told["agreed"]) == 2

    unknown = CliRunner().invoke(main, ["verify", str(file)])
    assert unknown.exit_code == 0
    assert charter in unknown.stdout
    assert "member of the federation" in unknown.stdout
    assert "\nPassed.\n  1 must take part; 2 did.\n" in unknown.stdout
    assert "\n  Lanehead: Yes\n" in unknown.stdout
    assert "comes to the same. So do 2 of 2 coops." in unknown.stdout


def test_what_does_not_hold_ends_with_a_reason_and_status_1(decided, tmp_path: Path) -> None:
    file = tmp_path / "decision.json"
    data = decided.archive()
    for changed in (data.replace(b"five per cent", b"nine per cent"), data + b"\n", b"{}", b""):
        file.write_bytes(changed)
        answer = CliRunner().invoke(main, ["verify", str(file), "--json"])
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "does not hold" in answer.stderr
    file.write_bytes(data)
    other = CliRunner().invoke(main, ["verify", str(file), "--charter", "zQmOther"])
    assert other.exit_code == 1


def checked(file: Path, data: bytes, *also: str) -> Result:
    file.write_bytes(data)
    return CliRunner().invoke(main, ["verify", str(file), *also])


def test_evidence_says_what_it_proves_and_what_it_does_not(tmp_path: Path) -> None:
    chamber, file = Chamber().found(), tmp_path / "evidence.json"
    first = chamber.record.charter
    assert first is not None
    two = [chamber.mandate("lanehead").text, chamber.mandate("lanehead", use="other").text]
    fields = {"code": "E5", "culprit": uri("lanehead"), "proposal": None}
    said = chamber.say("pioneer", Kind.EVIDENCE, **fields, context=[first.text], parts=two)
    data = files.of_evidence(said)
    answer = checked(file, data)
    assert answer.exit_code == 0, answer.stderr
    assert "Toad Lane: Lanehead signed two different things under one number" in answer.stdout
    assert "Pioneer has found it." in answer.stdout
    assert "a fault in a program looks the same as a lie" in answer.stdout
    assert "Camara, Lanehead, Mawimbi, Pioneer, Portici." in answer.stdout
    assert "Ask a member of the federation to read you the charter's number" in answer.stdout
    told = json.loads(checked(file, data, "--charter", first.content, "--json").stdout)
    assert (told["kind"], told["code"], told["culprit"]) == ("evidence", "E5", uri("lanehead"))
    broken = checked(file, data.replace(b"pioneer.example", b"pioneer.exampla", 1))
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert "does not hold" in broken.stderr


def test_a_receipt_says_which_coops_have_stored_the_ballot(tmp_path: Path) -> None:
    chamber, file = Chamber().found(), tmp_path / "receipt.json"
    first = chamber.record.charter
    assert first is not None
    chamber.opened()
    ballot = chamber.must(chamber.ballot("lanehead", "yes"))
    entry, leaves = chamber.entries[-1][0], [each.leaf for each, _said in chamber.entries]
    head = chamber.head(by=("camara", "lanehead", "mawimbi", "portici"))
    data = files.of_receipt([first.text], ballot.text, entry, leaves, head)
    answer = checked(file, data, "--charter", first.content)
    assert answer.exit_code == 0, answer.stderr
    assert "Toad Lane: Lanehead: Yes\n" in answer.stdout
    assert f"is line {len(leaves)} of the log." in answer.stdout
    assert "4 of 5 coops have stored and signed the log with it: Camara, Lanehead" in answer.stdout
    assert "It is the number that you gave." in answer.stdout
    told = json.loads(checked(file, data, "--json").stdout)
    assert (told["kind"], told["choice"], len(told["stored_by"])) == ("receipt", "yes", 4)
    assert told["stored_at"] == datetimes.format(chamber.now)
    broken = checked(file, data.replace(b"lanehead.example", b"lanehead.exampla", 1))
    assert (broken.exit_code, broken.stdout) == (1, "")


def test_the_council_of_a_node_that_belongs_nowhere(folder: Path) -> None:
    assert json.loads(run(folder, "council", "show").stdout) == {"federations": [], "proposals": []}
    for words in (
        ("show", "none"),
        ("open", "none"),
        ("admit", "none", "loaf.example"),
        ("charter", "none"),
        ("replace-key", "none", "--reason", "A laptop is gone."),
        ("lost-key", "none", "admin"),
        ("log", "none"),
        ("evidence", "none"),
        ("proof", "none", "none", "evidence.json"),
        ("takeover", "none"),
        ("handover", "none", "--accept"),
        ("handover", "none"),
    ):
        assert run(folder, "council", *words, code=1).stdout == ""


def test_the_rules_of_a_charter_must_hold_together() -> None:
    weights = {"scheme": "proportional"}
    agreed = council.rules("Toad Lane", scheme=weights)
    assert council.powerless(agreed, {"a": 10, "b": 1, "c": 1}) == ["b", "c"]
    assert council.powerless(council.rules("Toad Lane"), {"a": 10, "b": 1, "c": 1}) == []


def test_a_policy_on_the_command_line_is_read_as_its_kind_is_typed():
    assert policy("referrals.fee_ceiling_percent=5") == ("referrals.fee_ceiling_percent", "5")
    assert policy("listings.required_fields=place") == ("listings.required_fields", ["place"])
    assert policy("listings.max_age_days=90") == ("listings.max_age_days", 90)
