"""What stands now?"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from federation.storage import Reader
from node.alerts import models
from node.i18n import Text
from node.notices import Alert, NoticeKind, sentence


class AlertView(Struct, frozen=True):
    """Something that is wrong and was told. subject: the coop that it is about, or nothing."""

    alert: Alert
    subject: str
    said: Text
    began_at: datetime


async def standing(reader: Reader) -> list[AlertView]:
    """All that is wrong now, as far as it is watched; what began first comes first."""
    rows = await reader.scalars(select(models.Alert).order_by(models.Alert.began_at))
    return [
        AlertView(
            Alert(row.name),
            row.subject,
            sentence(NoticeKind.ALERT, {**row.values, "alert": row.name}),
            row.began_at,
        )
        for row in rows
    ]
