"""Builds the services of identity from the kernel, the gateways and plain values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from impl.identity.account.service import AccountService
from impl.identity.accounts.service import AccountsService
from impl.identity.capabilities.access_control import tables as access_control_tables
from impl.identity.capabilities.access_control.service import AccessControlService
from impl.identity.capabilities.authentication import tables as authentication_tables
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.external_identities import tables as external_identities_tables
from impl.identity.capabilities.external_identities.service import ExternalIdentitiesService
from impl.identity.capabilities.letters.service import LettersService
from impl.identity.capabilities.login_throttle import tables as login_throttle_tables
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails import tables as mails_tables
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.oauth_clients.service import OAuthClients
from impl.identity.capabilities.oauth_codes import tables as oauth_codes_tables
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.identity.capabilities.one_time_tokens import tables as one_time_tokens_tables
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.password_policy.service import PasswordPolicy
from impl.identity.capabilities.password_verification.service import PasswordVerificationService
from impl.identity.capabilities.reauthentication.service import ReauthenticationService
from impl.identity.capabilities.role_catalogue import tables as role_catalogue_tables
from impl.identity.capabilities.role_catalogue.service import RoleCatalogueService
from impl.identity.capabilities.second_factor import tables as second_factor_tables
from impl.identity.capabilities.second_factor.service import SecondFactorService
from impl.identity.capabilities.users import tables as users_tables
from impl.identity.capabilities.users.service import UsersService
from impl.identity.closure.service import Appointments, Claims, ClosureService, Index, Publisher
from impl.identity.email_change.service import EmailChangeService
from impl.identity.export.service import ExportService
from impl.identity.identities.service import IdentitiesService
from impl.identity.mfa.service import MfaService
from impl.identity.oauth import tables as oauth_tables
from impl.identity.oauth.service import OAuthService
from impl.identity.oauth_token.service import OAuthTokenService
from impl.identity.own_sessions.service import OwnSessionsService
from impl.identity.passwords.service import PasswordsService
from impl.identity.registration.service import RegistrationService
from impl.identity.roles.service import RolesService
from impl.identity.sessions.service import SignInService

if TYPE_CHECKING:
    from impl.gateways.mail import Mailer
    from impl.gateways.oauth import IdentityProvider
    from impl.gateways.password_hashing import BcryptHasher
    from impl.gateways.tokens import AccessTokens
    from impl.kernel import outbox
    from impl.kernel.clock import Clock
    from impl.kernel.database import Database
    from impl.kernel.encryption import Cipher
    from impl.kernel.personal_data import PersonalData
    from impl.kernel.retention import CleanupJob

PERSONAL_DATA_POLICIES: Final = (
    *users_tables.PERSONAL_DATA_POLICIES,
    *external_identities_tables.PERSONAL_DATA_POLICIES,
    *login_throttle_tables.PERSONAL_DATA_POLICIES,
    *mails_tables.PERSONAL_DATA_POLICIES,
    *oauth_tables.PERSONAL_DATA_POLICIES,
    *oauth_codes_tables.PERSONAL_DATA_POLICIES,
    *one_time_tokens_tables.PERSONAL_DATA_POLICIES,
    *access_control_tables.PERSONAL_DATA_POLICIES,
    *role_catalogue_tables.PERSONAL_DATA_POLICIES,
    *second_factor_tables.PERSONAL_DATA_POLICIES,
    *authentication_tables.PERSONAL_DATA_POLICIES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityValues:
    """Settings from which the services of identity are built."""

    secret_key: bytes
    app_url: str
    support_email: str
    issuer: str
    """Address of the API, as tokens and the OAuth metadata name it."""
    access_token_lifetime: timedelta
    session_lifetime: timedelta
    restorable: timedelta
    """Time for which a closed account can be restored."""
    unverified: timedelta
    """Time for which an account may wait for its verification."""
    mfa_roles: Iterable[str]
    address_scale: int
    oauth_clients: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityServices:
    """Services of identity: one for each feature, and those that programs use directly."""

    accounts: AccountsService
    closure: ClosureService
    email_change: EmailChangeService
    export: ExportService
    identities: IdentitiesService
    mfa: MfaService
    oauth: OAuthService
    oauth_token: OAuthTokenService
    own_sessions: OwnSessionsService
    passwords: PasswordsService
    registration: RegistrationService
    roles: RolesService
    sessions: SessionsService
    sign_ins: SignInService
    account: AccountService
    users: UsersService
    letters: LettersService
    """Sender of the other domains' mails."""
    outbox_handlers: Mapping[str, outbox.Handler]
    """Handlers of the outbox's messages, by topic."""
    cleanup_jobs: Mapping[str, CleanupJob]
    reencrypt: Callable[[], Awaitable[int]]
    """Function that encrypts with the newest key what an older one encrypted, and returns the number of texts."""


def wire_identity(
    *,
    database: Database,
    clock: Clock,
    hasher: BcryptHasher,
    cipher: Cipher,
    access_tokens: AccessTokens,
    mailer: Mailer,
    identity_providers: Mapping[str, IdentityProvider],
    personal_data: PersonalData,
    publishers: Sequence[Publisher],
    claims: Sequence[Claims],
    appointments: Sequence[Appointments],
    indexes: Sequence[Index],
    values: IdentityValues,
) -> IdentityServices:
    """Build identity; `publishers`, `claims`, `appointments` and `indexes` are what its end concerns above it."""
    users = UsersService(database=database, clock=clock)
    catalogue = RoleCatalogueService(database=database, clock=clock)
    access_control = AccessControlService(clock=clock, catalogue=catalogue, mfa_roles=values.mfa_roles)
    throttle = LoginThrottleService(
        database=database, clock=clock, secret_key=values.secret_key, address_scale=values.address_scale
    )
    password_policy = PasswordPolicy()
    one_time_tokens = OneTimeTokensService(database=database, clock=clock, secret_key=values.secret_key)
    mails = MailsService(
        database=database,
        clock=clock,
        users=users,
        one_time_tokens=one_time_tokens,
        mailer=mailer,
        app_url=values.app_url,
        support_email=values.support_email,
        secret_key=values.secret_key,
        restorable=values.restorable,
    )
    password_verification = PasswordVerificationService(
        database=database, throttle=throttle, hasher=hasher, mails=mails
    )
    second_factor = SecondFactorService(database=database, clock=clock, cipher=cipher, secret_key=values.secret_key)
    sessions = SessionsService(
        database=database,
        clock=clock,
        users=users,
        access_control=access_control,
        second_factor=second_factor,
        access_tokens=access_tokens,
        secret_key=values.secret_key,
        access_token_lifetime=values.access_token_lifetime,
        session_lifetime=values.session_lifetime,
    )
    own_sessions = OwnSessionsService(database=database, clock=clock, sessions=sessions)
    external_identities = ExternalIdentitiesService(
        database=database,
        clock=clock,
        users=users,
        access_control=access_control,
        sessions=sessions,
        one_time_tokens=one_time_tokens,
        throttle=throttle,
        second_factor=second_factor,
        mails=mails,
    )
    oauth_codes = OAuthCodesService(database=database, clock=clock, sessions=sessions, second_factor=second_factor)
    oauth_clients = OAuthClients(values.oauth_clients, issuer=values.issuer)
    oauth = OAuthService(
        database=database,
        clock=clock,
        providers=identity_providers,
        clients=oauth_clients,
        external_identities=external_identities,
        codes=oauth_codes,
        secret_key=values.secret_key,
        base_url=f"{values.issuer}/api/v1/auth",
    )
    reauthentication = ReauthenticationService(
        clock=clock, users=users, password_verification=password_verification, throttle=throttle, sessions=sessions
    )
    closure = ClosureService(
        database=database,
        clock=clock,
        users=users,
        access_control=access_control,
        sessions=sessions,
        one_time_tokens=one_time_tokens,
        reauthentication=reauthentication,
        throttle=throttle,
        mails=mails,
        publishers=publishers,
        claims=claims,
        appointments=appointments,
        indexes=indexes,
        personal_data=personal_data,
        restorable=values.restorable,
        unverified=values.unverified,
    )
    return IdentityServices(
        registration=RegistrationService(
            database=database,
            hasher=hasher,
            password_policy=password_policy,
            password_verification=password_verification,
            throttle=throttle,
            users=users,
            access_control=access_control,
            sessions=sessions,
            one_time_tokens=one_time_tokens,
            mails=mails,
        ),
        sessions=sessions,
        sign_ins=SignInService(
            database=database,
            users=users,
            throttle=throttle,
            password_verification=password_verification,
            sessions=sessions,
            codes=oauth_codes,
            secret_key=values.secret_key,
        ),
        own_sessions=own_sessions,
        closure=closure,
        export=ExportService(database=database, users=users, mails=mails, personal_data=personal_data),
        accounts=AccountsService(
            database=database,
            users=users,
            access_control=access_control,
            sessions=sessions,
            own_sessions=own_sessions,
            one_time_tokens=one_time_tokens,
            throttle=throttle,
            closure=closure,
            mails=mails,
        ),
        email_change=EmailChangeService(
            database=database,
            users=users,
            sessions=sessions,
            one_time_tokens=one_time_tokens,
            reauthentication=reauthentication,
            mails=mails,
        ),
        passwords=PasswordsService(
            database=database,
            hasher=hasher,
            password_policy=password_policy,
            password_verification=password_verification,
            throttle=throttle,
            users=users,
            sessions=sessions,
            one_time_tokens=one_time_tokens,
            external_identities=external_identities,
            second_factor=second_factor,
            mails=mails,
        ),
        mfa=MfaService(
            database=database,
            users=users,
            access_control=access_control,
            sessions=sessions,
            reauthentication=reauthentication,
            second_factor=second_factor,
            throttle=throttle,
            codes=oauth_codes,
            mails=mails,
        ),
        oauth=oauth,
        oauth_token=OAuthTokenService(
            database=database,
            users=users,
            sessions=sessions,
            external_identities=external_identities,
            codes=oauth_codes,
            clients=oauth_clients,
        ),
        identities=IdentitiesService(
            database=database,
            sessions=sessions,
            external_identities=external_identities,
            codes=oauth_codes,
            oauth=oauth,
            reauthentication=reauthentication,
        ),
        roles=RolesService(
            database=database, users=users, catalogue=catalogue, access_control=access_control, closure=closure
        ),
        account=AccountService(database, users),
        users=users,
        letters=LettersService(
            database=database,
            users=users,
            mailer=mailer,
            app_url=values.app_url,
            support_email=values.support_email,
        ),
        outbox_handlers=mails.outbox_handlers,
        cleanup_jobs={"closed accounts": closure.erase_due, "unverified accounts": closure.erase_unverified},
        reencrypt=second_factor.reencrypt,
    )
