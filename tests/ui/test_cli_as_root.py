"""The account that owns a node types its commands; root, who may do all, is told how."""

import os
from pathlib import Path

import pytest

from tests.ui.commands import folder, run

__all__ = ["folder"]
NOBODY = 65534


def test_root_is_told_to_type_it_as_the_account_that_owns_the_node(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = owned_by_another(folder)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for command in (("doctor",), ("owner-link",), ("member", "list")):
        refused = run(folder, *command, code=1)
        assert f"belongs to the account {owner}" in refused.stderr
        assert f"runuser -u {owner} -- rochdale" in refused.stderr
        assert refused.stdout == ""


def test_root_types_it_where_the_account_has_no_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned_by_another(folder)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "owner", nameless)
    run(folder, "member", "list")


def owned_by_another(folder: Path) -> str:
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder.owner()


def nameless(_path: Path) -> str:
    raise KeyError(NOBODY)
