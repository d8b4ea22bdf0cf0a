"""Who may what, at every address of a node: one table, read by test_rights.

A block names a standing, and what each of WHO gets: `door` (the way in is shown, a program hears
401), `no` (403), `gone` (404: they are not told that it exists) or `in` (let through, and answered;
an empty form is then told what it lacks). Its lines are a method and addresses; what stands in
braces is a thing of `furnished`. For the API the scope that a token needs stands before the method.
An `!` behind an address: who is signed in is asked to show a proof of who they are, for all that is
done there or for some of it (`ui/web/step_up.py`).
An address with `nothing` in it may be answered by 404 to whoever is let in: what it names, or what
the example of the description names, is not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

WHO = (
    "stranger",
    "member",
    "owner",
    "delegate",
    "treasurer",
    "secretary",
    "moderator",
    "admin",
)
"""`owner` is a member who wrote, asked for or made what the address is about."""

TABLE = """
everybody   in in in in in in in in
  GET / /search /about /coops /coops/{neighbour} /language /sign-in /join /api /healthz
  GET /privacy /metrics /manifest.webmanifest /worker.js /offline
  GET /robots.txt /sitemap.xml /categories /left/nothing
  GET /search.atom /search.csv /search.json /coops.csv /coops.json /policies.csv /policies.json
  GET /policies.atom /policies.ics /federations/{charter}.csv /federations/{charter}.json
  GET /federations/{charter}.atom /federations/{charter}.ics
  GET /policies /policies/{rule} /weave/{weave}.svg /static/rochdale.css /in/nothing
  GET /listings/{listing} /listings/{listing}/note /listings/{listing}/ask
  GET /listings/{listing}/report /mirrors/{mirror}/report
  GET /mirrors/{mirror} /mirrors/{mirror}/ask /mirrors/{mirror}/free
  GET /write /notes/nothing /t/{talk} /asked/{asked} /asked/{asked}/receipt
  GET /asked/{asked}/steps/withdraw /applied/{applied} /consent/{consent} /calendars/{calendar}.ics
  GET /news/{news}.atom /news/{news}.ics
  GET /council/{charter}.ics /council/{charter}.atom /federations/{charter}
  GET /federations/{charter}/proposals/{name}
  GET /coop /node /coop/outbox /node/outbox /coop/followers /coop/following /coop/catalogue
  GET /federations/{charter}/outbox /.well-known/webfinger /.well-known/nodeinfo /nodeinfo/2.1
  GET /sign-in/code /sign-in/lost /sign-in/mail /mail/confirm/nothing /mail/stop/nothing
  POST /sign-in/mail /mail/confirm/nothing /mail/stop/nothing
  POST /sign-in/code /sign-in/lost /sign-in/passkey /sign-in/passkey/options
  POST /in/nothing/passkey
  POST /sign-in /sign-out /in/nothing /language /theme /saving /write /join /applied/{applied}
  POST /listings/{listing}/report /mirrors/{mirror}/report
  POST /listings/{listing}/ask /mirrors/{mirror}/ask /t/{talk} /consent/{consent}
  POST /asked/{asked}/steps /asked/{asked}/shared /asked/{asked}/forget
  GET /api/v1/coop /api/v1/coops /api/v1/instance /api/v2/instance
  GET /api/v1/openapi.json /api/v1/health /api/v1/listings /api/v1/listings/{listing}
  GET /api/v1/listings/{listing}/availability /api/v1/listings/{listing}/free
  GET /api/v1/applications/form /api/v1/policies /api/v1/policies/passed /api/v1/policies/{rule}

peers alone   door door door door door door door door
  POST /inbox /coop/inbox /federations/{charter}/inbox
  GET /coop/correspondence

nobody, for an inbox takes   in in in in in in in in
  GET /inbox /coop/inbox /federations/{charter}/inbox

nobody   gone gone gone gone gone gone gone gone
  GET /activities/nothing
  GET /media/listings/nothing/00000000000000000000000000000000-320.webp
  GET /media/mirrors/nothing/00000000000000000000000000000000-320.webp
  GET /cards/coop-0000000000000000.png
  GET /cards/00000000000000000000000000-0000000000000000.png
  GET /icons/0000000000000000000000000000000000000000000000000000000000000000-180.png
  GET /media/people/{soul}/00000000000000000000000000000000-320.webp
  GET /media/coop/00000000000000000000000000000000-320.webp
  GET /media/coops/{neighbour}/00000000000000000000000000000000-320.webp

officers   door no no no in in no in
  GET /vouching /vouching/nothing
  POST /vouching/nothing!

members   door in in in in in in in
  GET /confirm
  POST /confirm /account/codes! /account/passkeys! /account/passkeys/options
  POST /account/passkeys/nothing! /account/requests/nothing
  GET /listings/new /mine /my-calendar /agreements /agreements/calendar /threads
  GET /mine.csv /mine.json /searches.csv /searches.json
  GET /searches /searches/nothing /account/data /account/leave /account/mail
  GET /media/new/00000000000000000000000000000000-320.webp?nothing
  GET /people /account/profile
  POST /account/profile /account/name
  POST /searches /searches/nothing/forget /account/data! /account/leave! /account/mail!
  POST /account/consents/nothing /beginnings/hide
  GET /agreements.csv /agreements.json /referrals.csv /referrals.json /council.csv /council.json
  GET /offices.csv /offices.json /notices.csv /notices.json
  GET /sponsoring/nothing /offices/committees/{committee}
  GET /hours /hours.csv /hours.json
  POST /hours
  POST /sponsoring/nothing
  GET /offices /notices /account /coops/contacts.vcf /referrals /referrals/new
  GET /council /council/federations/{federation} /council/federations/{federation}/charter
  GET /council/proposals/{proposal} /council/proposals/{proposal}/receipts/nothing
  GET /council/federations/{federation}/evidence/nothing
  GET /council/proposals/{proposal}/archive /council/proposals/{proposal}/discussion
  GET /council/proposals/{proposal}/comments/{comment}
  POST /notices/feeds!
  POST /listings/new /my-calendar! /notices/read /account/tokens! /account/password! /referrals/new
  POST /council/proposals/{proposal}/discussion /council/proposals/{proposal}/comments/{comment}
  listings:write POST /api/v1/listings
  agreements:read GET /api/v1/agreements
  agreements:read POST /api/v1/agreements/preview?nothing
  agreements:write POST /api/v1/agreements?nothing
  messages GET /api/v1/threads /api/v1/notices
  messages POST /api/v1/listings/{listing}/report
  messages POST /api/v1/threads?nothing /api/v1/proposals/{proposal}/comments
  read GET /api/v1/peers/contacts /api/v1/offices /api/v1/people
  read GET /api/v1/sponsoring /api/v1/sponsoring/nothing
  read GET /api/v1/committees /api/v1/committees/{committee}
  account POST /api/v1/sponsoring/nothing
  read GET /api/v1/hours
  account PUT /api/v1/hours/nothing
  account DELETE /api/v1/hours/nothing
  account GET /api/v1/account/profile
  account PUT /api/v1/account/profile
  account PATCH /api/v1/account
  account GET /api/v1/account/passkeys /api/v1/account/data!
  account GET /api/v1/account/mail
  account PUT /api/v1/account/mail?nothing
  account POST /api/v1/account/recovery-codes!
  account PATCH /api/v1/account/passkeys/nothing
  account DELETE /api/v1/account/passkeys/nothing!
  council:read GET /api/v1/federations /api/v1/federations/{federation} /api/v1/proposals
  council:read GET /api/v1/federations/{federation}/charter /api/v1/federations/{federation}/log
  council:read GET /api/v1/federations/{federation}/proxies /api/v1/proposals/{proposal}
  council:read GET /api/v1/proposals/{proposal}/ballots /api/v1/proposals/{proposal}/archive
  council:read GET /api/v1/proposals/{proposal}/ballots/nothing/receipt
  council:read GET /api/v1/federations/{federation}/evidence
  council:read GET /api/v1/federations/{federation}/evidence/nothing
  council:read GET /api/v1/proposals/nothing/answers /api/v1/proposals/{proposal}/comments
  council:read GET /api/v1/proposals/{proposal}/amendments

members, and others are not told of it   gone in in in in in in in
  GET /listings/{inner} /listings/{inner}/ask /people/{soul} /api/v1/people/{soul}

only their own   door gone in gone gone gone gone gone
  POST /account/devices/{device} /account/tokens/{token} /my-calendar/{feed}/end
  POST /notices/feeds/{reader}/end

whoever is a member   door gone in gone gone gone gone gone
  GET /account/membership
  POST /account/membership /account/membership/name /account/membership/notice!
  account GET /api/v1/account/membership
  account PATCH /api/v1/account/membership

whoever did the work, and secretaries   door gone in gone gone in gone in
  GET /hours/{work}
  POST /hours/{work}

members of the register   door no in no no no no no
  account POST /api/v1/hours

whoever speaks for a firm   door gone in gone gone gone gone gone
  GET /account/colleagues
  POST /account/colleagues! /account/colleagues/nothing!

the two parties   door gone in gone gone gone gone in
  GET /agreements/{agreement} /agreements/{agreement}/receipt
  GET /agreements/{agreement}/steps/decline /threads/{letter}
  POST /agreements/{agreement}/steps /agreements/{agreement}/forget /threads/{letter}
  agreements:read GET /api/v1/agreements/{agreement}
  agreements:read POST /api/v1/agreements/{agreement}/preview
  agreements:write POST /api/v1/agreements/{agreement}/steps

the desk, and whoever wrote what it decided about   door gone in gone gone gone in in
  GET /moderation/{case}
  POST /moderation/{case}

whoever it is about   door gone in gone gone gone gone no
  POST /agreements/{agreement}/shared

two who write to each other   door gone in gone gone gone gone gone
  GET /threads/{thread}
  POST /threads/{thread}
  messages GET /api/v1/threads/{thread}
  messages POST /api/v1/threads/{thread}/messages /api/v1/threads/{thread}/reports
  messages PATCH /api/v1/threads/{thread}
  messages DELETE /api/v1/threads/{abroad} /api/v1/threads/{thread}/messages/nothing

whoever wrote it   door no in no no no no in
  GET /listings/{listing}/edit /listings/{listing}/availability /listings/{draft}/edit
  GET /listings/{listing}/languages /listings/{draft}/languages
  POST /listings/{listing}/edit /listings/{listing}/state /listings/{listing}/availability
  POST /listings/{listing}/languages /listings/{listing}/watch
  POST /listings/{listing}/calendars /listings/{listing}/calendars/nothing/remove
  POST /listings/{listing}/calendars/nothing/read
  POST /listings/{listing}/feeds /listings/{listing}/feeds/nothing/end
  POST /listings/{listing}/closed
  GET /referrals/{referral} /referrals/{referral}/edit /referrals/{referral}/file
  POST /referrals/{referral}/edit /referrals/{referral}/file
  listings:write PUT /api/v1/listings/{listing}/availability
  listings:write DELETE /api/v1/listings/{listing} /api/v1/listings/{listing}/availability
  listings:write PATCH /api/v1/listings/{listing}
  listings:write POST /api/v1/listings/{listing}/pictures

the firm or team whose work it is, and admins   door no in no no no no in
  POST /agreements/{agreement}/work

whoever said it   door no in no no no no no
  messages PATCH /api/v1/comments/{comment}

a draft   gone gone in gone gone gone gone in
  GET /listings/{draft} /listings/{draft}/ask /api/v1/listings/{draft}
  GET /api/v1/listings/{draft}/availability

delegates   door no no in no no no no
  POST /council/proposals/{proposal}/ballot!
  council:write POST /api/v1/proposals/{proposal}/ballots!
  council:write POST /api/v1/proposals/{proposal}/ballots/unsigned

speakers   door no no in no no no in
  GET /council/federations/{federation}/charter/change /council/federations/{federation}/propose
  GET /council/proposals/{proposal}/text /council/proposals/{proposal}/amend
  POST /council/federations/{federation}/charter/change /council/federations/{federation}/propose
  POST /council/proposals/{proposal} /council/proposals/{proposal}/text
  POST /council/proposals/{proposal}/amend /council/proposals/{proposal}/amendments/nothing
  POST /council/proposals/{proposal}/said!
  council:write POST /api/v1/proposals?nothing /api/v1/federations/{federation}/charter?nothing
  council:write PATCH /api/v1/proposals/{proposal} /api/v1/proposals/nothing/amendments
  council:write POST /api/v1/proposals/{proposal}/answers!
  council:write POST /api/v1/proposals/{proposal}/reservations! /api/v1/proposals/{proposal}/marks!
  council:write POST /api/v1/proposals/{proposal}/rounds /api/v1/proposals/{proposal}/amendments

treasurers   door no no no in no no in
  GET /owed.csv /owed.json /owed/with.csv /owed/with.json
  GET /ledger /ledger/new /ledger/accounts /ledger/accounts/nothing /ledger/entries
  GET /ledger/entries/nothing /ledger/check /ledger/export.csv
  GET /ledger/entries.csv /ledger/entries.json
  GET /owed /owed/with?uri={partner}&currency=GBP&nothing /owed/nothing /clearing/nothing
  POST /ledger/new /ledger/entries/nothing/reversal /ledger/entries/nothing/words /ledger/months
  POST /ledger/accounts /ledger/accounts/nothing
  POST /owed /owed/pay?nothing! /owed/line?nothing! /owed/statement
  POST /owed/payments/nothing! /owed/nothing! /clearing /clearing/nothing!
  ledger:read GET /api/v1/ledger/accounts /api/v1/ledger/balances /api/v1/ledger/entries
  ledger:read GET /api/v1/ledger/entries/nothing /api/v1/ledger/verification
  ledger:read GET /api/v1/ledger/export /api/v1/obligations /api/v1/obligations/nothing
  ledger:read GET /api/v1/trust-lines /api/v1/reconciliation /api/v1/settlements
  ledger:read GET /api/v1/clearing /api/v1/clearing/nothing
  ledger:write POST /api/v1/ledger/entries /api/v1/ledger/entries/nothing/reversal
  ledger:write POST /api/v1/obligations /api/v1/obligations/nothing/answer! /api/v1/trust-lines!
  ledger:write POST /api/v1/statements /api/v1/settlements! /api/v1/settlements/nothing/answer!
  ledger:write POST /api/v1/clearing /api/v1/clearing/nothing/answer!

secretaries   door no no no no in no in
  GET /applications.csv /applications.json
  GET /members.csv! /members.json!
  GET /hours/all /hours/all.csv /hours/all.json
  POST /hours/all
  GET /members /members/{person} /members/contacts.vcf! /applications /applications/{application}
  GET /members/accounts/{outsider}
  POST /members/accounts/{outsider}! /members/accounts/{outsider}/line!
  POST /members/{person}/colleagues/nothing!
  POST /members/{person}/correct /members/{person}/name
  POST /members/{person}! /members/{person}/class! /members/{person}/invite!
  POST /members/invitations/nothing/end
  POST /applications/{application}!
  members:read GET /api/v1/members /api/v1/members/contacts! /api/v1/members/{person}
  members:read GET /api/v1/applications /api/v1/applications/{application}
  members:read GET /api/v1/hours/all /api/v1/hours/sums?year=2027
  members:write POST /api/v1/members! /api/v1/applications
  members:write POST /api/v1/hours/nothing/decision
  members:write POST /api/v1/applications/{application}/steps!
  members:write POST /api/v1/applications/{application}/sponsors
  members:write PATCH /api/v1/members/{person}!
  members:write POST /api/v1/members/{person}/steps!
  members:write POST /api/v1/members/{person}/invitation!
  members:write PUT /api/v1/members/{person}/account!

those whom it is about, and secretaries   door no in no no in no in
  GET /members/{person}/letter

moderators   door no no no no no in in
  GET /moderation /reports/{report} /moderation.csv /moderation.json
  POST /reports/{report} /listings/{draft}/review /people/{soul}
  moderation GET /api/v1/moderation /api/v1/reviews
  moderation POST /api/v1/people/{soul}/clear
  moderation POST /api/v1/moderation/nothing /api/v1/reviews/nothing

admins   door no no no no no no in
  GET /upkeep /retention /peers /domains /settings /settings/webhooks /exchange
  GET /offices/committees/new
  POST /offices/committees! /offices/committees/{committee}!
  GET /settings/webhooks/{webhook} /offices/{office} /domains/blocks.csv
  GET /peers.csv /peers.json /domains.csv /domains.json
  POST /domains/list
  GET /audit.csv /audit.json
  GET /exchange/listings.csv /audit /applications/form /referrals/{referral}/sheet
  GET /settings/consents /members/import!
  GET /council/found /council/join /council/federations/{federation}/delegates
  GET /council/federations/{federation}/keys /council/federations/{federation}/proxies
  POST /peers /peers/answer /peers/claim! /peers/retry?nothing /peers/replay?nothing /domains
  POST /domains/lift?nothing
  POST /settings/consents
  POST /upkeep/look
  POST /settings /settings/webhooks! /settings/webhooks/{webhook}! /settings/webhooks/{webhook}/do
  POST /exchange /members/invite! /members/import! /applications/form
  POST /policies/{rule}! /policies/{rule}/lapse! /offices! /offices/{office}!
  POST /referrals/{referral}/ask /referrals/{referral}/consent /referrals/{referral}/do
  POST /council/found! /council/join! /council/federations/{federation}!
  POST /council/federations/{federation}/delegates! /council/federations/{federation}/keys!
  POST /council/federations/{federation}/proxies!
  peers:write GET /api/v1/domains/export
  peers:write POST /api/v1/domains/import
  peers:write GET /api/v1/peers /api/v1/domains /api/v1/deliveries
  peers:write POST /api/v1/peers /api/v1/domains /api/v1/deliveries/nothing/retry
  peers:write PATCH /api/v1/peers
  peers:write DELETE /api/v1/domains/nothing /api/v1/deliveries/nothing
  referrals:write GET /api/v1/referrals /api/v1/referrals/{referral}
  referrals:write POST /api/v1/referrals
  referrals:write PATCH /api/v1/referrals/{referral}
  admin PATCH /api/v1/coop
  admin GET /api/v1/alerts
  admin GET /api/v1/audit /api/v1/webhooks /api/v1/webhooks/{webhook} /api/v1/webhooks/{webhook}/log
  admin POST /api/v1/applications/form /api/v1/federations?nothing! /api/v1/policies/dry-run
  admin POST /api/v1/webhooks! /api/v1/offices?nothing! /api/v1/offices/nothing/end!
  admin POST /api/v1/committees!
  admin POST /api/v1/federations/{federation}/keys! /api/v1/federations/{federation}/proxies!
  admin POST /api/v1/webhooks/{webhook}/test?nothing /api/v1/webhooks/{webhook}/replay
  admin PATCH /api/v1/federations/{federation}! /api/v1/webhooks/{webhook}!
  admin PUT /api/v1/policies/{rule}!
  admin DELETE /api/v1/committees/{committee}!
  admin DELETE /api/v1/policies/{rule}! /api/v1/webhooks/{webhook}
"""

NO_ONES = frozenset(
    [
        "/coop/correspondence",
        "/activities/nothing",
        "/media/listings/nothing/00000000000000000000000000000000-320.webp",
        "/media/mirrors/nothing/00000000000000000000000000000000-320.webp",
        "/media/people/{soul}/00000000000000000000000000000000-320.webp",
        "/media/coop/00000000000000000000000000000000-320.webp",
        "/media/coops/{neighbour}/00000000000000000000000000000000-320.webp",
        "/cards/coop-0000000000000000.png",
        "/cards/00000000000000000000000000-0000000000000000.png",
        "/icons/0000000000000000000000000000000000000000000000000000000000000000-180.png",
    ]
)
"""What none of WHO is let in at: what peers alone read, and pictures that are not there."""

PAPERS = (
    # What stands at an address in the form of nodes: to nobody known, and to a peer that it is not
    # addressed to.
    ((200, 200), "/listings/{listing}"),
    ((200, 200), "/listings/{listing}/note"),
    ((200, 200), "/listings/{listing}/free/2027-01-11/2027-01-12"),
    ((404, 404), "/listings/{draft}"),
    ((404, 404), "/listings/{inner}"),
    ((404, 404), "/notes/nothing"),
    ((401, 404), "/agreements/{agreement}"),
    ((401, 404), "/agreements/{agreement}/contact"),
    ((401, 404), "/referrals/{referral}"),
    ((401, 404), "/referrals/{referral}/agreement"),
    ((401, 404), "/referrals/{referral}/contact"),
    ((401, 200), "/coop/federations"),
    ((404, 404), "/obligations/nothing"),
    ((200, 200), "/comments/{comment}"),
    ((200, 200), "/federations/{charter}"),
    ((200, 200), "/federations/{charter}/followers"),
    ((200, 200), "/federations/{charter}/proposals/{name}"),
)


@dataclass(frozen=True)
class Row:
    """One address, and what each of WHO gets there; scope: what a token needs, None for a page.

    is_proven: whether a session is asked for a proof."""

    method: str
    path: str
    scope: str | None
    answers: tuple[str, ...]
    is_proven: bool

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/v1/")


def rows() -> Iterator[Row]:
    """The table, line by line."""
    answers: tuple[str, ...] = ()
    for line in filter(None, TABLE.splitlines()):
        if not line.startswith(" "):
            answers = tuple(line.split()[-len(WHO) :])
            continue
        first, *rest = line.split()
        method, paths = (first, rest) if first.isupper() else (rest[0], rest[1:])
        scope = None if first.isupper() else first
        for path in paths:
            yield Row(method, path.removesuffix("!"), scope, answers, path.endswith("!"))
