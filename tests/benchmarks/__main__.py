"""Choose a measurement by its name; without one, all that docs/benchmarks.md shows.

python -m tests.benchmarks inbox --rounds 1
python -m tests.benchmarks --record          # what `make bench` does
"""

import argparse

from tests.benchmarks import (
    catchup,
    council,
    crash,
    fanout,
    federate,
    footprint,
    growth,
    inbox,
    memory,
    messages,
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
    for name in chosen:
        given = arguments if arguments.name else parser.parse_args(["--record", name])
        given.run(given)
    if arguments.record:
        report.write_page()


def _name(module: object) -> str:
    return str(module.__name__).rpartition(".")[2]  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
