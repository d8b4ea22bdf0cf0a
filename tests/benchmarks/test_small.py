"""The measurements themselves, small: that they run, and that the work was done. No time counts."""

import argparse
import json
import sqlite3
import sys
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from tests.benchmarks import (
    __main__,
    catchup,
    crash,
    filled,
    growth,
    inbox,
    memory,
    mixed,
    report,
    search,
    stalls,
)
from tests.benchmarks.filled import database_of
from tests.benchmarks.goals import GOALS
from tests.support.ports import free_ports


def test_a_node_and_the_ceiling_take_in_the_same_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "running_fedify", lambda *_: nullcontext(None))
    small = argparse.Namespace(messages=20, port=free_ports(4), rounds=1)
    measured = inbox.measure(tmp_path, small)
    assert measured.checks == {"accepted": 140, "found by search": 140}
    assert measured.ratios["key_fetches_per_coop"] == 1
    [first] = measured.rounds
    assert first["proven"]["ceiling"]["messages"] == 30
    assert first["forged"]["messages"] == first["stale"]["messages"] == 10


def test_searches_find_what_the_full_node_has(tmp_path: Path) -> None:
    small = argparse.Namespace(listings=300, port=free_ports(21), queries=3)
    measured = search.measure(tmp_path, small)
    assert measured.figures["nothing, newest first"]["hits"] == 20
    assert measured.figures["1 common"]["hits"] > 0


def test_listings_beyond_those_made_one_by_one_are_mixed_and_all_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filled, "MADE_ONE_BY_ONE", 10)
    node, _coops = filled.filled_node(tmp_path, 37, free_ports(21))
    with closing(sqlite3.connect(database_of(node.data))) as database:
        texts = "SELECT title, body_words, coop_uri, place FROM search_entry"
        assert len(set(database.execute(texts))) == 37
        kept = (
            "SELECT count(*) FROM listing_mirror JOIN search_entry USING (uri)"
            " WHERE ref = listing_mirror.id"
        )
        assert database.execute(kept).fetchone() == (37,)
        remembered = "SELECT count(DISTINCT activity_id) FROM seen_activity"
        assert database.execute(remembered).fetchone() == (37,)


@pytest.mark.soak
def test_a_peer_that_was_away_gets_each_message_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchup, "RTT_SECONDS", 0.01)
    small = argparse.Namespace(activities=40, objects=10, port=free_ports(2), rounds=1)
    measured = catchup.measure(tmp_path, small)
    assert measured.ratios["out_of_order"] == 0
    [first] = measured.rounds
    assert 1 < first["most_at_once"] <= 8


@pytest.mark.soak
def test_nodes_of_several_sizes_take_in_the_same_number(tmp_path: Path) -> None:
    small = argparse.Namespace(sizes=(20, 40), messages=10, port=free_ports(4), rounds=1)
    measured = growth.measure(tmp_path, small)
    assert measured.checks == {"accepted": 2 * (growth.WARM + 10)}
    assert "cpu_of_40" in measured.ratios


@pytest.mark.soak
def test_messages_are_taken_in_beside_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed, "AT_ONCE", 40)
    small = argparse.Namespace(listings=40, port=free_ports(2), rounds=1, seconds=0.5)
    measured = mixed.measure(tmp_path, small)
    [first] = measured.rounds
    assert first["the searches"]["answers"] == mixed.SEARCHES_PER_SECOND * 0.5
    assert first["alone"]["answers"] == first["with searches"]["answers"] > 0


@pytest.mark.soak
def test_the_loop_is_watched_through_each_kind_of_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalls, "IDLE_SECONDS", 0.2)
    small = argparse.Namespace(
        listings=40, messages=20, hosts=5, searches=10, port=free_ports(3), rounds=1
    )
    [first] = stalls.measure(tmp_path, small).rounds
    assert all(first[name]["beats"] > 0 for name in ("idle", "inbox", "fanout", "search"))


@pytest.mark.soak
def test_memory_is_looked_at_after_messages_and_after_a_fan_out(tmp_path: Path) -> None:
    small = argparse.Namespace(activities=20, hosts=5, port=free_ports(3))
    measured = memory.measure(tmp_path, small)
    assert measured.checks == {"accepted": 40, "hosts": 5}
    assert measured.figures["second fan-out"]["resident_mb"] > 0


@pytest.mark.soak
def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    measured = crash.measure(
        tmp_path, argparse.Namespace(times=1, messages=2_000, port=free_ports(2))
    )
    assert measured.ratios == {"lost": 0}
    assert measured.figures["all kills"]["answered"] > 0


def test_the_page_shows_every_report_that_was_kept_and_the_goals_it_is_held_against() -> None:
    page = report.PAGE.read_text("utf-8")
    kept = [json.loads(path.read_text("utf-8")) for path in report.FOLDER.glob("*.json")]
    assert kept
    for each in kept:
        assert f"\n## {each['name']}\n" in page
        for goal in GOALS:
            # Where a peer could not be started, there is nothing to be held against.
            if goal.report == each["name"] and goal.ratio in each["ratios"]:
                assert f"| {goal.words} | {goal.wanted} | {each['ratios'][goal.ratio]:g} |" in page


def test_every_measurement_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit):
        __main__.main()
    asked_for = capsys.readouterr().out
    assert all(name in asked_for for name in ("inbox", "wide", "federate"))
