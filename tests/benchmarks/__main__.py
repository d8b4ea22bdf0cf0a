"""Choose a measurement by its name."""

import argparse

from tests.benchmarks import council, federate, messages, recount, voting, wide


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True)
    council.add_arguments(names.add_parser("council", help=council.__doc__))
    federate.add_arguments(names.add_parser("federate", help=federate.__doc__))
    messages.add_arguments(names.add_parser("messages", help=messages.__doc__))
    recount.add_arguments(names.add_parser("recount", help=recount.__doc__))
    voting.add_arguments(names.add_parser("voting", help=voting.__doc__))
    wide.add_arguments(names.add_parser("wide", help=wide.__doc__))
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
