import os
import tomllib
from pathlib import Path

import pytest

from node.backups.databases import name_database
from node.config import KEYS, ConfigError, from_values, load, write_template
from node.config_template import EXAMPLES, TEMPLATE
from node.errors import InvalidInput
from node.node_address import parse_address, parse_dev_peers
from tests.support.small_disk import SmallDisk

DATA = Path("/data/sunrise")
_NO_ROOM = "No space left|File too large"
LEAST = {"name": "Sunrise Bakers", "address": "https://sunrise.coop"}


def test_a_name_and_an_address_are_enough():
    config = from_values(DATA, LEAST)
    assert (config.address, config.authority) == ("https://sunrise.coop", "sunrise.coop")
    assert config.database_url == f"sqlite:///{DATA}/rochdale.sqlite"
    assert (config.host, config.port, config.peering) == ("127.0.0.1", 8100, "open")
    assert config.languages == ("en",)
    assert not config.development


def test_the_environment_overrides_the_file():
    environ = {
        "ROCHDALE_PORT": "8200",
        "ROCHDALE_LANGUAGES": "fr, ar",
        "ROCHDALE_LAT": "53.8",
        "ROCHDALE_LON": "-1.55",
        "ROCHDALE_NAME": "Loaf",
        "PORT": "1",
    }
    config = from_values(DATA, {**LEAST, "port": 8100}, environ)
    assert (config.port, config.languages, config.lat) == (8200, ("en", "fr", "ar"), 53.8)
    assert config.name == "Loaf"


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"port": "8100"}, "port", "int"),
        ({"port": 0}, "port", ">= 1"),
        ({"name": " "}, "name", "one line"),
        ({"name": "Two\nLines"}, "name", "one line"),
        ({"address": "http://sunrise.coop"}, "address", "https://"),
        ({"address": "https://sunrise.coop/shop"}, "address", "anything after"),
        ({"address": "https://192.0.2.7"}, "address", "name that others can reach"),
        ({"address": "https://user@sunrise.coop"}, "address", "not a web address"),
        ({"language": "english"}, "language", "BCP 47"),
        ({"languages": ["en", "x!"]}, "languages", "BCP 47"),
        ({"currency": "POUND"}, "currency", "ISO 4217"),
        ({"lat": 53.8}, "lon", "both"),
        ({"lat": 95.0, "lon": 0.0}, "lat", "<= 90"),
        ({"zone": "Europe/Atlantis"}, "zone", "no time zone"),
        ({"peering": "closed"}, "peering", "closed"),
        ({"database_url": "mysql://x"}, "database_url", "sqlite: or postgresql:"),
        ({"dev_peers": ["localhost:8102"]}, "dev_peers", "public address"),
        ({"mail_port": 25}, "mail_port", "without mail_server"),
        ({"mail_security": "ssl"}, "mail_security", "ssl"),
        ({"trusted_proxies": ["proxy"]}, "trusted_proxies", "no address or network"),
        ({"trusted_proxies": ["0.0.0.0/0"]}, "trusted_proxies", "everybody"),
    ],
)
def test_a_wrong_setting_is_named_with_a_line_that_would_be_right(change, key, said):
    with pytest.raises(ConfigError) as refused:
        from_values(DATA, {**LEAST, **change})
    text = str(refused.value)
    assert text.startswith(f"{DATA}/rochdale.toml: {key}: ")
    assert said in text
    assert EXAMPLES[key] in text


def test_the_password_for_mail_stands_in_a_variable_or_a_file_of_its_own(tmp_path):
    said = {"mail_server": "mail.example.org", "mail_user": "node", "mail_from": "n@sunrise.coop"}
    given = from_values(tmp_path, LEAST | said, {"ROCHDALE_MAIL_PASSWORD": "s3cret"})
    assert given.mail.secret() == "s3cret"
    assert "s3cret" not in repr(given)
    (tmp_path / "mail-password").write_text("from the file\n", "utf-8")
    read = from_values(tmp_path, {**LEAST, **said, "mail_password_file": "mail-password"})
    assert read.mail.secret() == "from the file"
    with pytest.raises(ConfigError, match="no such setting"):
        from_values(tmp_path, {**LEAST, **said, "mail_password": "s3cret"})
    assert from_values(tmp_path, LEAST).mail is None


def test_a_wrong_variable_is_named_as_a_variable():
    with pytest.raises(ConfigError) as refused:
        from_values(DATA, LEAST, {"ROCHDALE_PORT": "eight"})
    assert str(refused.value).startswith("environment: ROCHDALE_PORT: ")
    assert "ROCHDALE_PORT=8100" in str(refused.value)


def test_a_misspelt_setting_is_answered_with_the_list():
    with pytest.raises(ConfigError, match=r"langauge.*\n?.*language"):
        from_values(DATA, {**LEAST, "langauge": "en"})


def test_a_folder_without_a_node_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="rochdale init --data"):
        load(tmp_path, {})


def test_a_broken_file_says_where_it_is_broken(tmp_path):
    (tmp_path / "rochdale.toml").write_text('name = "x"\naddress = \n', encoding="utf-8")
    with pytest.raises(ConfigError, match="line 2"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("given", "base", "authority", "development"),
    [
        ("sunrise.coop", "https://sunrise.coop", "sunrise.coop", False),
        ("https://SUNRISE.coop:443/", "https://sunrise.coop", "sunrise.coop", False),
        ("https://sunrise.coop:8443", "https://sunrise.coop:8443", "sunrise.coop:8443", False),
        ("https://pão.coop", "https://xn--po-sia.coop", "xn--po-sia.coop", False),
        ("http://localhost:8101", "http://localhost:8101", "localhost:8101", True),
        ("http://one.localhost", "http://one.localhost", "one.localhost", True),
    ],
)
def test_an_address_is_read_as_people_write_it(given, base, authority, development):
    assert parse_address(given) == (base, authority, development)


def test_a_name_that_only_ends_like_localhost_is_public():
    with pytest.raises(InvalidInput, match="https"):
        parse_address("http://evil-localhost.example")


def test_development_peers_are_this_computer_and_nothing_else():
    assert parse_dev_peers(["localhost:8102", "Two.localhost:8103", "127.0.0.2:80"]) == {
        "localhost:8102": ("127.0.0.1", 8102),
        "two.localhost:8103": ("127.0.0.1", 8103),
        "127.0.0.2:80": ("127.0.0.2", 80),
    }


@pytest.mark.parametrize(
    "name",
    [
        "localhost",  # a port is part of the name
        "localhost:0",
        "localhost:99999",
        "192.168.1.1:80",
        "10.0.0.1:80",
        "169.254.169.254:80",
        "128.0.0.1:80",
        "127.1:80",  # an address to some resolvers, a name to others
        "localhost.evil.example:80",
        "[::1]:80",
        "http://localhost:80",
    ],
)
def test_anything_else_is_refused_as_a_development_peer(name):
    with pytest.raises(InvalidInput) as refused:
        parse_dev_peers([name])
    assert "two.localhost:8102" in str(refused.value)


def test_the_settings_file_of_a_new_node_is_commented_and_reads_back(tmp_path):
    path = tmp_path / "rochdale.toml"
    answers = {
        **LEAST,
        "name": 'Pão "Nosso" \\o/',
        "languages": ["pt", "en"],
    }
    write_template(path, answers)
    config = load(tmp_path, {})
    assert config.name == answers["name"]
    assert config.languages == ("en", "pt")
    assert path.stat().st_mode & 0o077 == 0, "the database URL in it may hold a password"
    for key in KEYS:
        assert f"{key} = " in path.read_text("utf-8")


def test_a_settings_file_is_never_overwritten(tmp_path):
    path = tmp_path / "rochdale.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_template(path, LEAST)
    assert path.read_text("utf-8") == "mine"


def test_settings_that_find_no_room_are_not_there_or_stay_as_they_were(small_disk: SmallDisk):
    """A file that is cut short is taken for a node's, and starts none."""
    new, known = small_disk.folder / "new.toml", small_disk.folder / "known.toml"
    before = f'name = "Loaf"\naddress = "https://loaf.example"\n{"# a note of ours" * 508}\n'
    known.write_text(before)
    with small_disk.full():
        with pytest.raises(OSError, match=_NO_ROOM):
            write_template(new, {**LEAST, "summary": "bread, " * 600})
        with pytest.raises(OSError, match=_NO_ROOM):
            name_database(known, "postgresql://rochdale@localhost/rochdale")
    assert not new.exists()
    assert known.read_text() == before
    name_database(known, "postgresql://rochdale@localhost/rochdale")
    assert known.read_text().partition("\n")[2] == before


def test_whoever_runs_the_node_reads_its_settings_after_another_has_written_them(tmp_path: Path):
    settings = tmp_path / "rochdale.toml"
    write_template(settings, LEAST)
    settings.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(settings, 4321, 4322)
    before = settings.stat()
    name_database(settings, "postgresql://rochdale@localhost/rochdale")
    after = settings.stat()
    assert before.st_ino != after.st_ino
    kept = ("st_uid", "st_gid", "st_mode")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]


def test_every_example_and_every_default_is_itself_accepted():
    assert {key for key, _comment, _default in TEMPLATE} == set(KEYS) == set(EXAMPLES)
    for key, example in EXAMPLES.items():
        address = "http://localhost" if key == "dev_peers" else LEAST["address"]
        both = {"lat": "lon = -1.55", "lon": "lat = 53.8"}.get(key, "")
        if key.startswith("mail_"):  # these say something together only
            both = "\n".join(
                line for one, line in EXAMPLES.items() if one.startswith("mail_") and one != key
            )
        values = tomllib.loads(f"{example}\n{both}")
        assert from_values(DATA, {**LEAST, "address": address, **values})
