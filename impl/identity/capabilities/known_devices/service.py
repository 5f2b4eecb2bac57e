"""Service of device tokens: a login returns one, and the next login from that device presents it."""

import re
from hmac import compare_digest
from typing import Final
from uuid import UUID

from impl.identity.capabilities.users.service import Credentials
from impl.identity.capabilities.users.tables import User
from impl.kernel.secrets import derive_token

_FORM: Final = re.compile(r"dt_([0-9a-f]{32})\.[A-Za-z0-9_-]{43}", re.ASCII)


class KnownDevices:
    """Makes and checks device tokens.

    They are derived and not stored, so that nobody can read them from the database.
    """

    def __init__(self, secret_key: bytes) -> None:
        self._secret_key = secret_key

    def token(self, user: User, device_id: UUID) -> str:
        """Return the token that the device sends with the account's next login."""
        return self._token(user.id, device_id, user.credential_epoch)

    def recognise(self, credentials: Credentials | None, token: str | None) -> UUID | None:
        """Return the device that the token was given to, if the account knows it still."""
        form = None if token is None else _FORM.fullmatch(token)
        if credentials is None or form is None or token is None:
            return None
        device_id = UUID(hex=form[1])
        is_known = compare_digest(token, self._token(credentials.user_id, device_id, credentials.epoch))
        return device_id if is_known else None

    def _token(self, user_id: UUID, device_id: UUID, epoch: int) -> str:
        """Derive a device token from the account's epoch too, so that a new password forgets devices."""
        return f"dt_{device_id.hex}.{derive_token(self._secret_key, 'device', user_id, device_id, str(epoch))}"
