"""What others wrote is shown on a terminal, and never obeyed by it."""

import io
import json
import sys

import click
import pytest
import structlog
from click.testing import CliRunner

from node.errors import Conflict
from ui.cli import common

HOSTILE = "Loaf\x1b[2J\x1b]0;pwned\x07 \x9b31m\x7f of Lane\r\nhead\t1"
SHOWN = "Loaf\ufffd[2J\ufffd]0;pwned\ufffd \ufffd31m\ufffd of Lane\nhead\t1"


def test_a_result_in_words_obeys_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    common.show({}, as_json=False, text=HOSTILE)
    assert capsys.readouterr().out == f"{SHOWN}\n"


def test_a_result_for_a_program_is_whole_and_obeys_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    common.show({"said": HOSTILE}, as_json=True, text="")
    told = capsys.readouterr().out
    assert json.loads(told) == {"said": HOSTILE}
    assert not any(sign < " " or "\x7f" <= sign < "\xa0" for sign in told.rstrip("\n"))


def test_a_refusal_obeys_nothing() -> None:
    @click.command
    @common.plainly
    def fails() -> None:
        raise Conflict(HOSTILE)

    assert CliRunner().invoke(fails).stderr == f"{SHOWN}\n"


def test_the_log_on_a_terminal_obeys_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    try:
        common.log_to_stderr()
        log = structlog.get_logger()
        log.warning("peer-refused", activity="https://loaf.example/1\x1b[2J")
        log.error("failed", exc_info=ValueError(HOSTILE))
    finally:
        structlog.reset_defaults()
    told = terminal.getvalue()
    assert "https://loaf.example/1\ufffd[2J" in told
    assert "\x1b[2J" not in told
    assert "\x9b" not in told
