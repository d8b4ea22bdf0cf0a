"""What the style sheet promises: contrast, five sizes, right to left, small."""

import gzip
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ui.web.templating import environment

STATIC = Path(__file__).parents[3] / "ui" / "web" / "static"
TEMPLATES = STATIC.parent / "templates"
CSS = (STATIC / "rochdale.css").read_text()
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
PAIRS = [
    ("ink", ("paper", "card", "sunk", "green-tint", "brick-tint", "mark", "sea")),
    ("soft", ("paper", "card", "sunk", "sea")),
    ("green", ("paper", "card", "sunk", "green-tint")),
    ("brick", ("paper", "card", "sunk", "brick-tint")),
    ("on-green", ("green",)),
    ("paper", ("ink", "brick")),
]


SIDE = "left|right|top|bottom"
PHYSICAL = re.compile(
    rf"(?<![\w-])({SIDE}|width|height|(?:margin|padding|border)-(?:{SIDE})"
    r"|(?:min|max)-(?:width|height))\s*:"
)


def palette(theme: str) -> dict[str, str]:
    (block,) = re.findall(rf"^  :root{theme} \{{(.*?)\}}", RULES, flags=re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["", r'\[data-theme="dark"\]'])
@pytest.mark.parametrize(("words", "grounds"), PAIRS)
def test_words_stand_out_from_their_ground(
    theme: str, words: str, grounds: tuple[str, ...]
) -> None:
    colours = palette(theme)
    for ground in grounds:
        dark, light = sorted([luminance(colours[words]), luminance(colours[ground])])
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (words, ground)


def test_the_dark_theme_is_the_same_by_system_and_by_choice() -> None:
    system, chosen = re.findall(r"--paper: #171814;.*?--plate: [^;]*;", RULES, flags=re.DOTALL)
    assert system.split() == chosen.split()


COLOUR = re.compile(r"--[\w-]+|(?:[\w-]+-)?color|background|fill|stroke|(?:[\w-]+-)?opacity")
SAID_BESIDES = {
    ".state.good": "its shape and its word",
    ".state.alert": "its shape and its word",
    ".state.calm": "its shape and its word",
    ".note.good": "its words",
    ".note.alert": "its words, and a triangle",
    ".leaf.soon i": "“your turn” beside it",
    ".slip.firm": "nothing: it tells no state",
}


def test_what_differs_by_colour_alone_is_said_besides() -> None:
    """Who sees no colours, or prints in grey, misses nothing: a new line here says by what."""
    only_coloured = {
        selector.strip()
        for selectors, body in re.findall(r"([^{}@]+)\{([^{}]*)\}", RULES)
        if all(COLOUR.fullmatch(one.split(":")[0].strip()) for one in body.split(";") if ":" in one)
        for selector in selectors.split(",")
        if re.search(r"\.[\w-]+\.[\w-]+", selector)
    }
    assert only_coloured == set(SAID_BESIDES)


def test_a_state_is_a_shape_of_its_own_and_a_word() -> None:
    shapes = environment().get_template("parts/shapes.html").module
    drawn = {
        shape: str(shapes.state(shape, "word"))  # type: ignore[attr-defined]
        for shape in ("later", "asked", "onway", "turn", "done", "hold", "no")
    }
    assert all(one.endswith("</svg>word</span>") for one in drawn.values())
    without_tone = {re.sub(r'class="state [a-z]*"', "", one) for one in drawn.values()}
    assert len(without_tone) == len(drawn)
    by_hand = [
        path.name
        for path in TEMPLATES.rglob("*.html")
        if re.search(r"""class=["']state\b""", path.read_text())
    ]
    assert by_hand == ["shapes.html"]


def test_nothing_is_laid_out_by_left_and_right() -> None:
    outside_queries = re.sub(r"@(media|container)[^{]*\{", "{", RULES)
    assert PHYSICAL.findall(outside_queries) == []
    assert re.findall(r"text-align: (left|right)|float:", RULES) == []


def test_there_are_five_sizes_of_type_and_those_of_pictures_and_print() -> None:
    sizes = {size.strip() for size in re.findall(r"font-size: ([^;}]+)", RULES)}
    others = {size for size in sizes if not size.startswith("var(--")}
    assert others <= {"1em", "inherit", "15px", "9pt", "11pt"}


def test_colours_stand_in_the_tokens_alone() -> None:
    _, rest = RULES.split("@layer base {", 1)
    screen, _ = rest.split("@layer print {", 1)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", screen)) <= {"#fff", "#0002"}  # QR paper, hover


def test_the_style_sheet_is_small() -> None:
    assert len(gzip.compress(CSS.encode(), 9)) <= 9_600


def test_braces_match() -> None:
    assert RULES.count("{") == RULES.count("}")


def test_icons_are_symbols_that_take_their_colour_from_the_text() -> None:
    sprite = (STATIC / "icons.svg").read_text()
    symbols = list(ElementTree.fromstring(sprite))
    assert len({symbol.get("id") for symbol in symbols}) == len(symbols) >= 40
    assert "style=" not in sprite
    assert "#" not in re.sub(r"<!--.*?-->", "", sprite)


def test_every_icon_that_a_page_shows_is_there() -> None:
    known = {s.get("id") for s in ElementTree.fromstring((STATIC / "icons.svg").read_text())}
    templates = "".join(p.read_text() for p in (STATIC.parent / "templates").rglob("*.html"))
    assert set(re.findall(r"icon\('([\w-]+)'", templates)) <= known
