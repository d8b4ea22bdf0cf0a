"""Split a GeoJSON file by country over real nodes, let them federate, and say what it took."""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from node.places import country_code
from tests.benchmarks.processes import NodeProcess, befriend, make_nodes, rochdale, wait_until

FIRST_PORT = 8300
LONGEST_SECONDS = 900


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a GeoJSON FeatureCollection")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--port", type=int, default=FIRST_PORT)
    parser.add_argument("--keep", type=Path, help="keep the nodes' folders here")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="federate-") as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        shares = split(json.loads(arguments.file.read_text("utf-8")), arguments.nodes)
        nodes = make_nodes(arguments.nodes, folder, arguments.port)
        try:
            for node in nodes:
                node.start()
            befriend(nodes)
            print(json.dumps(measure(nodes, shares, folder), indent=2, ensure_ascii=False))
        finally:
            for node in nodes:
                node.stop()


def split(collection: dict[str, Any], count: int) -> list[list[dict[str, Any]]]:
    """The features in `count` shares: a country stays whole, shares end up about equal.

    Features whose country nobody can tell count as one more country.
    """
    by_country: dict[str, list[dict[str, Any]]] = {}
    for feature in collection["features"]:
        spelled = str((feature.get("properties") or {}).get("addr:country") or "")
        by_country.setdefault(country_code(spelled) or "", []).append(feature)
    shares: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    for features in sorted(by_country.values(), key=len, reverse=True):
        min(shares, key=len).extend(features)
    return shares


def measure(
    nodes: list[NodeProcess], shares: list[list[dict[str, Any]]], folder: Path
) -> dict[str, Any]:
    before = [node.cpu_seconds() for node in nodes]
    begun = time.monotonic()
    reports = [_import(node, share, folder) for node, share in zip(nodes, shares, strict=True)]
    imported = time.monotonic() - begun
    total = sum(report["created"] for report in reports)
    wait_until(
        lambda: all(searchable(node) >= total for node in nodes),
        f"{total} listings searchable on every node",
        LONGEST_SECONDS,
    )
    took = time.monotonic() - begun
    return {
        "nodes": [
            {
                "rows": report["rows"],
                "created": report["created"],
                "refused": len(report["refused"]),
                "why": Counter(row["reason"] for row in report["refused"]),
                "searchable": searchable(node),
                "messages_delivered": delivered(node),
                "cpu_seconds": round(node.cpu_seconds() - used, 2),
                "memory_mb": dict(zip(("now", "highest"), node.memory_mb(), strict=True)),
            }
            for node, report, used in zip(nodes, reports, before, strict=True)
        ],
        "rows": sum(report["rows"] for report in reports),
        "listings": total,
        "seconds_to_import": round(imported, 2),
        "seconds_until_searchable_everywhere": round(took, 2),
    }


def _import(node: NodeProcess, share: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    file = folder / f"{node.port}.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": share}), "utf-8")
    report: dict[str, Any] = rochdale("listings", "import", str(file), "--data", str(node.data))
    return report


def searchable(node: NodeProcess) -> int:
    """How many listings the node's search finds, own and mirrored, counted coop by coop.

    A search counts exactly up to 2,000; one coop's share stays below that.
    """
    ours = node.get("/listings?origin=local&limit=1")["total"]
    peers = [peer["uri"] for peer in node.get("/peers")["items"]]
    theirs = [node.get(f"/listings?coop={uri}&limit=1")["total"] for uri in peers]
    return int(ours + sum(theirs))


def delivered(node: NodeProcess) -> int:
    """Messages that other nodes have taken."""
    count, cursor = 0, ""
    while True:
        page = node.get(f"/deliveries?state=delivered&limit=100{cursor}")
        count += len(page["items"])
        if not page["next"]:
            return count
        cursor = f"&cursor={page['next']}"
