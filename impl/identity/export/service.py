"""Service that exports all data of a person, read in one snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.mails.tables import MailKind
from impl.identity.capabilities.users.service import UsersService
from impl.kernel import audit
from impl.kernel.caller import Caller
from impl.kernel.database import Database
from impl.kernel.errors import InvalidToken
from impl.kernel.pending_writes import send_pending
from impl.kernel.personal_data import PersonalData
from impl.kernel.semaphore import FairSemaphore

_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Export:
    """Export of a person's data: sections by their names in the contract."""

    exported_at: datetime
    sections: Mapping[str, object]
    truncated: Sequence[str]


class ExportService:
    """Collects the export from the personal data policies that features declare beside their tables."""

    def __init__(
        self, *, database: Database, users: UsersService, mails: MailsService, personal_data: PersonalData
    ) -> None:
        self._database = database
        self._users = users
        self._mails = mails
        self._personal_data = personal_data
        # One at a time in each process, because several exports of the largest size would not fit into its memory.
        self._turn = FairSemaphore(1, _PATIENCE_SECONDS, refusal="Other exports are being made. Try again in a moment.")

    async def make(self, caller: Caller) -> Export:
        """Make the export; raise Unavailable (503) if too many wait for theirs."""
        async with self._turn, self._database.begin(snapshot=True) as tx:
            # Recorded first, so that the export contains both itself.
            event_id = await audit.record(tx, "account.exported", caller, subject=("user", caller.user_id))
            await self._mails.queue(tx, MailKind.DATA_EXPORTED, caller.user_id, about=event_id)
            await send_pending(tx)
            exported_at = self._database.clock.now()
            user = await self._users.find(tx, caller.user_id)
            if user is None or user.owned_since is None:
                raise InvalidToken("The session has ended.")
            collected = await self._personal_data.collect(tx, caller.user_id, owned_since=user.owned_since)
            return Export(exported_at, collected.sections, collected.truncated)
