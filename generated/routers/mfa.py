# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The mfa operations: replies, abstract handlers, router."""

from abc import ABC, abstractmethod
from uuid import UUID

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.requests import Request

from generated import models, parameters, policies, replies
from openapi.runtime.bodies import Body, JsonMedia, NoBody
from openapi.runtime.guard import Guard
from openapi.runtime.inputs import Inputs
from openapi.runtime.json_writer import JsonWriter
from openapi.runtime.parameters_reader import NoParameters, Parameters
from openapi.runtime.routing import OperationRoute
from openapi.runtime.signatures import check_handlers
from openapi.runtime.texts import Field
from openapi.runtime.wire import Reply

_TOKEN_PAIR: JsonWriter[replies.TokenPair] = JsonWriter(replies.TokenPair)
_MFA: JsonWriter[replies.Mfa] = JsonWriter(replies.Mfa)
_TOTP_ENROLMENT: JsonWriter[replies.TotpEnrolment] = JsonWriter(replies.TotpEnrolment)
_RECOVERY_CODE_SET: JsonWriter[replies.RecoveryCodeSet] = JsonWriter(replies.RecoveryCodeSet)


class CompleteLoginOk(Reply):
    """Signed in."""

    __slots__ = ()

    def __init__(self, body: replies.TokenPair) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOKEN_PAIR.dump_json(body))


class GetMfaOk(Reply):
    """The state of the second factor."""

    __slots__ = ()

    def __init__(self, body: replies.Mfa) -> None:
        super().__init__(200, {"content-type": "application/json"}, _MFA.dump_json(body))


class StartTotpEnrolmentOk(Reply):
    """The secret for an authenticator app; the second factor is not enrolled yet."""

    __slots__ = ()

    def __init__(self, body: replies.TotpEnrolment) -> None:
        super().__init__(200, {"content-type": "application/json"}, _TOTP_ENROLMENT.dump_json(body))


class ConfirmTotpEnrolmentOk(Reply):
    """The recovery codes, which are not shown again."""

    __slots__ = ()

    def __init__(self, body: replies.RecoveryCodeSet) -> None:
        super().__init__(200, {"content-type": "application/json"}, _RECOVERY_CODE_SET.dump_json(body))


class DisableTotpNoContent(Reply):
    """The second factor is switched off."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class RenewRecoveryCodesOk(Reply):
    """The recovery codes, which are not shown again."""

    __slots__ = ()

    def __init__(self, body: replies.RecoveryCodeSet) -> None:
        super().__init__(200, {"content-type": "application/json"}, _RECOVERY_CODE_SET.dump_json(body))


class ResetUserMfaNoContent(Reply):
    """The second factor is switched off."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(204, {})


class AbstractMfaHandlers[CallerT, ClientT](ABC):
    """One method for each operation tagged mfa."""

    @abstractmethod
    async def complete_login(self, client: ClientT, *, body: models.LoginCompletion) -> CompleteLoginOk:
        """Complete a sign-in with the second factor.

        The second step after 403 `mfa-required`. The `mfa_token` is valid for 5 minutes, for one sign-in, for this operation only; a wrong code does not use it
        up.

        Each code works once, even while the app still shows it: to sign in twice within 30 seconds, wait for the next code. A recovery code works once, and its
        owner is notified by mail.

        - 401 `invalid-mfa-token`: it has expired or was used, or the password was changed meanwhile. Start again with `POST /auth/login`.
        - 422 `wrong-mfa-code`: mark the field that `errors` names.
        - 429 `login-throttled`: wrong codes count as wrong passwords, and a right password does not reset the count.
        """

    @abstractmethod
    async def get_mfa(self, caller: CallerT) -> GetMfaOk:
        """Get the state of my second factor.

        Returns whether the second factor is enrolled, and whether a role of the caller requires it. While it is required and `enrolled_at` is null, every
        operation that needs a permission returns 403 `mfa-enrolment-required`.
        """

    @abstractmethod
    async def start_totp_enrolment(self, caller: CallerT) -> StartTotpEnrolmentOk:
        """Start to enrol an authenticator app.

        Returns a new secret: show `otpauth_uri` as a QR code, and `secret` to people who type it. The second factor is enrolled by
        `POST /users/me/mfa/totp/confirm`, within 10 minutes. Starting again replaces the secret.

        - 403 `fresh-sign-in-required`: the session has to be started within the last 10 minutes (refreshing does not count). Sign in again.
        - 409 `mfa-already-enrolled`: an account has one second factor. Disable it first.
        """

    @abstractmethod
    async def confirm_totp_enrolment(self, caller: CallerT, *, body: models.TotpConfirmation) -> ConfirmTotpEnrolmentOk:
        """Switch the second factor on.

        Takes the code that the app shows now, and returns the recovery codes. Have the user store them: they are not shown again. Other sessions of the account
        end, because they were opened without the second factor; this one stays. The owner is notified by mail.

        - 422 `wrong-mfa-code`: mark the field and ask again.
        - 409 `mfa-enrolment-not-started`: the 10 minutes are over. Start again and show the new secret.
        """

    @abstractmethod
    async def disable_totp(self, caller: CallerT, *, body: models.MfaAuthorization) -> DisableTotpNoContent:
        """Switch the second factor off.

        Removes the authenticator and all recovery codes. To move to another phone, disable the second factor and enrol again. The owner is notified by mail. An
        account whose role requires a second factor may disable it too; the permissions of the role are withheld until another one is enrolled.

        - 403 `fresh-sign-in-required`: the session has to be started within the last 10 minutes.
        - 422 `wrong-mfa-code`: the code is wrong.
        """

    @abstractmethod
    async def renew_recovery_codes(self, caller: CallerT, *, body: models.MfaAuthorization) -> RenewRecoveryCodesOk:
        """Replace my recovery codes.

        Replaces all earlier recovery codes. The new ones are shown once. The owner is notified by mail.

        - 403 `fresh-sign-in-required`: the session has to be started within the last 10 minutes.
        - 422 `wrong-mfa-code`: the code is wrong.
        """

    @abstractmethod
    async def reset_user_mfa(self, caller: CallerT, *, user_id: UUID) -> ResetUserMfaNoContent:
        """Remove somebody's second factor.

        For somebody who has lost both phone and recovery codes. Verify their identity first: afterwards the password alone is enough to sign in. Ends every
        session of the account, and notifies the owner by mail.

        - 403 `exceeds-own-permissions`: the account has permissions that the caller lacks.
        - 409 `mfa-not-enrolled`: the account has no second factor.
        """


_COMPLETE_LOGIN = Inputs(
    Parameters(NoParameters),
    Body[models.LoginCompletion]({"application/json": JsonMedia(TypeAdapter(models.LoginCompletion))}),
)

_GET_MFA = Inputs(Parameters(NoParameters), NoBody())

_START_TOTP_ENROLMENT = Inputs(Parameters(NoParameters), NoBody())

_CONFIRM_TOTP_ENROLMENT = Inputs(
    Parameters(NoParameters),
    Body[models.TotpConfirmation]({"application/json": JsonMedia(TypeAdapter(models.TotpConfirmation))}),
)

_DISABLE_TOTP = Inputs(
    Parameters(NoParameters),
    Body[models.MfaAuthorization]({"application/json": JsonMedia(TypeAdapter(models.MfaAuthorization))}),
)

_RENEW_RECOVERY_CODES = Inputs(
    Parameters(NoParameters),
    Body[models.MfaAuthorization]({"application/json": JsonMedia(TypeAdapter(models.MfaAuthorization))}),
)

_RESET_USER_MFA = Inputs(Parameters(parameters.ResetUserMfaParameters, path={"user_id": Field()}), NoBody())


def build_router[CallerT, ClientT](
    handlers: AbstractMfaHandlers[CallerT, ClientT], guard: Guard[CallerT, ClientT]
) -> APIRouter:
    """Build the router of these handlers; refuse handlers that do not fit the contract."""
    check_handlers(AbstractMfaHandlers, handlers)

    async def complete_login(request: Request) -> Reply:
        client = await guard.admit(request, policies.COMPLETE_LOGIN)
        given = await _COMPLETE_LOGIN.read(request)
        return await handlers.complete_login(client, body=given.body)

    async def get_mfa(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.GET_MFA)
        await _GET_MFA.read(request)
        return await handlers.get_mfa(caller)

    async def start_totp_enrolment(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.START_TOTP_ENROLMENT)
        await _START_TOTP_ENROLMENT.read(request)
        return await handlers.start_totp_enrolment(caller)

    async def confirm_totp_enrolment(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.CONFIRM_TOTP_ENROLMENT)
        given = await _CONFIRM_TOTP_ENROLMENT.read(request)
        return await handlers.confirm_totp_enrolment(caller, body=given.body)

    async def disable_totp(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.DISABLE_TOTP)
        given = await _DISABLE_TOTP.read(request)
        return await handlers.disable_totp(caller, body=given.body)

    async def renew_recovery_codes(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.RENEW_RECOVERY_CODES)
        given = await _RENEW_RECOVERY_CODES.read(request)
        return await handlers.renew_recovery_codes(caller, body=given.body)

    async def reset_user_mfa(request: Request) -> Reply:
        caller = await guard.authorize(request, policies.RESET_USER_MFA)
        given = await _RESET_USER_MFA.read(request)
        return await handlers.reset_user_mfa(caller, user_id=given.parameters.user_id)

    router = APIRouter()
    router.routes.extend(
        [
            OperationRoute(policies.COMPLETE_LOGIN, complete_login),
            OperationRoute(policies.GET_MFA, get_mfa),
            OperationRoute(policies.START_TOTP_ENROLMENT, start_totp_enrolment),
            OperationRoute(policies.CONFIRM_TOTP_ENROLMENT, confirm_totp_enrolment),
            OperationRoute(policies.DISABLE_TOTP, disable_totp),
            OperationRoute(policies.RENEW_RECOVERY_CODES, renew_recovery_codes),
            OperationRoute(policies.RESET_USER_MFA, reset_user_mfa),
        ]
    )
    return router
