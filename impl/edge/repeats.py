"""Repetition of requests whose transaction PostgreSQL has given up for another's sake."""

from typing import TYPE_CHECKING

from impl.kernel.repeats import repeated
from openapi.runtime.bodies import UPLOADS

if TYPE_CHECKING:
    from starlette.requests import Request

    from openapi.runtime.routing import Respond
    from openapi.runtime.wire import Reply


def repeating(respond: "Respond") -> "Respond":
    """Return a function that responds as the given one, by further attempts where nothing was answered or committed.

    Files that were uploaded have been read, so that such a request is not repeated.
    """

    async def respond_repeatedly(request: "Request") -> "Reply":
        return await repeated(lambda: respond(request), may_repeat=lambda: UPLOADS not in request.scope)

    return respond_repeatedly
