"""A small map as inline SVG, drawn on the server: no tiles, no script, no other server asked.

Equirectangular, true to scale at the middle latitude. Colours and type come from the style sheet by
class: `sea land ring town name here pin no hit scale`.
"""

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from msgspec import Struct, field

from node.i18n import _, ngettext
from node.places import KM_PER_DEGREE
from ui.web import land, map_names
from ui.web.land import Frame
from ui.web.map_names import Box

_HIT = 30  # units of a target: 24 px where a map 360 wide is shown on a phone 288 wide
_PIN = 24
_EDGE = 34  # markers keep this far from the edge
_LEAST_KM = 40  # from top to bottom, however close together the markers are
_SCALE_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_LONGEST_SCALE = 90


class Marker(Struct, frozen=True):
    lat: float
    lon: float
    label: str
    href: str
    number: int


class _Pin(Struct, frozen=True):
    x: float
    y: float
    markers: list[Marker] = field(default_factory=list)

    @property
    def text(self) -> str:
        """ "3", "1, 4", or "1 +5" where more share the spot."""
        numbers = [str(marker.number) for marker in self.markers]
        return ", ".join(numbers) if len(numbers) < 3 else f"{numbers[0]} +{len(numbers) - 1}"

    @property
    def width(self) -> int:
        return max(_PIN, 10 + 9 * len(self.text))

    @property
    def box(self) -> Box:
        return Box.around(self.x, self.y, self.width, _PIN)


def draw(
    markers: Sequence[Marker],
    here: tuple[float, float] | None,
    *,
    width: int = 360,
    height: int = 300,
    ring_km: float | None = None,
    title: str = "",
) -> str:
    """SVG of `markers` (links with numbers), the reader's place and, round it, a ring.

    Markers that would overlap become one pin with a count, linked to the first of them. "" where
    there is nothing to show. Safe to put on a page as it is: all text is escaped.
    """
    if not markers and here is None:
        return ""
    frame = _frame(markers, here, width, height, ring_km)
    pins = _pins(markers, frame)
    spot = frame.at(*here) if here else None
    radius = ring_km / KM_PER_DEGREE * frame.y_scale if ring_km else 0.0
    taken = [pin.box for pin in pins] + ([Box.around(*spot, 20, 20)] if spot else [])
    bar, bar_box = _scale(frame)
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="{"group" if pins else "img"}">',
        f"<title>{escape(title or _title(len(markers)))}</title>",
        f'<path class="sea" d="M0 0h{width}v{height}H0z"/>',
        f'<path class="land" fill-rule="evenodd" d="{land.path(frame)}"/>',
    ]
    if spot and radius:
        x, y = spot
        parts.append(f'<circle class="ring" cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}"/>')
    parts += map_names.draw(frame, taken, bar_box, (*spot, radius) if spot else None)
    parts.append(bar)
    if spot:
        x, y = spot
        parts.append(f'<path class="here" d="M{x:.0f} {y - 8:.0f}l8 8-8 8-8-8z"/>')
    parts += map(_link, pins)
    return "".join([*parts, "</svg>"])


def _title(count: int) -> str:
    return str(ngettext("Map with %(num)d place", "Map with %(num)d places", count))


def _scale(frame: Frame) -> tuple[str, Box]:
    """A bar in the corner as long as so many kilometres, and the room that it takes."""
    units_per_km = frame.y_scale / KM_PER_DEGREE
    fitting = [km for km in _SCALE_KM if km * units_per_km <= _LONGEST_SCALE]
    km = fitting[-1] if fitting else _SCALE_KM[0]
    long, low = round(km * units_per_km), frame.height - 8
    text = escape(str(_("%(number)s km", number=km)))
    bar = (
        f'<path class="scale" d="M8 {low - 5}v5h{long}v-5"/>'
        f'<text class="name" x="{long + 14}" y="{low - 3}" dy=".35em" '
        f'text-anchor="start">{text}</text>'
    )
    return bar, Box(0, low - 14, long + 14 + map_names.width_of(text), frame.height)


def _frame(
    markers: Sequence[Marker],
    here: tuple[float, float] | None,
    width: int,
    height: int,
    ring_km: float | None,
) -> Frame:
    """The smallest frame that holds everything, with room at the edges."""
    points = [(marker.lat, marker.lon) for marker in markers] + ([here] if here else [])
    reach = ring_km / KM_PER_DEGREE if here and ring_km else 0.0
    lats = [lat for lat, _lon in points]
    south = min([*lats, here[0] - reach] if here else lats)
    north = max([*lats, here[0] + reach] if here else lats)
    squeeze = max(0.1, math.cos(math.radians((south + north) / 2)))
    lons = _unrolled([lon for _, lon in points])
    west = min([*lons, lons[-1] - reach / squeeze] if here else lons)
    east = max([*lons, lons[-1] + reach / squeeze] if here else lons)
    scale = min(
        height / (_LEAST_KM / KM_PER_DEGREE),
        (width - 2 * _EDGE) / max(1e-9, (east - west) * squeeze),
        (height - 2 * _EDGE) / max(1e-9, north - south),
    )
    return Frame(
        west=(west + east) / 2 - width / 2 / (scale * squeeze),
        north=(south + north) / 2 + height / 2 / scale,
        x_scale=scale * squeeze,
        y_scale=scale,
        width=width,
        height=height,
    )


def _unrolled(lons: list[float]) -> list[float]:
    """The same longitudes cut open at the widest gap, so that Fiji lies beside Samoa."""
    ordered = sorted(lons)
    gaps = [(after - before, after) for before, after in pairwise(ordered)]
    _, first = max([*gaps, (ordered[0] + 360 - ordered[-1], ordered[0])])
    return [lon if lon >= first else lon + 360 for lon in lons]


def _pins(markers: Sequence[Marker], frame: Frame) -> list[_Pin]:
    pins = list[_Pin]()
    for marker in markers:
        x, y = frame.at(marker.lat, marker.lon)
        near = (pin for pin in pins if abs(pin.x - x) < 1.4 * _HIT and abs(pin.y - y) < _HIT)
        pin = next(near, None)
        if pin is None:
            pin = _Pin(x, y)
            pins.append(pin)
        pin.markers.append(marker)
    return pins


def _link(pin: _Pin) -> str:
    label = "; ".join(f"{marker.number}: {marker.label}" for marker in pin.markers)
    hit = max(_HIT, pin.width)
    return (
        f'<a href="{escape(pin.markers[0].href)}" aria-label="{escape(label)}">'
        f'<rect class="hit" x="{pin.x - hit / 2:.0f}" y="{pin.y - _HIT / 2:.0f}" '
        f'width="{hit}" height="{_HIT}"/>'
        f'<rect class="pin" x="{pin.x - pin.width / 2:.0f}" y="{pin.y - _PIN / 2:.0f}" '
        f'width="{pin.width}" height="{_PIN}" rx="{_PIN // 2}"/>'
        f'<text class="no" x="{pin.x:.0f}" y="{pin.y:.0f}" dy=".35em">{pin.text}</text></a>'
    )
