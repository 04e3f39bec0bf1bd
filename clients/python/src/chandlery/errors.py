"""What may go wrong. Programs tell refusals apart by ``code``, which is the server's and stable; ``/docs`` lists all."""

from __future__ import annotations


class Error(Exception):
    """Whatever this client raises."""


class InvalidArgument(Error, ValueError):
    """What was given can't be sent, so the server was not asked: ``limit_price: `abc` is not a number``."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        #: The name of what is wrong.
        self.argument = argument


class Unreachable(Error):
    """No answer came. ``before_sent``: the request can't have reached the server; else it may have been done."""

    def __init__(self, message: str, *, before_sent: bool) -> None:
        super().__init__(message)
        self.before_sent = before_sent


class Refused(Error):
    """The server refused it (RFC 9457)."""

    def __init__(
        self, status: int, code: str, detail: str, parameter: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{code} ({status}): {detail}")
        self.status = status
        #: Tells refusals apart; stable.
        self.code = code
        #: What exactly is wrong, for people.
        self.detail = detail
        #: The parameter or field that is wrong, where it is one.
        self.parameter = parameter
        #: After how many seconds another try makes sense.
        self.retry_after = retry_after


class Invalid(Refused):
    """400: a field or parameter is wrong."""


class Unauthorized(Refused):
    """401: the key is missing or wrong."""


class Forbidden(Refused):
    """403: the key may not do that."""


class NotFound(Refused):
    """404: there is none of one's own."""


class Conflict(Refused):
    """409: not now, or not beside what is there."""


class RateLimited(Refused):
    """429: too many requests."""


OF_STATUS: dict[int, type[Refused]] = {
    400: Invalid, 401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict, 429: RateLimited,
}
