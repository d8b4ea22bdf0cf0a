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
    fanout,
    filled,
    footprint,
    growth,
    hostile,
    inbox,
    memory,
    micro,
    mixed,
    pages,
    report,
    search,
    stalls,
    where,
    wide,
)
from tests.benchmarks.filled import database_of
from tests.benchmarks.goals import GOALS, Goal
from tests.support.ports import free_ports


def test_a_node_and_the_ceiling_take_in_the_same_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "running_fedify", lambda *_: nullcontext(None))
    small = argparse.Namespace(messages=20, port=free_ports(4), rounds=1)
    measured = inbox.measure(tmp_path, small)
    assert measured.checks == {"accepted": 160, "found by search": 160}
    assert measured.ratios["key_fetches_per_coop"] == 1
    [first] = measured.rounds
    assert first["proven"]["ceiling"]["messages"] == 30
    assert first[inbox.BY_RFC_9421].keys() == {"rochdale"}
    assert measured.figures[f"{inbox.BY_RFC_9421}, rochdale"]["cpu_us"] > 0
    assert measured.swings() == {}


def test_searches_find_what_the_full_node_has(tmp_path: Path) -> None:
    small = argparse.Namespace(listings=300, port=free_ports(21), queries=3, rounds=2)
    measured = search.measure(tmp_path, small)
    assert measured.figures["nothing, newest first"]["hits"] == 20
    assert measured.figures["1 common"]["hits"] > 0
    narrowed = [each for name, each in measured.figures.items() if "of a listing's words" in name]
    assert len(narrowed) == 12
    assert all(each["hits"] >= 1 for each in narrowed)
    assert measured.figures["two words of a listing"]["found"] == 1
    assert len(measured.rounds) == 2


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


@pytest.mark.long
def test_a_peer_that_was_away_gets_each_message_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catchup, "RTT_SECONDS", 0.01)
    small = argparse.Namespace(activities=40, objects=10, port=free_ports(2), rounds=1)
    measured = catchup.measure(tmp_path, small)
    assert measured.ratios["out_of_order"] == 0
    [first] = measured.rounds
    assert 1 < first["most_at_once"] <= 8


@pytest.mark.long
def test_nodes_of_several_sizes_take_in_the_same_number(tmp_path: Path) -> None:
    small = argparse.Namespace(sizes=(20, 40), messages=10, port=free_ports(4), rounds=1)
    measured = growth.measure(tmp_path, small)
    assert measured.checks == {"accepted": 2 * (growth.WARM + 10)}
    assert "cpu_of_40" in measured.ratios


@pytest.mark.long
def test_messages_are_taken_in_beside_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed, "AT_ONCE", 40)
    small = argparse.Namespace(listings=40, port=free_ports(2), rounds=1, seconds=2)
    measured = mixed.measure(tmp_path, small)
    [first] = measured.rounds
    assert first["the searches"]["answers"] == 2 * mixed.SEARCHES_PER_SECOND
    assert first["alone"]["answers"] == first["with searches"]["answers"] > 0
    assert first["what was told"]["taken"] > 0


@pytest.mark.long
def test_the_loop_is_watched_through_each_kind_of_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stalls, "SEARCHES_PER_SECOND", 5)
    small = argparse.Namespace(
        listings=40, messages=20, hosts=5, seconds=0.1, port=free_ports(3), rounds=1
    )
    [first] = stalls.measure(tmp_path, small).rounds
    assert all(first[name]["beats"] > 0 for name in ("idle", "inbox", "fanout", "search"))


@pytest.mark.long
def test_memory_is_looked_at_after_messages_and_after_a_fan_out(tmp_path: Path) -> None:
    small = argparse.Namespace(activities=20, hosts=5, port=free_ports(3))
    measured = memory.measure(tmp_path, small)
    assert measured.checks == {"accepted": 40, "hosts": 5}
    assert measured.figures["second fan-out"]["resident_mb"] > 0


@pytest.mark.long
def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    measured = crash.measure(
        tmp_path, argparse.Namespace(times=1, messages=2_000, port=free_ports(2))
    )
    assert measured.ratios == {"lost": 0}
    assert measured.figures["all kills"]["answered"] > 0


@pytest.mark.long
def test_what_is_refused_leaves_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostile, "IDLE_SECONDS", 0.1)
    measured = hostile.measure(
        tmp_path, argparse.Namespace(messages=20, port=free_ports(2), rounds=1)
    )
    assert measured.ratios["rows_of_refused"] == 0
    answered = {kind: each["answered"] for kind, each in measured.figures.items()}
    assert answered.pop("accepted") == "202"
    assert answered.pop("duplicate") == "200"
    assert answered.pop("hanging_host") == "503"
    assert set(answered.values()) == {"401"}
    assert measured.figures["hanging_host"]["fetches"] == 1


def test_single_functions_are_held_against_the_least_that_does_such_a_thing() -> None:
    measured = micro.measure(argparse.Namespace(times=2, rounds=1))
    assert set(measured.ratios) >= {"parse", "canonical", "verify", "verify_proof", "sign"}


@pytest.mark.long
def test_one_listing_reaches_every_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "running_fedify", lambda *_: nullcontext(None))
    monkeypatch.setattr(fanout, "FAULTY", 1)
    measured = fanout.measure(tmp_path, argparse.Namespace(hosts=6, port=free_ports(4), rounds=1))
    [first] = measured.rounds
    assert all(each["unsigned"] == 0 for world in first.values() for each in world.values())
    assert measured.references["ceiling"]


@pytest.mark.long
def test_a_full_node_is_started_and_its_pages_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint, "running_fedify", lambda *_: nullcontext(None))
    small = argparse.Namespace(
        listings=40, port=free_ports(2), rounds=1, times=3, filled=tmp_path / "filled"
    )
    assert footprint.measure(small.filled, tmp_path, small).ratios["idle_mb"] > 0
    measured = pages.measure(small.filled, small)
    assert {f"{page}_p95_ms" for page in ("home", "search", "search_word")} <= set(measured.ratios)
    assert len(measured.rounds) == 1


@pytest.mark.long
@pytest.mark.postgres
def test_one_process_and_two_do_the_same_work() -> None:
    measured = wide.measure(argparse.Namespace(count=2, rounds=1))
    assert {"by_cpu", "by_clock", "cpu_of_one"} == set(measured.ratios)
    assert set(measured.versions) == {"postgresql", "asyncpg"}


@pytest.mark.soak
def test_where_the_time_goes_is_told_of_messages_fan_outs_and_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed, "AT_ONCE", 40)
    monkeypatch.setattr(where, "FAN_OUTS", 1)
    small = argparse.Namespace(
        messages=40, hosts=5, listings=40, seconds=0.5, port=free_ports(6), filled=None
    )
    [told] = where.measure(tmp_path, small).rounds
    for work in ("an accepted message", "a fan-out"):
        shares = [each["percent"] for name, each in told.items() if f"{work}, the loop: " in name]
        assert sum(shares) == pytest.approx(100, abs=1)
    assert told["messages and searches, threads that read"]["us"] > 0
    assert told["messages and searches, the loop's thread"]["late_us"] >= 0


def test_a_reference_that_swings_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    arguments = argparse.Namespace(json=None, record=True)
    steady, unsteady = (
        report.Report("inbox", {}, {}, [], references={"ceiling": [2.0, most]}) for most in (3, 3.1)
    )
    with pytest.raises(report.Unsteady, match=r"1\.55"):
        report.finish(unsteady, arguments)
    assert not list(tmp_path.iterdir())
    report.finish(steady, arguments)
    odd = report.Report("inbox", {}, {}, [], references={"ceiling": [1.0, 2.0, 2.5, 3.0, 9.0]})
    assert odd.swings() == {}
    assert [path.name for path in tmp_path.iterdir()] == ["inbox.json"]


def test_the_page_names_what_is_held_against_no_reference() -> None:
    head = report.PAGE.read_text("utf-8").partition("## Goals")[0]
    kept = [json.loads(path.read_text("utf-8")) for path in report.FOLDER.glob("*.json")]
    assert report.without_reference(kept) in head
    some = [{"name": "inbox", "references": {"ceiling": [1.0]}}, {"name": "pages"}]
    assert "of pages:" in report.without_reference(some)
    assert report.without_reference(some[:1]) == ""


def test_the_page_shows_every_report_that_was_kept() -> None:
    page = report.PAGE.read_text("utf-8")
    assert _ratios()
    assert all(f"\n## {name}\n" in page for name in _ratios())


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: f"{goal.report}-{goal.ratio}")
def test_the_page_shows_every_goal_and_why_it_is_missed(goal: Goal) -> None:
    page, ratios = report.PAGE.read_text("utf-8"), _ratios().get(goal.report, {})
    row = f"| {goal.report} | {goal.words} | {goal.wanted} | {report.judged(goal, ratios)} |"
    assert row in page
    if report.is_missed(goal, ratios):
        assert goal.why
        assert goal.why in page


def test_every_goal_was_measured() -> None:
    ratios = _ratios()
    missing = {goal.report for goal in GOALS if goal.ratio not in ratios.get(goal.report, {})}
    assert missing == set()


def _ratios() -> dict[str, dict[str, float]]:
    kept = (json.loads(path.read_text("utf-8")) for path in report.FOLDER.glob("*.json"))
    return {each["name"]: each["ratios"] for each in kept}


def test_every_measurement_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit):
        __main__.main()
    asked_for = capsys.readouterr().out
    assert all(name in asked_for for name in ("inbox", "wide", "federate"))
