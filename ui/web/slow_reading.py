"""Whether the other end of a connection takes what it is sent.

What is written waits in the system first, by megabytes, and only then with us: so the system is
asked how much has arrived. Where it does not say (another than Linux), nobody is found slow.
"""

import asyncio
import socket
import struct
import sys

# A telephone at the edge of its network takes some ten times as much.
FEWEST_BYTES = 8 * 1024
SECONDS = 30.0
"""In which at least that much has to arrive, while more waits."""
LOOK_SECONDS = 5.0
_INFO_BYTES = 148
_ARRIVED = struct.Struct("=Q")  # tcpi_bytes_acked of Linux's `struct tcp_info`
_UNSENT = struct.Struct("=I")  # tcpi_notsent_bytes


class Reading:
    """How one end reads, from look to look. Times are those of the event loop."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._behind_since: float | None = None
        self._counted_from = (0.0, 0)

    def look(self, now: float) -> bool:
        """Whether so little has arrived for so long that nobody reads there."""
        arrived, is_behind = _state(self._transport)
        if not is_behind:
            self._behind_since = None
            return False
        if self._behind_since is None:
            self._behind_since = now
            self._counted_from = now, arrived
        since, before = self._counted_from
        if now - since < SECONDS:
            return False
        self._counted_from = now, arrived
        return arrived - before < FEWEST_BYTES

    def behind(self, now: float) -> float:
        """For how many seconds something has waited for it to read, without a break."""
        return 0.0 if self._behind_since is None else now - self._behind_since

    @property
    def has_unread(self) -> bool:
        """Whether something waits for it to read, just now."""
        return _state(self._transport)[1]

    def hang_up(self) -> None:
        """End it without waiting for what is unread; the system forgets that, too.

        `abort` would leave a file that is on its way waiting for ever.
        """
        line = self._transport.get_extra_info("socket")
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            self._transport.abort()  # it is gone already


def _state(transport: asyncio.Transport) -> tuple[int, bool]:
    """How many bytes have arrived so far, and whether more are kept back until it reads."""
    if sys.platform != "linux":
        return 0, False
    try:
        info = transport.get_extra_info("socket").getsockopt(
            socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES
        )
    except OSError:
        return 0, False  # it is gone
    if len(info) < _INFO_BYTES:
        return 0, False
    unsent = _UNSENT.unpack_from(info, 144)[0] + transport.get_write_buffer_size()
    return _ARRIVED.unpack_from(info, 120)[0], unsent > 0
