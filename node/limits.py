"""Every limit of the coop's own side, in one place, with its reason.

The limits towards peers stand in `federation.settings`.
"""

from datetime import timedelta
from typing import Final

# Sessions (ASVS 5.0 7.3.1, 7.3.2; idle time as people expect it of an app on their own phone).
SESSION_IDLE: Final = timedelta(days=30)
SESSION_ABSOLUTE: Final = timedelta(days=90)
# How stale `last_seen_at` may be: one write per session and hour, not one per page.
SESSION_TOUCH: Final = timedelta(hours=1)
SESSIONS_PER_ACCOUNT: Final = 20
# What matters is asked to be proven again so long after coming in (ASVS 7.5.1, 7.5.3).
SIGN_IN_FRESH: Final = timedelta(minutes=15)

# A form that made something and is sent again makes nothing more: as long as a page may stay open
# in a browser, or come back from its history.
FORMS_REMEMBERED: Final = timedelta(days=7)

# Recovery codes, on one sheet of paper; with so few left, their owner is asked to make new ones.
RECOVERY_CODES: Final = 10
RECOVERY_CODES_FEW: Final = 3

# Passkeys: time to find the finger or the PIN; an answer is a few hundred bytes.
PASSKEY_CHALLENGE: Final = timedelta(minutes=5)
PASSKEY_ANSWER_LONGEST: Final = 20_000
PASSKEYS_PER_ACCOUNT: Final = 20

# Vouching for somebody who lost every way in: time to speak with two people, and for an admin's own
# account a day to say no. Whoever came to their office within a week may be made up for this. More
# requests for one name, or under way at all, are a prank.
VOUCHING_LASTS: Final = timedelta(days=7)
VOUCHING_OFFICE_HELD: Final = timedelta(days=7)
VOUCHING_ADMIN_WAIT: Final = timedelta(hours=24)
VOUCHING_LINK_HOURS: Final = 24
VOUCHING_KEPT: Final = timedelta(days=30)
VOUCHING_WORDS_LONGEST: Final = 1_000
VOUCHING_PER_HANDLE: Final = 3
VOUCHING_OPEN_MOST: Final = 100
VOUCHING_PER_ADDRESS: Final = 5
VOUCHING_REGAINED_EVERY: Final = timedelta(hours=1)

# Offices: time to find somebody before a term ends; and no term outlives a generation of a board.
OFFICE_REMINDER: Final = timedelta(days=30)
OFFICE_LONGEST: Final = timedelta(days=3653)
OFFICE_WORDS_LONGEST: Final = 200
COMMITTEE_PURPOSE_LONGEST: Final = 2_000

# Hours of work: who was ill for long still notes them, and nobody those of years ago; so many that
# nobody has confirmed are a sign that nobody looks.
WORK_NOTED_LATE: Final = timedelta(days=366)
WORK_ACTIVITY_LONGEST: Final = 120
WORK_REASON_LONGEST: Final = 500
WORK_WAITING_MOST: Final = 200

# One-time links (ASVS 6.5.5: short lives for what replaces a password).
LINK_HOURS: Final = 72
LINK_HOURS_MOST: Final = 24 * 30

# Secrets, in bytes of randomness (ASVS 7.2.3 asks for 16).
SECRET_BYTES: Final = 32
LINK_SECRET_BYTES: Final = 18

# Passwords (ASVS 6.2.1, 6.2.9: long ones must fit; the upper end only bounds the hashing).
PASSWORD_SHORTEST: Final = 10
PASSWORD_LONGEST: Final = 256
# argon2id at the memory that OWASP names as its minimum: 29 ms on a small server.
ARGON2_MEMORY_KIB: Final = 19 * 1024
ARGON2_PASSES: Final = 2
ARGON2_LANES: Final = 1
# 2 × 19 MiB at most, however many people sign in at once; the others wait.
PASSWORDS_AT_ONCE: Final = 2

# Sign-in attempts: a burst for people who mistype, then a trickle for those who guess.
ATTEMPTS_PER_ADDRESS: Final = 30
ATTEMPTS_PER_ACCOUNT: Final = 10
ATTEMPT_REGAINED_EVERY: Final = timedelta(minutes=1)
# Tokens that are none of ours: a program that was not told of its new one is put right within the
# burst; nobody guesses 256 bits, but each guess looks into the database.
REFUSED_TOKENS_PER_ADDRESS: Final = 30
REFUSED_TOKEN_REGAINED_EVERY: Final = timedelta(minutes=1)
# How many addresses are remembered, how many accounts, how many guests of each kind; what is over
# first is forgotten first.
ATTEMPTS_REMEMBERED: Final = 20_000

# Calls of the API by one account, or from one connection without one: a program that keeps a list
# in step needs a few; of searches so many take half a core.
API_CALLS_PER_MINUTE: Final = 1_000
# Names that are neither the coop nor its node, asked for by one address (WebFinger): a peer asks
# for a federation's now and then, and who tries a dictionary has asked for none.
NAMES_PER_MINUTE: Final = 60

# Conversations: room for a page of text; enough for people, too few for those who write to all.
MESSAGE_LONGEST: Final = 5_000
# Of somebody we are not in touch with, and of a guest: then they wait for an answer.
MESSAGES_UNANSWERED: Final = 10
# Begun within a day by one of ours or one peer, by one stranger, and from one stranger's host.
THREADS_OF_KNOWN: Final = 50
THREADS_OF_STRANGER: Final = 3
THREADS_OF_HOST: Final = 20
# By all guests together, and at once from one address, which regains one in so long.
THREADS_OF_GUESTS: Final = 200
GUEST_THREADS_PER_ADDRESS: Final = 5
GUEST_THREAD_REGAINED_EVERY: Final = timedelta(hours=1)
# Requests of guests at once from one address, such as a library's, which regains one in so long.
GUEST_REQUESTS_PER_ADDRESS: Final = 10
GUEST_REQUEST_REGAINED_EVERY: Final = timedelta(minutes=20)
# A file handed off with a referral: a letter or a photo of one. As base64 it must fit into one
# fetched document (`fetch_bytes` of a peer, 1 MiB).
REFERRAL_FILE_BYTES: Final = 512 * 1024

# What a peer sends for the first time is judged by the rules of the day it bears, and of no day
# longer ago than this: so long a delivery waits for a node that is away (`delivery_hold`).
ON_ITS_WAY_LONGEST: Final = timedelta(days=30)

HANDLE_LONGEST: Final = 30
NAME_LONGEST: Final = 100
TOKEN_LABEL_LONGEST: Final = 60
TOKENS_PER_ACCOUNT: Final = 50
TOKEN_DAYS_MOST: Final = 3650

# The database may work on one search for so long (DOS-05). Among a million listings 99 of 100 take
# 0.03 s.
SEARCH_SECONDS: Final = 2.0

# Searches that one person keeps, and how often it is looked for news of those, and for what may
# fit a need; hundreds of people may.
SEARCHES_KEPT: Final = 20
SEARCH_LOOKS_EVERY: Final = timedelta(hours=1)

# Joining. Somebody asked for more answers while they still remember; whoever was declined can ask
# for another look as long as people usually may object to a decision.
APPLICATION_ANSWER: Final = timedelta(days=30)
APPLICATION_APPEAL: Final = timedelta(days=30)
# Whoever is suspended or put out can object as long, at least.
MEMBERSHIP_OBJECTION: Final = timedelta(days=30)
# After the end, what was written in an application is kept for questions, then destroyed.
APPLICATION_KEPT: Final = timedelta(days=180)
APPLICATION_TEXT_LONGEST: Final = 4_000
APPLICATION_QUESTIONS_MOST: Final = 12
# Who may join in a class: read beside it, while one chooses.
ELIGIBILITY_LONGEST: Final = 500
APPLICATION_CONSENTS_MOST: Final = 6
# Without an end: more would be somebody's program, not people.
SPONSORS_MOST: Final = 10
SPONSORS_NAMED_MOST: Final = 20
APPLICATIONS_OPEN_MOST: Final = 500
GUEST_APPLICATIONS_PER_ADDRESS: Final = 5
GUEST_APPLICATION_REGAINED_EVERY: Final = timedelta(hours=1)

# The confirmation of somebody who left, behind a secret link: as long as deletions may take.
LEAVING_SHOWN: Final = timedelta(days=365)

# Members from a table: the largest coops that this is for, entered a hundred at a time.
MEMBER_ROWS_MOST: Final = 5_000
MEMBER_CELL_LONGEST: Final = 2_000
# People who act for one firm, besides whoever speaks for it.
COLLEAGUES_MOST: Final = 20

# Whoever confirms a probation wants to speak with people first, and perhaps to meet.
PROBATION_TOLD_BEFORE: Final = timedelta(days=14)

# Lists of blocked domains: the longest that are handed round have some thousand rows.
BLOCKLIST_ROWS_MOST: Final = 10_000

# The books: an entry is read by people, in a table and on paper.
ENTRY_TEXT_LONGEST: Final = 500
ENTRY_LINES_MOST: Final = 100
# When a listing can be had.
HOURS_A_DAY_MOST: Final = 12
OTHER_DAYS_MOST: Final = 400
# Of a rota of a team: more is a timetable, which is written otherwise.
SHIFTS_MOST: Final = 60
SHIFT_WEEKS_MOST: Final = 52
# As many as there is room for beside each other on a phone.
LENGTHS_MOST: Final = 6
# Minutes: more beginnings, each in so many lengths, would be more than one answer holds.
LENGTHS_STEP_LEAST: Final = 15
AHEAD_DAYS_MOST: Final = 730
LEAD_DAYS_MOST: Final = 90
CAPACITY_MOST: Final = 1_000
STOCK_MOST: Final = 1_000_000
# So many days of free times are told in one answer: some 9,000 slots at worst, 30 ms of work.
FREE_DAYS_AT_ONCE: Final = 31
# A neighbour's free times are asked for again after this long; a hold is checked by them anyway.
FREE_TIMES_KEPT: Final = timedelta(minutes=2)
FREE_TIMES_REMEMBERED: Final = 500
# Of one neighbour, by all who have an account here, and by all others; and by one of them: people
# turn some pages a minute; a program would have us ask without end, and leave none for people.
FREE_TIMES_ASKED_A_MINUTE: Final = 60
FREE_TIMES_OF_ONE_ASKER: Final = 20

# Calendars read from files and addresses.
CALENDAR_BYTES: Final = 1024 * 1024
CALENDAR_EVENTS: Final = 5_000
CALENDAR_SPANS: Final = 10_000
CALENDARS_PER_LISTING: Final = 20
# Reading happens in a process of its own, which may take so much of the machine and no more.
CALENDAR_SECONDS: Final = 10
CALENDAR_MEMORY_MIB: Final = 512
# 2 × 512 MiB at most, however many calendars come at once; the others wait.
CALENDARS_AT_ONCE: Final = 2
CALENDAR_AGAIN_AFTER: Final = timedelta(minutes=30)
# One that fails is tried twice as late each time: its server may be gone for good, and each attempt
# may take a process of ours all of its seconds.
CALENDAR_LONGEST_WAIT: Final = timedelta(days=1)
FEEDS_PER_ACCOUNT: Final = 50

# Pictures. A photo of a good phone is 3 to 8 MB; all of a listing's come in one form.
PICTURE_BYTES: Final = 12 * 1024 * 1024
PICTURES_PER_LISTING: Final = 8
PICTURES_FORM_BYTES: Final = 32 * 1024 * 1024
# As base64 in the JSON of the API.
PICTURE_API_BYTES: Final = 4 * 1024 * 1024
# Drawn anew in a process of its own, two at once: a JPEG of 50 million pixels takes it a second.
PICTURE_PIXELS: Final = 50_000_000
PICTURE_SECONDS: Final = 10
PICTURE_MEMORY_MIB: Final = 768
PICTURES_AT_ONCE: Final = 2
# Each is held whole until it is drawn.
PICTURES_FETCHED_AT_ONCE: Final = 6
PICTURES_FETCHED_PER_SITE: Final = 2
PICTURES_A_DAY: Final = 200
# What is kept: some five hundred of one account, and what a backup of a small coop can carry.
PICTURES_OF_ACCOUNT_BYTES: Final = 256 * 1024 * 1024
PICTURES_OF_COOP_BYTES: Final = 4 * 1024 * 1024 * 1024
PICTURE_ALT_LONGEST: Final = 300
# Other coops' pictures are fetched when first looked at; the oldest go when they take more room.
FETCHED_PICTURES_BYTES: Final = 500 * 1024 * 1024
PICTURE_AGAIN_AFTER: Final = timedelta(hours=1)
PICTURES_REMEMBERED: Final = 2_000

# What members are asked to agree to beyond the membership.
CONSENT_TEXT_LONGEST: Final = 4_000
CONSENTS_ASKED: Final = 20

# What a coop tells of itself on its page, and as much of what another one tells.
COOP_STORY_LONGEST: Final = 5_000
COOP_SUMMARY_LONGEST: Final = 500
COOP_LINE_LONGEST: Final = 200
COOP_LINES_MOST: Final = 10
# A few words that one can narrow a directory down by, not a list of all that a coop does.
COOP_SECTORS_MOST: Final = 5
COOP_SECTOR_LONGEST: Final = 60
# Of whom it says that they are coops: peers keep 8,000 bytes of their addresses.
COOPS_VOUCHED_FOR: Final = 50
# In all its languages; the rest of what peers keep of an actor (32 KiB) is keys and addresses.
COOP_TELLING_BYTES: Final = 24 * 1024

# What people tell of themselves: read in a minute, beside others.
PROFILE_PRONOUNS_LONGEST: Final = 40
PROFILE_TELEPHONE_LONGEST: Final = 40
PROFILE_LINE_LONGEST: Final = 300
PROFILE_ABOUT_LONGEST: Final = 1_000

# Reports of listings: enough for people, too few for a crowd of one.
REPORT_LONGEST: Final = 1_000
REPORTS_OF_ACCOUNT: Final = 20
REPORTS_OF_COOP: Final = 50
REPORTS_OF_GUESTS: Final = 100
GUEST_REPORTS_PER_ADDRESS: Final = 5
GUEST_REPORT_REGAINED_EVERY: Final = timedelta(hours=1)

# Agreements. Objections come while people still remember, and before books are closed.
DISPUTE_DAYS: Final = 30
# A peer's word that came before what it follows waits so long for it, and so many of one peer do.
PARKED_FOR: Final = timedelta(hours=24)
PARKED_PER_PEER: Final = 200
# Requests of one coop that nobody has answered: more would keep all times of a listing taken.
OPEN_REQUESTS_PER_PEER: Final = 200
OPEN_REQUESTS_PER_STRANGER: Final = 5
# Of the offers that name a conversation which begins only then, it led to so many, the newest.
LED_TO_AT_ONCE: Final = 50
# Reminders: before it begins, and before the time for an answer is over.
REMIND_BEFORE: Final = timedelta(hours=24)
# The customer's own node confirms first; ours does it for servers that do not know how.
CONFIRM_GRACE: Final = timedelta(days=1)
# Long enough for all attempts after which a peer's no is taken for good.
HEARD_AFTER: Final = timedelta(hours=1)
CONTACT_LINE_LONGEST: Final = 200
CONTACT_MESSAGE_LONGEST: Final = 4_000
# To one question of a listing; what is too long for one message together is refused in words.
ANSWER_LONGEST: Final = 400
ANSWERS_MOST: Final = 10
AGREEMENTS_LISTED: Final = 500
# Of one agreement, signed and kept each: enough to haggle over it, too few to fill a disk.
AGREEMENT_VERSIONS_MOST: Final = 50

# Clearing. A proposal holds every offer and must fit into 256 KiB: 330 bytes a row. One document
# has 2,000 members at most: seven a row.
CLEARING_ROWS_MOST: Final = 600
CLEARING_ROWS_PER_OFFER: Final = 200
CLEARING_PROPOSAL_BYTES: Final = 250 * 1024
CLEARING_COOPS_MOST: Final = 40
# Long enough for a node that is switched off at night, and for a treasurer to look.
CLEARING_OFFERS_WITHIN: Final = timedelta(days=1)
CLEARING_ANSWERS_WITHIN: Final = timedelta(days=2)
CLEARING_SILENCE_MOST: Final = timedelta(days=14)
# How often a run is called again without those who were away or refused.
CLEARING_TRIES_MOST: Final = 3
# That often with all the time there is. Then what is owed can be paid, or cleared by others.
CLEARING_HELD_MOST: Final = timedelta(days=9)
CLEARING_REASONS_MOST: Final = 50
CLEARING_TURN_DAYS: Final = 2
CLEARING_TURN_DAYS_MOST: Final = 20
STATEMENT_BEFORE_CLEARING: Final = timedelta(days=2)
STATEMENT_ROWS_MOST: Final = 200
SETTLEMENT_ROWS_MOST: Final = 100
# Of those that did not come the newest: each is read whole, on a page and at every payment.
MISSED_PAYMENTS_LOOKED_AT: Final = 200
PAYMENT_REFERENCE_LONGEST: Final = 35
# The council. A host promises to log a ballot within this time; then all coops are asked instead.
COUNCIL_PROMISE: Final = timedelta(minutes=10)
# So long after the end ballots may still arrive that other coops saw in time.
COUNCIL_CLOSE_GRACE: Final = timedelta(minutes=10)
# So long after the end coops compare which heads they know; no close is cosigned before.
COUNCIL_COMPARED: Final = timedelta(minutes=5)
# Who does not reveal within this time is left out of the lot, by name.
COUNCIL_REVEAL: Final = timedelta(hours=1)
# A host whose close lacks a ballot that coops saw in time is accused in public after so long; until
# then it can close anew. The vote is over for ten minutes then, so a day is kept to.
COUNCIL_DISPUTE: Final = timedelta(hours=12)
# A duty of the host that cannot be done yet is tried again after this long.
COUNCIL_AGAIN: Final = timedelta(minutes=10)
# A text has come to all by then, and is not changed at once again: what it would touch is counted.
COUNCIL_TOUCH: Final = timedelta(minutes=5)
# Of one coop that nobody has answered.
COUNCIL_INVITATIONS: Final = 20
# What one delivery of the log holds, so that it fits into an inbox.
COUNCIL_BATCH_BYTES: Final = 96 * 1024
# Where so many messages wait for a coop, it is sent nothing again: it asks when it has those.
COUNCIL_WAITING_MOST: Final = 50
# A host that is not heard of is asked after this long; after the second, another may take over.
COUNCIL_WATCH: Final = timedelta(hours=6)
COUNCIL_HOST_TIMEOUT: Final = timedelta(hours=24)
# So far off the clocks of the other members: people are told; the node cosigns nothing.
COUNCIL_CLOCK_WARNS: Final = timedelta(seconds=30)
COUNCIL_CLOCK_STOPS: Final = timedelta(seconds=120)
# A coop that wants to take the log over asks the others again after this long.
COUNCIL_TAKE_OVER_AGAIN: Final = timedelta(hours=1)

# Talking about a proposal: room for an argument, too little for a book; a day's worth of one
# person, and of one coop about one proposal.
COMMENT_LONGEST: Final = 5_000
COMMENTS_OF_ACCOUNT: Final = 40
COMMENTS_OF_COOP: Final = 200
BYLINE_LONGEST: Final = 100
HIDING_REASON_LONGEST: Final = 1_000
# A federation as an actor. Its followers are told at once of so many proposals that are going on.
ANNOUNCED_AT_ONCE: Final = 20
# More followers would make one word of a federation a flood for a small node: a row for each host
# that has a shared inbox, for each follower of one that has none.
GROUP_FOLLOWERS: Final = 20_000
# Who was away for so long gives way first, when there is no room for a new follower.
GROUP_FOLLOWER_AWAY: Final = timedelta(days=14)
# So many are told in one transaction, and those behind the same inbox: others write in between.
GROUP_TOLD_AT_ONCE: Final = 500
# Another host's Group is asked again whether it knows that it goes on from ours.
GROUP_LOOKS_AGAIN: Final = timedelta(minutes=10)

# Webhooks. A program that is down over a long weekend gets everything when it is back.
WEBHOOKS: Final = 20
WEBHOOK_TRIED_FOR: Final = timedelta(days=3)
WEBHOOK_FIRST_WAIT: Final = timedelta(seconds=30)
WEBHOOK_LONGEST_WAIT: Final = timedelta(hours=12)
WEBHOOK_OFF_AFTER: Final = timedelta(days=5)
WEBHOOK_LOG_KEPT: Final = timedelta(days=30)
# In flight to one program: it is somebody's spare-time script as often as not.
WEBHOOK_AT_ONCE: Final = 4
WEBHOOK_REPLAYED: Final = 1_000

# Mail. What is read here within the first moment needs no letter. Servers that do not know us yet
# say "later" for some minutes; one that is down over a weekend gets everything.
MAIL_WAITS: Final = timedelta(minutes=2)
MAIL_TRIED_FOR: Final = timedelta(days=3)
MAIL_FIRST_WAIT: Final = timedelta(minutes=5)
MAIL_LONGEST_WAIT: Final = timedelta(hours=4)
MAIL_LATE: Final = timedelta(hours=1)
MAIL_SECONDS: Final = 30
MAIL_AT_ONCE: Final = 50
# More of one day come in one letter the next morning, also to who wants each at once.
MAIL_NOTICES_A_DAY: Final = 30
# What went, and what did not, for whoever asks where a letter is.
MAIL_KEPT: Final = timedelta(days=30)
# Hours of the clock in which people sleep, unless they say otherwise.
MAIL_QUIET_FROM: Final = 21
MAIL_QUIET_UNTIL: Final = 7
# Letters that somebody else may have asked for: few, and good for a short time.
MAIL_CONFIRM_WITHIN: Final = timedelta(hours=24)
MAIL_CONFIRMS_A_DAY: Final = 5
MAIL_WAY_IN_HOURS: Final = 1
MAIL_WAYS_IN_A_DAY: Final = 3
MAIL_WAYS_IN_PER_ADDRESS: Final = 5
MAIL_WAY_IN_REGAINED_EVERY: Final = timedelta(minutes=20)

# A node that was restored listens until every coop was read; after so long, half of them will do:
# one that is away for weeks must not keep it silent.
RESTORED_WAIT: Final = timedelta(hours=1)
# So often, and so long apart, must a node find newer keys than its own at its own address, before
# it believes that it is an old copy.
REPLACED_LOOKS: Final = 3
REPLACED_LOOK: Final = timedelta(minutes=10)
# Backups that are older are complained of.
BACKUP_AGE: Final = timedelta(days=7)
# Enough for a week of listings and one more backup of a small node.
DISK_FREE_BYTES: Final = 500_000_000
# Signatures are refused beyond five minutes; what is wrong is said well before.
CLOCK_OFF: Final = timedelta(seconds=30)
# Another coop's: what it signs is refused beyond this (`clock_ahead`).
CLOCK_FAR_OFF: Final = timedelta(minutes=5)
# A message that waits longer is no passing trouble.
DELIVERY_LATE: Final = timedelta(days=1)
# Certificates are renewed a month before their end; half of that is left to find out why not.
CERTIFICATE_LEFT: Final = timedelta(days=14)
# Of what has room of its own, such as other coops' pictures: full so far (percent).
ROOM_FULL: Final = 80
# Messages of ours that other coops refused, within so long.
REFUSED_LATELY: Final = timedelta(days=7)
# All looks from outside; who did not come back by then was stopped.
OUTSIDE_LOOK: Final = timedelta(minutes=5)
# What is wrong and not mended is told again after so long: often enough not to be forgotten.
ALERT_AGAIN: Final = timedelta(days=7)

# Coops that ask to work with us. More than a person answers in a day come of nobody who means it,
# and one site speaks for few coops. After a no, asking again says nothing new for a while.
COOPS_ASKING: Final = 500
COOPS_ASKING_OF_A_SITE: Final = 20
COOP_ASKS_AGAIN: Final = timedelta(days=30)

# Actors of other servers that nothing here names: long enough for a message and what follows it.
# With so many of them, somebody is making them up.
STRANGERS_KEPT: Final = timedelta(days=1)
STRANGERS_MOST: Final = 1_000
STRANGERS_CROWDED: Final = timedelta(hours=1)
STRANGERS_OF_A_SITE: Final = 100
