"""Handler of the data export."""

from functools import cache
from typing import Final, override

from pydantic import TypeAdapter

from generated import replies
from generated.routers.export import AbstractExportHandlers, ExportOwnDataOk
from impl.identity.export.service import ExportService
from impl.kernel.caller import AnonymousClient, Caller

_FORMAT_VERSION: Final = 1


@cache
def _wire() -> TypeAdapter[replies.DataExport]:
    """Return the largest type of the contract, which takes thirty milliseconds that no start needs."""
    return TypeAdapter(replies.DataExport)


class ExportHandlers(AbstractExportHandlers[Caller, AnonymousClient]):
    def __init__(self, service: ExportService) -> None:
        self._service = service

    @override
    async def export_own_data(self, caller: Caller) -> ExportOwnDataOk:
        export = await self._service.make(caller)
        # Validated against the contract's type, because no code lists the columns of each table one by one.
        body = _wire().validate_python(
            {
                **export.sections,
                "format_version": _FORMAT_VERSION,
                "exported_at": export.exported_at,
                "truncated": export.truncated,
            }
        )
        name = f"hestami-export-{export.exported_at:%Y%m%dT%H%M%SZ}.json"
        return ExportOwnDataOk(body, content_disposition=f'attachment; filename="{name}"')
