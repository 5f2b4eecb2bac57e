# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The export operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod

from fastapi import APIRouter
from starlette.requests import Request

from generated import policies, replies
from openapi.runtime.bodies import NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.wire import Reply

_DATA_EXPORT: JsonWriter[replies.DataExport] = JsonWriter(replies.DataExport)


class ExportOwnDataOk(Reply):
    """The file."""

    __slots__ = ()

    def __init__(self, body: replies.DataExport, *, content_disposition: str) -> None:
        super().__init__(
            200,
            {"content-type": "application/json", "content-disposition": content_disposition},
            _DATA_EXPORT.dump_json(body),
        )


class AbstractExportHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged export."""

    @abstractmethod
    async def export_own_data(self, caller: CallerT) -> ExportOwnDataOk:
        """Export my personal data.

        One JSON file, a section for each kind of thing, all as of one moment. It has the names and values of the other operations, and beside what they
        show also what is kept behind them: ended sessions, mails that were sent, changes of address, what happened to the account.

        Not in it: secrets and what is made of them (passwords, tokens, codes), copies that are folded to be searched, and what is other people's. Whoever
        else acted on the account is not named: `by` says `SOMEBODY_ELSE`.

        A section holds the newest 10,000 entries, or 2,000 where they may be long (`properties`, `services`, `listings`). `truncated` names the sections
        that have more; `GET /users/me/activity`, `/homeowners/properties` and `/service-providers/services` list all.

        `Content-Disposition` names the file. It is as private as everything in it together: ask for it when the person asks, and keep no copy. It takes a
        session and no more, because a session may read nearly all of it anyway; each export is in the account's activity and told by mail to its verified
        address, and there are 5 an hour.
        """


_EXPORT_OWN_DATA = Inputs(Parameters(NoParameters), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractExportHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractExportHandlers, handlers)

    async def export_own_data(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.EXPORT_OWN_DATA)
        await _EXPORT_OWN_DATA.read(request)
        return await handlers.export_own_data(caller)

    router = APIRouter()
    router.routes.extend([OperationRoute(policies.EXPORT_OWN_DATA, export_own_data)])
    return router
