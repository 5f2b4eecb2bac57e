"""Everything that programs are made of, built once, on one page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from impl.gateways.mail import AllMailers, Composer, MailboxMailer, Mailer, SmtpMailer
from impl.gateways.oauth import IdentityProvider, OpenIdProvider
from impl.gateways.password_hashing import BcryptHasher
from impl.gateways.tokens import AccessTokens, KeyRing
from impl.identity.accounts.service import AccountsService
from impl.identity.capabilities.access_control import tables as roles_tables
from impl.identity.capabilities.access_control.service import RolesService
from impl.identity.capabilities.authentication import tables as sessions_tables
from impl.identity.capabilities.authentication.service import SessionsService
from impl.identity.capabilities.external_identities import tables as external_identities_tables
from impl.identity.capabilities.external_identities.service import ExternalIdentitiesService
from impl.identity.capabilities.login_throttle import tables as login_throttle_tables
from impl.identity.capabilities.login_throttle.service import LoginThrottleService
from impl.identity.capabilities.mails import tables as mails_tables
from impl.identity.capabilities.mails.service import MailsService
from impl.identity.capabilities.oauth_codes import tables as oauth_codes_tables
from impl.identity.capabilities.oauth_codes.service import OAuthCodesService
from impl.identity.capabilities.one_time_tokens import tables as one_time_tokens_tables
from impl.identity.capabilities.one_time_tokens.service import OneTimeTokensService
from impl.identity.capabilities.password_policy.service import PasswordPolicy
from impl.identity.capabilities.password_verification.service import PasswordVerificationService
from impl.identity.capabilities.reauthentication.service import ReauthenticationService
from impl.identity.capabilities.second_factor import tables as second_factor_tables
from impl.identity.capabilities.second_factor.service import SecondFactorService
from impl.identity.capabilities.users import tables as account_tables
from impl.identity.capabilities.users.service import UsersService
from impl.identity.closure.service import ClosureService
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
from impl.kernel import audit, idempotency, outbox
from impl.kernel.clock import Clock, SystemClock
from impl.kernel.database import Database, connect
from impl.kernel.encryption import Cipher
from impl.kernel.paging import Cursors
from impl.kernel.personal_data import Period, PersonalData
from impl.kernel.retention import CleanupJob, Retention
from impl.marketplace.capabilities.categories import tables as categories_tables
from impl.marketplace.capabilities.search import tables as search_tables
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.properties import tables as properties_tables
from impl.marketplace.properties.service import PropertiesService
from impl.marketplace.provider_profile import tables as provider_profile_tables
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_services import tables as provider_services_tables
from impl.marketplace.provider_services.service import ProviderServicesService
from impl.operations.audit.service import AuditService
from impl.operations.capabilities.audit_chain import tables as audit_chain_tables
from impl.operations.capabilities.audit_chain.service import AuditChainService
from impl.operations.capabilities.dead_letters.service import DeadLettersService
from impl.operations.health.repository import HealthRepository
from impl.operations.health.service import HealthService

if TYPE_CHECKING:
    from impl.kernel.settings import Settings

# What is held of people, table by table: a test walks all tables and asks for what is missing here.
PERSONAL_DATA_POLICIES: Final = (
    *account_tables.PERSONAL_DATA_POLICIES,
    *external_identities_tables.PERSONAL_DATA_POLICIES,
    *login_throttle_tables.PERSONAL_DATA_POLICIES,
    *mails_tables.PERSONAL_DATA_POLICIES,
    *oauth_tables.PERSONAL_DATA_POLICIES,
    *oauth_codes_tables.PERSONAL_DATA_POLICIES,
    *one_time_tokens_tables.PERSONAL_DATA_POLICIES,
    *roles_tables.PERSONAL_DATA_POLICIES,
    *second_factor_tables.PERSONAL_DATA_POLICIES,
    *sessions_tables.PERSONAL_DATA_POLICIES,
    *categories_tables.PERSONAL_DATA_POLICIES,
    *properties_tables.PERSONAL_DATA_POLICIES,
    *provider_profile_tables.PERSONAL_DATA_POLICIES,
    *provider_services_tables.PERSONAL_DATA_POLICIES,
    *search_tables.PERSONAL_DATA_POLICIES,
    *audit_chain_tables.PERSONAL_DATA_POLICIES,
    *audit.PERSONAL_DATA_POLICIES,
    *idempotency.PERSONAL_DATA_POLICIES,
    *outbox.PERSONAL_DATA_POLICIES,
)
MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"


@dataclass(frozen=True, slots=True)
class Services:
    """The service without a way in: programs put HTTP, the outbox or an operator's commands in front of it."""

    settings: Settings
    clock: Clock
    database: Database
    cursors: Cursors
    hasher: BcryptHasher
    key_ring: KeyRing
    roles: RolesService
    accounts: UsersService
    registration: RegistrationService
    sessions: SessionsService
    own_sessions: OwnSessionsService
    closure: ClosureService
    export: ExportService
    other_accounts: AccountsService
    email_change: EmailChangeService
    passwords: PasswordsService
    mfa: MfaService
    identity_providers: Mapping[str, IdentityProvider]
    oauth: OAuthService
    oauth_token: OAuthTokenService
    identities: IdentitiesService
    properties: PropertiesService
    provider_profiles: ProviderProfileService
    provider_services: ProviderServicesService
    catalogue: CatalogueService
    health: HealthService
    audit: AuditService
    audit_chain: AuditChainService
    dead_letters: DeadLettersService
    reencrypt: Callable[[], Awaitable[int]]
    """What seals all that is encrypted with the newest key; gives the number of texts that were not."""
    handlers: Mapping[str, outbox.Handler]
    """What delivers the outbox's messages, by topic."""
    retention: Retention
    cleanup_jobs: Mapping[str, CleanupJob]
    """What keeps tables within their retention."""

    async def open(self) -> None:
        await self.database.open()

    async def close(self) -> None:
        await self.database.close()
        self.hasher.close()
        for provider in self.identity_providers.values():
            await provider.close()


def assemble(settings: Settings, *, clock: Clock | None = None) -> Services:
    """Connects to nothing yet: a program that only wants to know its routes needs no database."""
    time = clock or SystemClock()
    secret_key = settings.secret_key.get_secret_value().encode()
    restorable = settings.retention[Period.CLOSED_ACCOUNTS]
    unverified = settings.retention[Period.UNVERIFIED_ACCOUNTS]
    database = connect(
        settings.database_url,
        pool_size=settings.database_pool_size,
        timeout=settings.database_timeout_seconds,
        statement_cache_size=settings.database_statement_cache_size,
        clock=time,
    )
    hasher = BcryptHasher(settings.password_pepper.get_secret_value().encode(), cost=settings.bcrypt_cost)
    key_ring = KeyRing(settings.signing_keys, settings.jwt_active_kid)
    access_tokens = AccessTokens(
        key_ring,
        issuer=settings.issuer,
        audience=settings.jwt_audience,
        lifetime=settings.access_token_lifetime,
        clock=time,
    )
    accounts = UsersService(database=database, clock=time)
    roles = RolesService(database=database, clock=time, accounts=accounts, mfa_roles=settings.mfa_required_roles)
    throttle = LoginThrottleService(
        database=database, clock=time, secret_key=secret_key, address_scale=settings.rate_limit_scale
    )
    password_verification = PasswordVerificationService(database=database, throttle=throttle, hasher=hasher)
    password_policy = PasswordPolicy()
    one_time_tokens = OneTimeTokensService(database=database, clock=time, secret_key=secret_key)
    mails = MailsService(
        database=database,
        clock=time,
        accounts=accounts,
        one_time_tokens=one_time_tokens,
        mailer=_mailer(settings, time),
        app_url=settings.app_url,
        support_email=settings.support_email,
        secret_key=secret_key,
        restorable=restorable,
    )
    second_factor = SecondFactorService(
        database=database, clock=time, cipher=Cipher(settings.encryption_ring), secret_key=secret_key
    )
    sessions = SessionsService(
        database=database,
        clock=time,
        accounts=accounts,
        roles=roles,
        throttle=throttle,
        password_verification=password_verification,
        second_factor=second_factor,
        access_tokens=access_tokens,
        secret_key=secret_key,
        access_token_lifetime=settings.access_token_lifetime,
        session_lifetime=settings.refresh_token_lifetime,
    )
    own_sessions = OwnSessionsService(database=database, clock=time, sessions=sessions)
    external_identities = ExternalIdentitiesService(
        database=database,
        clock=time,
        accounts=accounts,
        roles=roles,
        sessions=sessions,
        one_time_tokens=one_time_tokens,
        throttle=throttle,
        second_factor=second_factor,
        mails=mails,
    )
    identity_providers = {
        name: OpenIdProvider(name, provider, clock=time) for name, provider in settings.oauth_providers.items()
    }
    oauth_codes = OAuthCodesService(database=database, clock=time, sessions=sessions, second_factor=second_factor)
    oauth = OAuthService(
        database=database,
        clock=time,
        providers=identity_providers,
        clients=settings.oauth_clients,
        external_identities=external_identities,
        codes=oauth_codes,
        secret_key=secret_key,
        issuer=settings.issuer,
        base_url=f"{settings.issuer}/api/v1/auth",
    )
    auto_approve = settings.moderation == "auto"
    search = SearchService()
    provider_profiles = ProviderProfileService(database, search, time, auto_approve=auto_approve)
    reauthentication = ReauthenticationService(
        clock=time, accounts=accounts, password_verification=password_verification, throttle=throttle, sessions=sessions
    )
    personal_data = PersonalData(PERSONAL_DATA_POLICIES)
    closure = ClosureService(
        database=database,
        clock=time,
        accounts=accounts,
        roles=roles,
        sessions=sessions,
        one_time_tokens=one_time_tokens,
        reauthentication=reauthentication,
        throttle=throttle,
        mails=mails,
        publishers=[provider_profiles],
        indexes=[search],
        personal_data=personal_data,
        restorable=restorable,
        unverified=unverified,
    )
    retention = Retention(database, PERSONAL_DATA_POLICIES, settings.retention)
    return Services(
        settings=settings,
        clock=time,
        database=database,
        cursors=Cursors(secret_key),
        hasher=hasher,
        key_ring=key_ring,
        roles=roles,
        accounts=accounts,
        registration=RegistrationService(
            database=database,
            hasher=hasher,
            password_policy=password_policy,
            reauthentication=reauthentication,
            accounts=accounts,
            roles=roles,
            one_time_tokens=one_time_tokens,
            mails=mails,
        ),
        sessions=sessions,
        own_sessions=own_sessions,
        closure=closure,
        export=ExportService(database=database, mails=mails, personal_data=personal_data),
        other_accounts=AccountsService(
            database=database,
            accounts=accounts,
            roles=roles,
            sessions=sessions,
            own_sessions=own_sessions,
            one_time_tokens=one_time_tokens,
            throttle=throttle,
            closure=closure,
            mails=mails,
        ),
        email_change=EmailChangeService(
            database=database,
            accounts=accounts,
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
            accounts=accounts,
            sessions=sessions,
            one_time_tokens=one_time_tokens,
            external_identities=external_identities,
            second_factor=second_factor,
            mails=mails,
        ),
        mfa=MfaService(
            database=database,
            accounts=accounts,
            roles=roles,
            sessions=sessions,
            reauthentication=reauthentication,
            second_factor=second_factor,
            throttle=throttle,
            codes=oauth_codes,
            mails=mails,
        ),
        identity_providers=identity_providers,
        oauth=oauth,
        oauth_token=OAuthTokenService(
            database=database,
            accounts=accounts,
            sessions=sessions,
            external_identities=external_identities,
            codes=oauth_codes,
            clients=settings.oauth_clients,
        ),
        identities=IdentitiesService(
            database=database,
            sessions=sessions,
            external_identities=external_identities,
            codes=oauth_codes,
            oauth=oauth,
            reauthentication=reauthentication,
        ),
        properties=PropertiesService(database, time),
        provider_profiles=provider_profiles,
        provider_services=ProviderServicesService(database, provider_profiles, search, time, auto_approve=auto_approve),
        catalogue=CatalogueService(database),
        audit=AuditService(database),
        audit_chain=AuditChainService(database, keys=settings.audit_ring),
        dead_letters=DeadLettersService(database),
        health=HealthService(HealthRepository(database.reader, MIGRATIONS)),
        reencrypt=second_factor.reencrypt,
        handlers=mails.outbox_handlers,
        retention=retention,
        cleanup_jobs={
            **retention.cleanup_jobs,
            "closed accounts": closure.erase_due,
            "unverified accounts": closure.erase_unverified,
        },
    )


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    composer = Composer(settings.mail_from, clock)
    mailers: list[Mailer] = []
    # The folder first: if it cannot be written, nothing was sent yet, and the next try sends no mail twice.
    if settings.mailbox_dir is not None:
        mailers.append(MailboxMailer(composer, settings.mailbox_dir))
    if settings.smtp_host is not None:
        password = settings.smtp_password
        mailers.append(
            SmtpMailer(
                composer,
                host=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_username,
                password=None if password is None else password.get_secret_value(),
                starttls=settings.smtp_starttls,
                tls=settings.smtp_tls,
                ca_file=settings.smtp_ca_file,
                timeout=settings.smtp_timeout_seconds,
            )
        )
    return AllMailers(mailers)
