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

        Returns one JSON file with a section for each kind of data, all as of one moment, in the names and values of the other operations. It includes data that
        no other operation shows, such as ended sessions, sent mails, changes of address and the activity of the account. `PENDING` accounts may call this too.

        - **Left out**: secrets and values derived from them (passwords, tokens, codes), normalized copies for searching, and other people's data. Other people
          who acted on the account are not named: `by` is `SOMEBODY_ELSE`.
        - **Limits**: a section holds the newest 10,000 entries, or 2,000 where they may be long (`properties`, `services`, `listings`). `truncated` names the
          sections that have more; `GET /users/me/activity`, `/homeowners/properties` and `/service-providers/services` list all.
        - **Privacy**: call this only when the user asks for it, and keep no copy. A session is enough, because a session can read nearly all of it anyway. Each
          export is recorded in the account's activity and notified by mail to its verified address, and there are at most 5 an hour.

        `Content-Disposition` has the file's name.
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
