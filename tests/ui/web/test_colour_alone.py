"""Nothing is said by colour alone: in grey, each state has its shape and its word."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

import ui.web

TEMPLATES = Path(ui.web.__file__).parent / "templates"
SHAPES = ("later", "asked", "onway", "turn", "done", "hold", "no")
STATE = re.compile(r'class="[^"]*\bstate\b')
NOTE = re.compile(r'class="note (?:alert|good|calm)\b[^"]*"[^>]*>(.{0,80})', re.DOTALL)


def state(shape: str, word: str) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    parts = (TEMPLATES / "parts" / "shapes.html").read_text("utf-8")
    macro = parts[parts.index("{%- macro state(") : parts.index("{#- size:")]
    called = macro + "{{ state(shape, word) }}"
    return environment.from_string(called).render(shape=shape, word=word)


def test_every_state_has_a_shape_of_its_own_beside_its_word() -> None:
    drawn = [state(shape, "as said") for shape in SHAPES]
    assert all(one.endswith("</svg>as said</span>") for one in drawn)
    assert len({re.sub(r'class="state \w*"', "", one) for one in drawn}) == len(SHAPES)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_a_colour_that_says_something_stands_beside_a_sign(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.parts[-2:] != ("parts", "shapes.html"):
        assert not STATE.search(text), "by shapes.state, which draws its shape"
    for after in NOTE.findall(text):
        assert "icon(" in after or "_(" in after, after
