"""What the documents claim is what the code does."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from msgspec import structs

from federation.settings import FederationSettings
from node import joining, limits
from node.config import KEYS
from node.listings import DETAILS, Kind
from node.listings.exchange.columns import FIELDS
from node.policies import REGISTRY
from node.wiring import handlers
from protocol.strict_json import DEFAULT_LIMITS
from tests import documents
from tests.documents import FEDERATION, PICTURES, ROOT, shown_pictures
from tests.federation.test_probe_matrix import ROWS
from tests.refusals import refusals
from ui.cli import main
from ui.cli.doctor import CHECK_WORDS

FAULTS = ROOT / "docs" / "faults.md"
OPERATING = ROOT / "docs" / "operating.md"
GUIDES = ROOT / "docs" / "guides"
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def rows(path: Path) -> list[list[str]]:
    """The cells of every table row of a document."""
    lines = path.read_text("utf-8").splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "|" in line
    ]


def anchors(path: Path) -> set[str]:
    """The names under which a document's headings can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def commands(
    group: click.Group = main, path: str = "rochdale"
) -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


async def test_the_examples_are_what_a_node_says(tmp_path: Path) -> None:
    now = await documents.examples(tmp_path / "node")
    assert documents.written(FEDERATION.read_text("utf-8")) == now, (
        "FEDERATION.md is out of date; `python -m tests.documents` writes it anew"
    )


def test_every_message_that_has_an_effect_is_listed() -> None:
    heard = {(type_, of or "any") for type_, of in handlers()._handlers}
    heard = {(type_, "any" if type_ == "Follow" else of) for type_, of in heard}
    listed = {
        (cells[0].strip("`"), cells[1].strip("`")) for cells in rows(FEDERATION) if len(cells) == 3
    }
    assert heard <= listed


def test_every_refusal_of_a_peer_is_listed_under_its_status() -> None:
    listed = {
        int(cells[0]): set(re.findall(r"`([a-z0-9-]+)`", cells[2]))
        for cells in rows(FEDERATION)
        if len(cells) == 3 and cells[0].isdecimal()
    }
    missing = {
        status: codes - listed.get(status, set()) for status, codes in refusals(ROOT).items()
    }
    assert not any(missing.values()), missing


def test_the_limits_of_the_federation_are_those_in_force() -> None:
    settings = {**structs.asdict(FederationSettings()), **DEFAULT_LIMITS._asdict()}
    told = {cells[1].strip("`"): cells[2] for cells in rows(FEDERATION) if len(cells) == 3}
    claimed = {name: told[name] for name in settings if name in told}
    assert claimed == {name: documents.quantity(name, settings[name]) for name in claimed}, (
        "FEDERATION.md is out of date; `python -m tests.documents` writes it anew"
    )
    assert len(claimed) > 20


@pytest.mark.parametrize(
    "name", ["delivery_first_delay", "delivery_longest_delay", "delivery_hold", "breaker_probe"]
)
def test_the_operators_guide_knows_how_long_messages_wait(name: str) -> None:
    told = OPERATING.read_text("utf-8").partition("## Messages that wait")[2].partition("\n## ")[0]
    assert documents.quantity(name, getattr(FederationSettings(), name)) in " ".join(told.split())


def test_the_probes_are_those_that_a_test_sends() -> None:
    listed = {cells[0].strip("`"): cells[1:] for cells in rows(FEDERATION) if len(cells) == 3}
    for name, (status, is_taken, _build) in ROWS.items():
        assert listed[name] == [str(status), "yes" if is_taken else "no"], name


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper()])
def test_a_limit_of_the_node_is_in_the_operators_guide(name: str) -> None:
    told = {cells[1].strip("`"): cells[2] for cells in rows(OPERATING) if len(cells) == 3}
    assert told[name] == documents.quantity(name, getattr(limits, name))


def test_the_operators_guide_has_the_table_of_alerts() -> None:
    assert documents.alert_table() in OPERATING.read_text("utf-8"), (
        "docs/operating.md is out of date; `python -m tests.documents` writes it anew"
    )


@pytest.mark.parametrize("words", [words for words, _command in commands()])
def test_a_command_is_in_the_operators_guide_with_all_its_options(words: str) -> None:
    text = OPERATING.read_text("utf-8")
    assert f"`{words}" in text
    section = text.partition("## Commands")[2].partition("\n## ")[0]
    told = " ".join(line for line in section.splitlines() if f"`{words}" in line)
    for option in dict(commands())[words].params:
        if isinstance(option, click.Option) and option.name not in ("data", "as_json"):
            assert f"`{option.opts[0]}" in told, option.opts[0]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_command_in_an_example_exists_with_its_options(path: Path) -> None:
    known = dict(commands())
    shell = "\n".join(_SHELL.findall(path.read_text("utf-8")))
    for call in re.findall(r"^(?:\.venv/bin/)?(rochdale .*)$", shell, re.MULTILINE):
        words = [word for word in known if f"{call} ".startswith(f"{word} ")]
        assert words, call
        options = {option for param in known[words[0]].params for option in param.opts}
        assert set(re.findall(r"--[a-z-]+", call)) <= options, call


def test_every_fault_is_tried_by_a_test_that_is_there() -> None:
    table = {cells[0]: cells[3] for cells in rows(FAULTS) if re.fullmatch(r"F\d\d", cells[0])}
    assert list(table) == [f"F{number:02}" for number in range(1, 27)]
    for fault, named in table.items():
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", named)
        assert tests, fault
        for path, name in tests:
            assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), (
                name
            )
    tried = FAULTS.read_text("utf-8")
    files = [path.relative_to(ROOT) for path in (ROOT / "tests" / "faults").glob("test_*.py")]
    assert [str(path) for path in files if str(path) not in tried] == []


@pytest.mark.parametrize("key", KEYS)
def test_a_setting_is_in_the_operators_guide_with_its_variable(key: str) -> None:
    assert f"| `{key}` | `ROCHDALE_{key.upper()}` |" in OPERATING.read_text("utf-8")


@pytest.mark.parametrize("field", FIELDS)
def test_a_column_of_a_table_is_in_the_operators_guide(field: str) -> None:
    assert f"`{field}`" in OPERATING.read_text("utf-8")


def test_the_fields_of_each_kind_of_listing_are_in_the_document_of_the_federation() -> None:
    told = {cells[0].strip("`"): cells[1:] for cells in rows(FEDERATION) if len(cells) == 4}
    for one in DETAILS:
        kinds = [kind.value for kind in Kind if kind in one.kinds]
        said, holds, what = told[one.key]
        assert said == ("all" if len(kinds) == len(Kind) else ", ".join(kinds)), one.key
        assert holds == one.shape
        assert [option.key for option in one.options] == re.findall(r"`([\w-]+)`", what), one.key


def test_who_may_take_which_step_of_an_application_is_in_the_operators_guide() -> None:
    told = [tuple(cell.strip("`") for cell in cells) for cells in rows(OPERATING)]
    for (before, event), after in joining.applying.table.items():
        [who] = [actor for actor, events in joining.MAY.items() if event in events]
        assert (event, before, after, who) in [tuple(c.strip("| ") for c in one) for one in told]


@pytest.mark.parametrize("name", REGISTRY)
def test_a_policy_is_in_the_operators_guide(name: str) -> None:
    assert f"| `{name}` |" in OPERATING.read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_somewhere(path: Path) -> None:
    for link in _LINK.findall(_FENCED.sub("", path.read_text("utf-8"))):
        if "://" in link:
            continue
        name, _hash, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_no_picture_is_kept_that_no_document_shows() -> None:
    assert {path.name for path in PICTURES.iterdir()} == shown_pictures()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_make_target_that_a_document_names_is_there(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_whatever_doctor_looks_at_is_in_the_guide_for_admins() -> None:
    looks = "".join(path.read_text("utf-8") for path in (ROOT / "node" / "doctor").glob("*.py"))
    told = {cells[0].strip("` |"): cells[1] for cells in rows(GUIDES / "admin.md") if cells[1:]}
    for code in set(re.findall(r'\b(?:ok|failed|unknown)\("(\w+)"', looks)):
        assert told[code] == str(CHECK_WORDS[code]), code


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda path: path.name)
def test_a_guide_is_found_from_the_readme(guide: Path) -> None:
    assert f"](docs/guides/{guide.name})" in (ROOT / "README.md").read_text("utf-8")


def test_the_readme_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert 0 < text.index("make demo") < text.index("make test") < 3000
