"""`rochdale mail`: finding the settings with which letters go out."""

import json
import shlex
import ssl
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from node import mail
from node.config import FILE_NAME, load
from node.doctor.letters import first_line
from node.mail_settings import Security
from tests.support.authority import LocalCA
from tests.support.postbox import postbox_beside
from ui.cli import main


@pytest.fixture
def folder(tmp_path: Path, local_ca: LocalCA) -> Path:
    """The settings of a node; nothing more is looked at."""
    lines = (
        'name = "Loaf"',
        'address = "http://loaf.localhost:8177"',
        f'ca_file = "{local_ca.ca}"',
    )
    (tmp_path / FILE_NAME).write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def run(folder: Path, *words: str, **variables: str) -> Result:
    return CliRunner().invoke(main, ["mail", *words, "--data", str(folder)], env=variables)


def test_the_settings_that_work_are_found_and_printed(
    folder: Path, local_ca: LocalCA, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(local_ca.certificate, local_ca.key)
    with postbox_beside(tls=context, wants=("post", "s3cret")) as box:
        ways = [(box.port, Security.TLS), (box.port, Security.STARTTLS)]
        monkeypatch.setattr(mail, "candidates", lambda _host: ways)
        given = ("test", "rosa@example.org", "--server", "localhost", "--user", "post")
        given = (*given, "--from", "post@loaf.example")
        wrong = run(folder, *given, ROCHDALE_MAIL_PASSWORD="guess")
        assert (wrong.exit_code, "535 5.7.8 not you" in wrong.stderr) == (1, True)
        assert "Traceback" not in wrong.output
        found = run(folder, *given, "--json", ROCHDALE_MAIL_PASSWORD="s3cret")
        assert found.exit_code == 0, found.output
        told = json.loads(found.stdout)
        assert [one["works"] for one in told["tried"]] == [False, True]
        assert told["settings"] == {
            "mail_server": "localhost",
            "mail_port": box.port,
            "mail_security": "starttls",
            "mail_user": "post",
            "mail_password_file": "mail-password",
            "mail_from": "post@loaf.example",
        }
        assert box.newest()["Subject"] == "A test letter from Loaf"
        # What was printed does, in the file.
        printed = run(folder, *given, ROCHDALE_MAIL_PASSWORD="s3cret").stdout
        with (folder / FILE_NAME).open("a", encoding="utf-8") as file:
            file.write(printed.partition("\n")[2])
        (folder / "mail-password").write_text("s3cret\n", "utf-8")
        again = run(folder, "test", "rosa@example.org")
        assert (again.exit_code, again.stdout.strip()) == (0, "The settings are right as they are.")
        assert "s3cret" not in repr(load(folder, {"ROCHDALE_MAIL_PASSWORD": "s3cret"}))


def test_what_is_missing_is_said(folder: Path) -> None:
    assert "--server" in run(folder, "test", "rosa@example.org").stderr
    assert "no e-mail address" in run(folder, "test", "rosa").stderr


def test_what_is_missing_is_asked_for_by_its_option(folder: Path) -> None:
    refused = run(folder, "test", "rosa@example.org", "--server", "mail.example.org")
    assert (refused.exit_code, refused.stderr.startswith("--from: ")) == (1, True), refused.stderr


def test_the_line_that_the_settings_page_shows_can_be_typed_as_it_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postbox_beside(wants=("NODE@EXAMPLE.ORG", "s3cret")) as box:
        monkeypatch.setattr(mail, "candidates", lambda _host: [(box.port, Security.NONE)])
        line = first_line(load(folder, {})).replace("MAIL.EXAMPLE.ORG", "localhost")
        words = shlex.split(line)
        assert words[:2] == ["rochdale", "mail"]
        typed = CliRunner().invoke(main, words[1:], env={"ROCHDALE_MAIL_PASSWORD": "s3cret"})
        assert typed.exit_code == 0, typed.output
        assert box.newest()["To"] == "YOU@example.org"
