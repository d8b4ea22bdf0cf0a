"""Choose a measurement by its name."""

import argparse

from tests.benchmarks import council, federate, inbox, messages, recount, voting


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--record", action="store_true", help="keep the figures in docs/")
    names = parser.add_subparsers(dest="name", required=True)
    for module in (council, federate, inbox, messages, recount, voting):
        name = module.__name__.rpartition(".")[2]
        module.add_arguments(names.add_parser(name, help=module.__doc__))
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
