"""The measurements themselves, small: that they run, and that the work was done. No time counts."""

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.benchmarks import __main__, inbox, report, search
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


def test_the_page_shows_every_report_that_was_kept_and_the_goals_it_is_held_against() -> None:
    page = report.PAGE.read_text("utf-8")
    kept = [json.loads(path.read_text("utf-8")) for path in report.FOLDER.glob("*.json")]
    assert kept
    for each in kept:
        assert f"\n## {each['name']}\n" in page
        for goal in GOALS:
            if goal.report == each["name"]:
                assert f"| {goal.words} | {goal.wanted} | {each['ratios'][goal.ratio]:g} |" in page


def test_every_measurement_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit):
        __main__.main()
    asked_for = capsys.readouterr().out
    assert all(name in asked_for for name in ("inbox", "wide", "federate"))
