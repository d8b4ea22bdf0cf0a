"""Which column of a stranger's table is which field of ours."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence

from node.errors import InvalidInput
from node.i18n import _
from node.listings.details import DETAILS, Shape
from node.text import fold

OWN_STATE = "listing_state"
"""A column that only our own export has: such files are read word for word."""
OWN_DETAILS = "listing_details"
"""All details of a listing, in our own export."""

# Column names as people write them, folded and without punctuation; earlier ones win.
_GUESSES: dict[str, str] = {
    "source_id": "sourceid id uuid guid identifier externalid ref",
    "source": "source",
    "kind": "kind",
    "title": "title name titel titre titolo titulo nombre nom nome bezeichnung nazwa naziv nazev"
    " nev nimi denumire pavadinimas nosaukums onoma τιτλος ονομα название имя име عنوان الاسم"
    " heading label initiative listing",
    "summary": "summary shortdescription kurzbeschreibung resumen resume sommario resumo teaser"
    " abstract excerpt tagline",
    "body": "body description descripcion beschreibung descrizione descricao opis popis leiras"
    " kuvaus descriere περιγραφη описание الوصف desc details text content about",
    "category": "category kategorie categoria categorie kategoria sector poitype",
    "tags": "tags keywords freekeywords freetags typeofinitiative schlagworte etiquetas motscles"
    " parolechiave palavraschave",
    "language": "language",
    "languages": "languages sprachen sprache idiomas idioma langues langue lingue lingua lang",
    "translations": "translations",
    "place": "place location ort lugar lieu luogo local where",
    "city": "city addrcity town stadt ville ciudad citta cidade locality municipality miasto grad"
    " mesto varos πολη",
    "country": "country addrcountry land pays pais paese kraj drzava orszag χωρα countrycode",
    "postcode": "postcode addrpostcode zip zipcode postalcode plz cap codigopostal codepostal",
    "street": "street addrstreet address adresse direccion indirizzo endereco adres strasse rue",
    "housenumber": "housenumber addrhousenumber hausnummer",
    "lat": "lat latitude breitengrad latitud latitudine breite y",
    "lon": "lon lng long longitude laengengrad langengrad longitud longitudine lange x",
    "position": "coordinates latlon latlng latlong position geo coords koordinaten coordenadas",
    "radius_km": "radiuskm",
    "website": "website contactwebsite url homepage web webseite link weblink siteweb sitoweb",
    "hours": "openinghours hours oeffnungszeiten offnungszeiten horario horaires orari",
    "price_amount": "price amount preis precio prix prezzo preco cost rate kosten fee cena",
    "price_max": "pricemax maxprice priceto",
    "currency": "currency wahrung waehrung moneda devise valuta moeda",
    "unit": "unit einheit unidad unite unita unidade per",
    "price_text": "pricetext",
    "price_label": "pricelabel",
    "price_suggested": "pricesuggested",
    "price_least": "priceleast",
    "price_step": "pricestep",
    "price_most": "pricemost",
    "price_hours": "pricehours",
    "price_seasons": "priceseasons",
    "more_prices": "moreprices",
    "taxes": "taxes",
    "taxes_included": "taxesincluded",
    "deposit": "deposit",
    "cancel_hours": "cancelhours",
    "cancel_early_percent": "cancelearlypercent",
    "cancel_late_percent": "cancellatepercent",
    "guest_tax_name": "guesttaxname",
    "guest_tax_amount": "guesttaxamount",
    "guest_tax_age": "guesttaxage",
    "referral_percent": "referralpercent",
    "referral_amount": "referralamount",
    "project": "project communityproject",
    "other_projects": "otherprojects",
    "pictures": "pictures",
    "expires_on": "expireson expires expiry validuntil enddate until gultigbis fechafin",
    "visibility": "visibility",
    OWN_STATE: "listingstate",
    OWN_DETAILS: "listingdetails",
}
# A pay and a log have parts, which one cell has not.
DETAIL_FIELDS = tuple(one.key for one in DETAILS if one.shape not in (Shape.PAY, Shape.LOG))
_GUESSES |= {key: key.replace("_", "") for key in DETAIL_FIELDS}
FIELDS = tuple(_GUESSES)
_PRIORITY = {field: names.split() for field, names in _GUESSES.items()}
# "description:de", "description_de", "Beschreibung (en)".
_TRANSLATED = re.compile(r"(.+?)[\s:_.(\[-]+([A-Za-z]{2})[)\]]?", re.ASCII)

Columns = Mapping[str, Sequence[str]]
"""For each of our fields the columns that may hold it, the best first."""


def guess(names: Iterable[str], mapping: Columns | None = None) -> dict[str, list[str]]:
    """Our fields among a table's columns; `mapping` decides where it says something.

    Raises InvalidInput when no column can be the title, or the mapping names a missing column.
    """
    present = list(dict.fromkeys(names))
    plain: dict[str, list[str]] = {}
    for name in present:
        plain.setdefault(_plain(name), []).append(name)
    chosen = dict(mapping or {})
    missing = sorted({name for names in chosen.values() for name in names} - set(present))
    if missing:
        complaint = _(
            "The file has no column “%(missing)s”. It has: %(columns)s.",
            missing=missing[0],
            columns=_shown(present),
        )
        raise InvalidInput({"map": [complaint]})
    taken = {name for names in chosen.values() for name in names}
    found = {field: list(names) for field, names in chosen.items()}
    for field, guesses in _PRIORITY.items():
        if field not in found:
            columns = [name for one in guesses for name in plain.get(one, []) if name not in taken]
            found |= {field: columns} if columns else {}
    if not found.get("title"):
        raise InvalidInput({"file": [_(_NO_TITLE, columns=_shown(present))]})
    return found


def translations(names: Iterable[str], body: Sequence[str]) -> dict[str, str]:
    """Columns that hold the description in one language: {column: language}."""
    guesses = set(_PRIORITY["body"]) | {_plain(name) for name in body}
    found = {}
    for name in names:
        match = _TRANSLATED.fullmatch(name.strip())
        if match and _plain(match[1]) in guesses:
            found[name] = {"gr": "el"}.get(match[2].lower(), match[2].lower())
    return found


def read_mapping(text: str) -> dict[str, tuple[str, ...]]:
    """A map file: TOML lines `our field = "their column"`, or a list of columns.

    Raises InvalidInput for the field "map".
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        complaint = _('A map holds lines such as title = "Name": %(why)s.', why=error)
        raise InvalidInput({"map": [complaint]}) from None
    mapping = {}
    for field, columns in given.items():
        if field not in FIELDS:
            raise InvalidInput({"map": [_(_NO_FIELD, field=field, fields=", ".join(FIELDS))]})
        names = [columns] if isinstance(columns, str) else columns
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InvalidInput(
                {"map": [_("Write the column of %(field)s in quotes.", field=field)]}
            )
        mapping[field] = tuple(names)
    return mapping


def _plain(name: str) -> str:
    return "".join(character for character in fold(name) if character.isalnum())


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (" …" if len(names) > 20 else "")


_NO_TITLE = (
    "No column looks like a title. Name one “title”, or say which it is with a map. "
    "The file has: %(columns)s."
)
_NO_FIELD = "There is no field “%(field)s”. A map may name: %(fields)s."
