"""Choose a measurement by its name; without one, all that docs/benchmarks.md shows.

python -m tests.benchmarks inbox --rounds 1
python -m tests.benchmarks --record          # what `make bench` does
"""

import argparse
import sys

from tests.benchmarks import (
    catchup,
    council,
    crash,
    fanout,
    federate,
    footprint,
    growth,
    hostile,
    inbox,
    memory,
    messages,
    micro,
    mixed,
    pages,
    recount,
    report,
    search,
    servers,
    stalls,
    voting,
    weight,
    where,
    wide,
)

_RECORDED = (
    inbox,
    hostile,
    micro,
    fanout,
    catchup,
    growth,
    search,
    pages,
    mixed,
    stalls,
    footprint,
    memory,
    crash,
    wide,
    weight,
    where,
)
_MODULES = (*_RECORDED, council, federate, messages, recount, voting)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep the figures in docs/")
    names = parser.add_subparsers(dest="name")
    for module in _MODULES:
        module.add_arguments(names.add_parser(_name(module), help=module.__doc__))
    arguments = parser.parse_args()
    if arguments.name in {None, *map(_name, _RECORDED)}:
        servers.stand_aside()
    chosen = [arguments.name] if arguments.name else [_name(module) for module in _RECORDED]
    unsteady = []
    for name in chosen:
        given = arguments if arguments.name else parser.parse_args(["--record", name])
        try:
            given.run(given)
        except report.Unsteady as error:
            unsteady.append(str(error))
    if arguments.record:
        report.write_page()
    if unsteady:
        sys.exit("\n".join(unsteady))


def _name(module: object) -> str:
    return str(module.__name__).rpartition(".")[2]  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
