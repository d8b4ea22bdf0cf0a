"""The tables of the operators' guide that no program writes are those of the code."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import asdict

from federation.models import DeliveryState
from node.accounts import DUTIES, Role
from node.accounts.rules import Duty
from node.config import _Settings
from node.listings import CASE_LIFE
from node.members import MembershipClass
from node.policies import REGISTRY, PolicyKey
from tests.documents import OPERATING, ROOT

# How a row begins that says who may do what this duty is about.
ABOUT = {
    Duty.MEMBERS: "look at applications",
    Duty.VOUCHING: "vouch for",
    Duty.BOOKS: "the books",
    Duty.MODERATION: "look at what was reported",
    Duty.NODE: "write the form",
}
COUNTED_IN = {"days", "hours", "times", "years", "%"}
DEFAULTS = asdict(_Settings(name="Lanehead", address="https://lanehead.example"))


def table(first: str) -> list[list[str]]:
    """The rows of the table whose heading begins so."""
    lines = OPERATING.read_text("utf-8").splitlines()
    [at] = [at for at, line in enumerate(lines) if line.startswith(f"| {first} |")]
    return list(_rows(lines[at:]))


def _rows(lines: list[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        if not line.startswith("|--"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.mark.parametrize("duty", Duty)
def test_who_may_do_what_is_told(duty: Duty) -> None:
    (_what, *roles), *told = table("what | member")
    [row] = [cells[1:] for cells in told if cells[0].startswith(ABOUT[duty])]
    assert {Role(role) for role, may in zip(roles, row, strict=True) if may == "yes"} == DUTIES[
        duty
    ]


def test_every_step_of_a_case_is_told() -> None:
    _head, *told = table("event | from | to | whose")
    steps = {tuple(cell.strip("`") for cell in cells[:3]) for cells in told}
    assert steps == {(act, before, after) for (before, act), after in CASE_LIFE.table.items()}


def test_every_state_of_a_message_that_waits_is_told() -> None:
    text = OPERATING.read_text("utf-8").partition("`rochdale peer delivery` shows")[2]
    told = set(re.findall(r"^\| `(\w+)` \|", text.partition("`--retry ID`")[0], re.MULTILINE))
    assert told == set(DeliveryState) - {DeliveryState.DELIVERED}


def test_whatever_doctor_looks_at_is_told() -> None:
    looks = "".join(path.read_text("utf-8") for path in (ROOT / "node" / "doctor").glob("*.py"))
    _head, *told = table("check")
    assert {cells[0].strip("`") for cells in told} == set(
        re.findall(r'\b(?:ok|failed|unknown)\("(\w+)"', looks)
    )


@pytest.mark.parametrize("key", REGISTRY.values(), ids=lambda key: key.name)
def test_what_holds_without_a_decision_is_told(key: PolicyKey[Any]) -> None:
    _head, *told = table("policy")
    [said] = [cells[1] for cells in told if cells[0] == f"`{key.name}`"]
    assert said == _holds(key)


def _holds(key: PolicyKey[Any]) -> str:
    if key.name.endswith("_classes"):
        return _but_for([one.value for one in MembershipClass if one not in key.default])
    if isinstance(key.default, tuple):
        return ", ".join(key.default) or "none"
    unit = str(key.unit or "")
    return f"{key.default} {unit}" if unit in COUNTED_IN else str(key.default)


def _but_for(left_out: list[str]) -> str:
    return f"all but {' and '.join(left_out)}" if left_out else "all"


@pytest.mark.parametrize("key", [key for key, value in DEFAULTS.items() if isinstance(value, int)])
def test_the_number_that_holds_without_a_setting_is_told(key: str) -> None:
    _head, *told = table("key | variable")
    [said] = [cells[3] for cells in told if cells[0] == f"`{key}`"]
    assert said == str(DEFAULTS[key])
