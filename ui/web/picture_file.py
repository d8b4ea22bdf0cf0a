"""The answer that is a picture's file."""

from aiohttp import web


class PictureFile(web.FileResponse):
    """The file may go after it was seen and before it is opened: no 404 is to be kept."""

    def set_status(self, status: int, reason: str | None = None) -> None:
        super().set_status(status, reason)
        if status >= web.HTTPBadRequest.status_code:
            self.headers["Cache-Control"] = "no-store"
