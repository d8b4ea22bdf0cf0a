"""The words of a fresh `rochdale.toml`: per key its comment and its default."""

import json

# key, comment lines, default
TEMPLATE: tuple[tuple[str, tuple[str, ...], object], ...] = (
    (
        "name",
        (
            "Rochdale: the settings of this node. Restart the node after a change.",
            "Each can be overridden by an environment variable, such as ROCHDALE_PORT=8200.",
            "",
            "The coop's name, as its members say it.",
        ),
        "Sunrise Bakers",
    ),
    (
        "address",
        ("Its address on the web. It cannot change later: other coops know you by it.",),
        "https://sunrise.coop",
    ),
    ("summary", ("One or two sentences about the coop, shown to everybody.",), ""),
    ("language", ("Main language, a BCP 47 tag.",), "en"),
    ("languages", ("Further languages that your members read.",), []),
    ("place", ("Where you are. Others see it rounded to about a kilometre.",), "Leeds, GB"),
    ("lat", ("Latitude and longitude in degrees, if the place alone is too coarse.",), 53.8),
    ("lon", (), -1.55),
    ("zone", ("Time zone of your clocks; by default that of your place.",), "Europe/London"),
    ("currency", ("Currency of prices and books (ISO 4217).",), "EUR"),
    (
        "host",
        ("Where the program listens; the web server in front of it passes requests on.",),
        "127.0.0.1",
    ),
    ("port", (), 8100),
    ("database_url", ("The database: empty for SQLite in this folder, or postgresql://…",), ""),
    (
        "peering",
        (
            "open: any coop may ask to be in touch, you decide.",
            "allow-list: only coops whose domain you allowed may ask.",
        ),
        "open",
    ),
    (
        "trusted_proxies",
        (
            "The web server in front, if it writes X-Forwarded-For or Forwarded itself: then tries",
            "to sign in are counted by visitor. Nobody is believed who is not named here.",
        ),
        ["127.0.0.1", "::1"],
    ),
    (
        "connections",
        (
            "How many connections are held at once, and how many by one address from outside.",
            "Further ones are answered 503; who asks for nothing gives way first.",
        ),
        1_000,
    ),
    ("connections_per_address", (), 64),
    (
        "mail_server",
        (
            "Mail, if you like: without it nothing is missing. The server that takes yours;",
            "`rochdale mail test YOUR@ADDRESS --server … --user … --from …` finds what to write",
            "here.",
        ),
        "mail.example.org",
    ),
    ("mail_port", (), 465),
    (
        "mail_security",
        ("tls, starttls, or none for a server on this machine.",),
        "tls",
    ),
    ("mail_user", (), "node@sunrise.coop"),
    (
        "mail_password_file",
        ("A file with the password, in this folder; or the variable ROCHDALE_MAIL_PASSWORD.",),
        "mail-password",
    ),
    (
        "mail_from",
        ("From which address it comes. Read what comes back there.",),
        "node@sunrise.coop",
    ),
    (
        "alert_disk_mb",
        ("You are told when less room is left (MB), a backup is older, a message waits longer,",),
        500,
    ),
    ("alert_backup_days", (), 7),
    ("alert_delivery_hours", (), 24),
    ("alert_certificate_days", ("a certificate ends sooner; and again after so many days.",), 14),
    ("alert_again_days", (), 7),
    (
        "stuck_seconds",
        (
            "When the program has stood still for so long it ends itself, to be started again; 0:",
            "never, for a debugger.",
        ),
        60,
    ),
    ("ca_file", ("One more certificate authority to trust, in PEM.",), ""),
    (
        "dev_peers",
        ("Only for a node on localhost: the nodes on this computer it may talk to.",),
        [],
    ),
)

# A line that would be right, for each key.
EXAMPLES: dict[str, str] = {
    "name": 'name = "Sunrise Bakers"',
    "address": 'address = "https://sunrise.coop"',
    "summary": 'summary = "Bread from Leeds, baked by its owners."',
    "language": 'language = "en"',
    "languages": 'languages = ["fr", "ar"]',
    "place": 'place = "Leeds, GB"',
    "lat": "lat = 53.8",
    "lon": "lon = -1.55",
    "zone": 'zone = "Europe/Madrid"',
    "currency": 'currency = "GBP"',
    "host": 'host = "127.0.0.1"',
    "port": "port = 8100",
    "database_url": 'database_url = "postgresql://rochdale@localhost/rochdale"',
    "peering": 'peering = "open"',
    "trusted_proxies": 'trusted_proxies = ["127.0.0.1", "::1"]',
    "connections": "connections = 1000",
    "connections_per_address": "connections_per_address = 64",
    "ca_file": 'ca_file = "our-ca.pem"',
    "mail_server": 'mail_server = "mail.example.org"',
    "mail_port": "mail_port = 465",
    "mail_security": 'mail_security = "tls"',
    "mail_user": 'mail_user = "node@sunrise.coop"',
    "mail_password_file": 'mail_password_file = "mail-password"',
    "mail_from": 'mail_from = "node@sunrise.coop"',
    "alert_disk_mb": "alert_disk_mb = 500",
    "alert_backup_days": "alert_backup_days = 7",
    "alert_delivery_hours": "alert_delivery_hours = 24",
    "alert_certificate_days": "alert_certificate_days = 14",
    "alert_again_days": "alert_again_days = 7",
    "stuck_seconds": "stuck_seconds = 60",
    "dev_peers": 'dev_peers = ["two.localhost:8102"]',
}


def toml_value(value: object) -> str:
    """A string, number or list as TOML; JSON's form of these is TOML's too, but for U+007F."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
