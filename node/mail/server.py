"""Speaking with the mail server that the settings name. It is asked for nothing else.

Certificates are verified, always. The library does the rest of SMTP: what is sent with a dot at the
beginning of a line arrives as it was.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from node import limits
from node.i18n import Text, _
from node.mail.rules import Outcome, Step, Verdict, judged, spoken
from node.mail_settings import MailServer, Security

if TYPE_CHECKING:
    from aiosmtplib import SMTP

Tell = Callable[[Text], None]


class MailTrouble(Exception):
    """The server cannot be spoken with at all; said: why, in words for whoever runs the node."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Way(Struct, frozen=True):
    """How the server is reached. name: by which we greet it. ca_file: one more authority."""

    server: MailServer
    name: str
    ca_file: Path | None = None


class Line:
    """A conversation with the server that has begun."""

    def __init__(self, smtp: "SMTP", sender: str) -> None:
        self._smtp = smtp
        self._sender = sender

    @property
    def is_open(self) -> bool:
        """Whether the server still listens; nothing more can be said on this line if not."""
        return self._smtp.is_connected

    async def send(self, to: str, message: bytes) -> Outcome:
        """Hand over one letter. Raises MailTrouble where the server certainly did not take it."""
        from aiosmtplib import SMTPException, SMTPResponseException

        step = Step.FROM
        try:
            await self._smtp.mail(self._sender)
            step = Step.TO
            await self._smtp.rcpt(to)
        except SMTPResponseException as error:
            await self._begin_anew()
            return judged(step, error.code, error.message)
        except (SMTPException, OSError) as error:
            raise MailTrouble(_words(error)) from None
        try:
            await self._smtp.data(message)
        except SMTPResponseException as error:
            return judged(Step.DATA, error.code, error.message)
        except (SMTPException, OSError) as error:
            return Outcome(Verdict.UNSURE, _words(error))
        return Outcome(Verdict.TAKEN)

    async def _begin_anew(self) -> None:
        """After a no, so that the next letter finds the server as this one did."""
        from aiosmtplib import SMTPException

        try:
            await self._smtp.rset()
        except (SMTPException, OSError):
            self._smtp.close()


@asynccontextmanager
async def opened(way: Way, tell: Tell = lambda _step: None) -> AsyncGenerator[Line]:
    """Greet the server, go over to TLS and sign in, as the settings say. tell: each step in words.

    Raises MailTrouble.
    """
    from aiosmtplib import SMTPException

    try:
        smtp = await _dialled(way)
    except (OSError, UnicodeError) as error:  # the ca_file is gone, or holds no certificate
        raise MailTrouble(_words(error)) from None
    try:
        try:
            await _greet(smtp, way, tell)
        except (SMTPException, OSError, UnicodeError) as error:
            raise MailTrouble(_words(error)) from None
        yield Line(smtp, way.server.sender)
        await _take_leave(smtp)
    finally:
        smtp.close()


async def try_out(way: Way, to: str, message: bytes, tell: Tell) -> bool:
    """Send one letter and tell each step; whether the server took it."""
    try:
        async with opened(way, tell) as line:
            outcome = await line.send(to, message)
    except MailTrouble as trouble:
        tell(_("It did not work: %(said)s", said=trouble.said))
        return False
    if outcome.verdict is not Verdict.TAKEN:
        tell(_("The server did not take the letter: %(said)s", said=outcome.said))
        return False
    tell(_("The server took the letter."))
    return True


async def _dialled(way: Way) -> "SMTP":
    from aiosmtplib import SMTP

    server = way.server
    context = await asyncio.to_thread(_tls, way.ca_file)
    return SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=way.name,
        timeout=limits.MAIL_SECONDS,
        use_tls=server.security is Security.TLS,
        start_tls=server.security is Security.STARTTLS,
        tls_context=context,
    )


async def _greet(smtp: "SMTP", way: Way, tell: Tell) -> None:
    server = way.server
    answer = await smtp.connect()
    tell(
        _(
            "%(host)s answers on port %(port)s: %(said)s",
            host=server.host,
            port=server.port,
            said=spoken(f"{answer.code} {answer.message}"),
        )
    )
    if server.security is not Security.NONE:
        tell(_("Nobody reads along, and its certificate is good."))
    if server.user:
        await smtp.login(server.user, await asyncio.to_thread(server.secret))
        tell(_("It lets %(user)s in.", user=server.user))


async def _take_leave(smtp: "SMTP") -> None:
    from aiosmtplib import SMTPException

    try:
        await smtp.quit()
    except (SMTPException, OSError):
        return


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _words(error: Any) -> str:
    """What went wrong, as the server or the system says it."""
    code = getattr(error, "code", "")
    return spoken(f"{code} {getattr(error, 'message', '') or error or type(error).__name__}")
