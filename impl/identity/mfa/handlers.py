"""Handlers of two-factor sign-in."""

from typing import override
from uuid import UUID

from generated import models
from generated.routers.mfa import (
    AbstractMfaHandlers,
    CompleteLoginOk,
    ConfirmTotpEnrolmentOk,
    DisableTotpNoContent,
    GetMfaOk,
    RenewRecoveryCodesOk,
    ResetUserMfaNoContent,
    StartTotpEnrolmentOk,
)
from impl.identity.capabilities.authentication.wire import tokens_to_wire
from impl.identity.capabilities.second_factor.service import MfaMethod, Proof
from impl.identity.mfa.service import MfaService
from impl.kernel.caller import AnonymousClient, Caller


class MfaHandlers(AbstractMfaHandlers[Caller, AnonymousClient]):
    def __init__(self, service: MfaService) -> None:
        self._service = service

    @override
    async def complete_login(self, client: AnonymousClient, *, body: models.LoginCompletion) -> CompleteLoginOk:
        signed_in = await self._service.sign_in(client, token=body.mfa_token, proof=_proof(body.proof))
        return CompleteLoginOk(tokens_to_wire(signed_in))

    @override
    async def get_mfa(self, caller: Caller) -> GetMfaOk:
        state = await self._service.find_state(caller)
        return GetMfaOk(
            {
                "enrolled_at": None if state is None else state.enrolled_at,
                "recovery_codes_left": 0 if state is None else state.recovery_codes_left,
                "required": caller.mfa_required,
            }
        )

    @override
    async def start_totp_enrolment(self, caller: Caller) -> StartTotpEnrolmentOk:
        enrolment = await self._service.start(caller)
        return StartTotpEnrolmentOk(
            {"secret": enrolment.secret, "otpauth_uri": enrolment.otpauth_uri, "expires_at": enrolment.expires_at}
        )

    @override
    async def confirm_totp_enrolment(self, caller: Caller, *, body: models.TotpConfirmation) -> ConfirmTotpEnrolmentOk:
        codes = await self._service.confirm(caller, body.code)
        return ConfirmTotpEnrolmentOk({"recovery_codes": list(codes)})

    @override
    async def disable_totp(self, caller: Caller, *, body: models.MfaAuthorization) -> DisableTotpNoContent:
        await self._service.disable(caller, _proof(body.proof))
        return DisableTotpNoContent()

    @override
    async def renew_recovery_codes(self, caller: Caller, *, body: models.MfaAuthorization) -> RenewRecoveryCodesOk:
        codes = await self._service.renew_recovery_codes(caller, _proof(body.proof))
        return RenewRecoveryCodesOk({"recovery_codes": list(codes)})

    @override
    async def reset_user_mfa(self, caller: Caller, *, user_id: UUID) -> ResetUserMfaNoContent:
        await self._service.reset(caller, user_id)
        return ResetUserMfaNoContent()


def _proof(proof: models.TotpProof | models.RecoveryCodeProof) -> Proof:
    if isinstance(proof, models.TotpProof):
        return Proof(MfaMethod.TOTP, proof.code)
    return Proof(MfaMethod.RECOVERY_CODE, proof.recovery_code)
