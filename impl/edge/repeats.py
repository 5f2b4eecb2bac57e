"""Repetition of requests whose transaction PostgreSQL has given up for another's sake."""

from starlette.requests import Request
from starlette.routing import BaseRoute

from impl.kernel.repeats import repeated
from openapi.runtime.bodies import UPLOADS
from openapi.runtime.routing import OperationRoute
from openapi.runtime.wire import Reply


def repeating(route: BaseRoute) -> BaseRoute:
    """Return the route with further attempts, as long as nothing was answered or committed.

    Files that were uploaded have been read, so that such a request is not repeated.
    """
    if isinstance(route, OperationRoute):
        respond = route.respond

        async def respond_repeatedly(request: Request) -> Reply:
            return await repeated(lambda: respond(request), may_repeat=lambda: UPLOADS not in request.scope)

        route.respond = respond_repeatedly
    return route
