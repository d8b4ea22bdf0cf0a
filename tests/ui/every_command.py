"""Every command of `rochdale` as somebody may type it at a furnished node, one a line.

What stands in braces is a thing of `tests/ui/web/furnished.py`, or made by the test. In this order:
what changes most of the node comes last.
"""

import shlex
from collections.abc import Iterator, Mapping

import click

from ui.cli import main

LINES = """
owner-link
owner-link --qr
member add 本 --class worker
member list
member list --find nobody
member export --format csv --output {folder}/members.csv
member import {folder}/members.csv --dry-run
member invite 1
member applications --all
member sponsors {application}
member applicant-link {application}
member admit {application} --why 本
member decide {application} decline --message 本
member decide nothing admit
member enter femi --class worker --reason 本
member enter nobody
member link femi 1
member class 1 supporter --reason 本
member step 1 suspend --reason 本
member step 1 confirm
member correct 1 --phone 0113
member correct 1
office list --over
office give 1 chair --until {later_day} --decision 本
office end {office} --reason 本
office end nothing --reason 本
office committees
office committee 本 --purpose 本 --decision 本
office drop-committee {committee}
invite create --name 本 --hours 3
invite create --admin
token create --account owner --scope read --label 本
token list
token end {token}
account list
account name owner 本
account sign-out owner
account way-in owner
account way-in nobody
account reopen owner
account reopen nobody
peer list
peer add {neighbour}
peer add nowhere.localhost:1
peer accept {neighbour}
peer moved {neighbour}
peer export --output {folder}/peers.vcf
peer delivery
peer delivery --retry nothing
peer received
peer received --replay nothing
domain set loud.example block --days 30 --reason 本
domain list
domain export --output {folder}/domains.csv
domain import {folder}/domains.csv --dry-run
domain remove loud.example
listings calendar feed
listings calendar feed {listing}
listings calendar import {listing} {folder}/calendar.ics
listings find clean
listings find qqqq
listings export --output {folder}/listings.csv
listings import {folder}/listings.csv --dry-run
listings reported
listings decide {case} restore
listings decide {case} withhold --ground wrong --message 本
agreements list
agreements show {agreement}
agreements show nothing
agreements do {agreement} accept
agreements do {agreement} accept
ledger balances
ledger balances --on 31.1.2027
ledger entries
ledger verify
ledger export --format hledger --output {folder}/books.journal
clearing owed
clearing reconcile
clearing runs
clearing show nothing
clearing answer nothing yes
clearing call GBP
referrals list
referrals counts
referrals check-log
referrals confirm-consents
council show
council show {proposal}
council show nothing
council charter {federation}
council log {federation}
council evidence {federation}
council proof {federation} nothing {folder}/proof.json
council comments {proposal} --as delegate
council comment {proposal} 本 --as owner
council hide {comment} --reason 本 --as mod
council amendments {proposal}
council amend {proposal} 本 --text 本
council take {proposal} nothing
council retract {proposal} nothing
council proxy {federation} {partner} --until {later}
council proxy {federation} --until {later}
council propose {federation} 本 --text 本 --opens {later} --closes {latest}
council propose {federation} 本 --text 本 --opens {latest} --closes {later}
council change-charter {federation} 本 --text 本 --name 本 --opens {later} --closes {latest}
council open {proposal}
council vote {proposal} yes --as delegate
council vote {proposal} yes --as nobody
council reserve {proposal} nothing --reason 本
council mark {proposal} nothing --reason 本
council answer {proposal} yes --decision 本
council again {proposal}
council archive {proposal} {folder}/decision.json
council close {proposal}
council withdraw {proposal}
council delegates {federation} owner femi
council handover {federation} {partner}
council handover {federation} --accept
council takeover {federation}
council invite {federation} {partner}
council admit {federation} {partner}
council vouch {federation} {partner} --reason 本
council lost-key {federation} owner
council replace-key {federation} --reason 本
council rejoin {partner} nothing
council found 本 --coop {partner}
council join {federation}
council leave {federation}
verify {folder}/decision.json
verify {folder}/books.journal
policy list
policy set ranking.text 50
policy set ranking.text loud
policy set nothing 1
policy unset ranking.text
policy dry-run listings.max_age_days=1
policy dry-run nothing
webhooks list
webhooks add https://shop.example/hooks
webhooks add nothing
webhooks test {webhook}
webhooks log {webhook}
webhooks replay {webhook}
webhooks replay nothing
mail list
mail test rosa@example.org --server 127.0.0.1 --port 1 --security none --user 本 --from a@b.example
doctor
backup {folder}/backup.tar.gz
backup {folder}/members.csv --rehearse
restore {folder}/members.csv
restore {folder}/backup.tar.gz --data {folder}/again
go-on --data {folder}/again
returned --data {folder}/again
upgrade
upgrade --data {folder}/again
move-database nothing
peer vouch {partner}
peer vouch {partner} --take-back
peer vouch {neighbour}
peer suspend {partner} --reason 本
keys recovery {folder}/recovery.json
keys rotate
move from http://old.localhost:1
move to http://new.localhost:1
move claim {folder}/recovery.json
move claim {folder}/members.csv
recover {folder}/members.csv --name 本 --data {folder}/new
recover {folder}/recovery.json --data {folder}/new
init --name 本 --address http://new.localhost:8177 --yes --data {folder}/new
init --name 本 --address http://new.localhost:8177 --yes --data {folder}/new
init --name 本 --address ftp://new --yes --data {folder}/other
serve --data {folder}/nothing
worker --data {folder}/nothing
demo --coops 99
"""


def typed(things: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Each line as it stands in the table, and as words."""
    for line in LINES.strip().splitlines():
        yield line, [word.format_map(things) for word in shlex.split(line)]


def path_of(line: str) -> tuple[str, ...]:
    """Which command a line calls."""
    group: click.Command = main
    path: tuple[str, ...] = ()
    for word in line.split():
        if not isinstance(group, click.Group):
            break
        group, path = group.commands[word], (*path, word)
    return path
