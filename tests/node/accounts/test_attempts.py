from datetime import timedelta

import pytest

from node import limits
from node.accounts.attempts import SignInGate, network_of, take_token, wait_for_token
from tests.support.clock import START

MINUTE = timedelta(minutes=1)


def guess_until_refused(gate, handle, addresses, now):
    for count, address in enumerate(addresses):
        if gate.knock(handle, address, now):
            return count
    raise AssertionError("never refused")


def test_a_bucket_gives_its_burst_and_then_one_a_minute():
    full_at = START
    for _attempt in range(5):
        assert wait_for_token(full_at, START, 5, MINUTE) <= timedelta(0)
        full_at = take_token(full_at, START, MINUTE)
    assert wait_for_token(full_at, START, 5, MINUTE) == MINUTE
    assert wait_for_token(full_at, START + MINUTE, 5, MINUTE) <= timedelta(0)
    assert wait_for_token(full_at, START + timedelta(days=9), 5, MINUTE) <= timedelta(0)


def test_one_account_guessed_from_many_addresses_is_slowed_down():
    gate = SignInGate()
    addresses = (f"192.0.2.{number}" for number in range(100))
    assert guess_until_refused(gate, "rosa", addresses, START) == limits.ATTEMPTS_PER_ACCOUNT


def test_many_accounts_guessed_from_one_address_are_slowed_down():
    gate = SignInGate()
    refused = [gate.knock(f"member{n}", "192.0.2.1", START) is not None for n in range(100)]
    assert refused.index(True) == limits.ATTEMPTS_PER_ADDRESS


def test_a_refused_attempt_says_how_long_to_wait_and_waiting_that_long_is_enough():
    gate = SignInGate()
    guess_until_refused(gate, "rosa", (f"192.0.2.{number}" for number in range(100)), START)
    wait = gate.knock("rosa", "198.51.100.1", START)
    assert wait == MINUTE
    assert gate.knock("rosa", "198.51.100.1", START + wait) is None
    assert gate.knock("rosa", "198.51.100.1", START + wait) is not None


def test_a_clock_that_was_a_year_ahead_locks_nobody_out():
    gate = SignInGate()
    addresses = [f"192.0.2.{number}" for number in range(100)]
    guess_until_refused(gate, "rosa", addresses, START + timedelta(days=365))
    wait = gate.knock("rosa", "198.51.100.1", START)
    assert wait is not None
    assert wait <= MINUTE
    assert gate.knock("rosa", "198.51.100.1", START + MINUTE) is None
    assert gate.knock("rosa", "198.51.100.1", START + MINUTE) is not None


def test_the_owner_is_not_locked_out_by_a_stranger():
    gate = SignInGate()
    assert gate.knock("rosa", "203.0.113.5", START) is None
    gate.let_in("rosa", "203.0.113.5")
    guess_until_refused(gate, "rosa", (f"192.0.2.{number}" for number in range(100)), START)
    assert gate.knock("rosa", "203.0.113.5", START) is None


def test_the_right_password_clears_ones_own_mistakes():
    gate = SignInGate()
    for _mistake in range(limits.ATTEMPTS_PER_ACCOUNT):
        gate.knock("rosa", "203.0.113.5", START)
    gate.let_in("rosa", "203.0.113.5")
    assert gate.knock("rosa", "203.0.113.5", START) is None


def test_an_account_of_ones_own_buys_no_guesses_of_others():
    gate, own, address = SignInGate(), "mallory", "192.0.2.1"
    guessed = 0
    for number in range(100):
        guessed += gate.knock(f"member{number}", address, START) is None
        if gate.knock(own, address, START) is None:
            gate.let_in(own, address)
    assert guessed == limits.ATTEMPTS_PER_ADDRESS


def test_an_office_full_of_people_who_know_their_passwords_waits_for_nothing():
    gate = SignInGate()
    for number in range(100):
        assert gate.knock(f"member{number}", "192.0.2.1", START) is None
        gate.let_in(f"member{number}", "192.0.2.1")


def test_memory_stays_bounded_however_many_names_are_tried(monkeypatch):
    monkeypatch.setattr(limits, "ATTEMPTS_REMEMBERED", 50)
    gate = SignInGate()
    for number in range(500):
        gate.knock(f"n{number}", f"10.0.{number // 250}.{number % 250}", START)
    assert len(gate._full_at) == 50


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
    ],
)
def test_neighbours_in_one_ipv6_network_count_as_one(address, network):
    assert network_of(address) == network
