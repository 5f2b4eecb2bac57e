"""Builds gateways, kernel and the three domains once for every program; each domain wires its own features."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from impl.edge.log_entries import LogEntries
from impl.edge.metrics_listener import Listening
from impl.gateways.geocoding import Geocoder, HttpGeocoder, NoGeocoder
from impl.gateways.mail import AllMailers, Composer, MailboxMailer, Mailer, SmtpMailer
from impl.gateways.oauth import IdentityProvider, OpenIdProvider
from impl.gateways.password_hashing import BcryptHasher
from impl.gateways.storage import Storage, cleanup_of_deleted, in_bucket, in_folder
from impl.gateways.tokens import AccessTokens, KeyRing
from impl.gateways.webhooks import HttpsSender
from impl.identity import wiring as identity_wiring
from impl.identity.wiring import IdentityServices, IdentityValues, wire_identity
from impl.kernel import audit, audit_intake, idempotency, outbox, table_changes
from impl.kernel.clock import Clock, SystemClock
from impl.kernel.database import Database
from impl.kernel.encryption import Cipher
from impl.kernel.engines.connecting import connect
from impl.kernel.paging import Cursors
from impl.kernel.personal_data import Period, PersonalData
from impl.kernel.retention import CleanupJob, Retention
from impl.kernel.settings.tracing import pairs
from impl.marketplace import wiring as marketplace_wiring
from impl.marketplace.notification_stream.service import StreamLimits
from impl.marketplace.wiring import MarketplaceServices, wire_marketplace
from impl.operations import wiring as operations_wiring
from impl.operations.health.service import RELEASE
from impl.operations.wiring import OperationsServices, Probes, wire_operations

if TYPE_CHECKING:
    from impl.edge.metrics import Metrics
    from impl.edge.page_cache import PageCache
    from impl.gateways.counters import RedisCounters
    from impl.gateways.error_reports import ErrorReports
    from impl.gateways.redis_circuit import RedisCircuit
    from impl.kernel.settings.service import Settings
    from impl.kernel.tracing import Tracer

# Policies of all tables; a test walks the tables and reports those that are missing here.
PERSONAL_DATA_POLICIES: Final = (
    *identity_wiring.PERSONAL_DATA_POLICIES,
    *marketplace_wiring.PERSONAL_DATA_POLICIES,
    *operations_wiring.PERSONAL_DATA_POLICIES,
    *audit.PERSONAL_DATA_POLICIES,
    *audit_intake.PERSONAL_DATA_POLICIES,
    *idempotency.PERSONAL_DATA_POLICIES,
    *outbox.PERSONAL_DATA_POLICIES,
    *table_changes.PERSONAL_DATA_POLICIES,
)
MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"


@dataclass(frozen=True, slots=True)
class Services:
    """Services of the three domains, with the kernel and the gateways that programs use directly."""

    settings: Settings
    clock: Clock
    database: Database
    cursors: Cursors
    cipher: Cipher
    hasher: BcryptHasher
    key_ring: KeyRing
    identity_providers: Mapping[str, IdentityProvider]
    geocoder: Geocoder
    storage: Storage
    redis: RedisCircuit | None
    counters: RedisCounters | None
    pages: PageCache | None
    """Redis that the processes share, where there is one, with their counters and pages in it."""
    identity: IdentityServices
    marketplace: MarketplaceServices
    operations: OperationsServices
    retention: Retention
    outbox_handlers: Mapping[str, outbox.Handler]
    """Handlers of all domains' outbox messages, by topic."""
    cleanup_jobs: Mapping[str, CleanupJob]
    """Jobs that delete rows whose retention period is over, by name."""
    log_entries: LogEntries
    """Handler that keeps warnings and errors of the process for staff, while a program runs."""
    metrics: Metrics | None
    """Metrics of the process, and the place where they can be read; both or neither."""
    metrics_place: Listening | None
    tracer: Tracer | None
    """Origin of the process's traces, where there is a collector."""

    async def open(self) -> None:
        await self.database.open()

    async def share(self) -> list[Coroutine[Any, Any, None]]:
        """Connect to Redis once, and return the background tasks; requests begin without a response too."""
        if self.redis is None:
            return []
        await self.redis.probe()
        return [self.redis.run(), *(() if self.pages is None else (self.pages.run(),))]

    async def reencrypt(self) -> int:
        """Encrypt with the newest key what an older one has encrypted; return the number of secrets."""
        return await self.identity.reencrypt() + await self.marketplace.webhooks.reencrypt()

    async def close(self) -> None:
        await self.database.close()
        if self.redis is not None:
            await self.redis.close()
        self.hasher.close()
        await self.geocoder.close()
        await self.marketplace.webhooks.sending.close()
        for provider in self.identity_providers.values():
            await provider.close()
        if self.tracer is not None:
            await self.tracer.close()


def assemble(settings: Settings, *, clock: Clock | None = None) -> Services:
    """Build everything from the settings without connecting: a program that lists its routes needs no database."""
    time = clock or SystemClock()
    secret_key = settings.secret_key.get_secret_value().encode()
    database = connect(
        settings.database_url,
        settings.connection_options,
        session_url=settings.session_url,
        replica_url=settings.database_replica_url,
        replica_lag=settings.database_replica_lag_seconds,
        patience=settings.connection_patience,
        clock=time,
        audit_keys=settings.audit_ring,
    )
    hasher = BcryptHasher(
        settings.password_pepper.get_secret_value().encode(),
        cost=settings.bcrypt_cost,
        patience=settings.password_wait_seconds,
    )
    key_ring = KeyRing(settings.signing_keys, settings.jwt_active_kid)
    access_tokens = AccessTokens(
        key_ring,
        issuer=settings.issuer,
        audience=settings.jwt_audience,
        lifetime=settings.access_token_lifetime,
        clock=time,
    )
    identity_providers = {
        name: OpenIdProvider(name, provider, clock=time) for name, provider in settings.oauth_providers.items()
    }
    cipher, tracer = Cipher(settings.encryption_ring), _tracer(settings)
    geocoder = _geocoder(settings, time)
    storage = _storage(settings)
    redis = _redis(settings)
    mailer = _mailer(settings, time)
    marketplace = wire_marketplace(
        database=database,
        clock=time,
        auto_approve=settings.moderation == "auto",
        secret_key=secret_key,
        api_url=settings.api_url,
        app_url=settings.app_url,
        geocoder=geocoder,
        storage=storage,
        streams=StreamLimits(
            seconds=settings.stream_seconds,
            heartbeat_seconds=settings.stream_heartbeat_seconds,
            per_account=settings.streams_per_account,
            in_all=settings.streams_max,
        ),
        cipher=cipher,
        webhook_sender=HttpsSender(
            ports=settings.webhook_ports,
            loopback=settings.webhook_network == "loopback",
            ca_file=settings.webhook_ca_file,
        ),
        webhook_places=settings.webhook_concurrency,
        tracer=tracer,
        mails_per_hour=settings.notification_mails_per_hour,
    )
    identity = wire_identity(
        database=database,
        clock=time,
        hasher=hasher,
        cipher=cipher,
        access_tokens=access_tokens,
        mailer=mailer,
        identity_providers=identity_providers,
        personal_data=PersonalData(PERSONAL_DATA_POLICIES, audit.erase_personal_about),
        publishers=[marketplace.provider_profiles],
        claims=[marketplace.submissions],
        appointments=[marketplace.visit_records],
        indexes=[marketplace.search, marketplace.pages],
        values=IdentityValues(
            secret_key=secret_key,
            app_url=settings.app_url,
            support_email=settings.support_email,
            issuer=settings.issuer,
            access_token_lifetime=settings.access_token_lifetime,
            session_lifetime=settings.refresh_token_lifetime,
            restorable=settings.retention[Period.CLOSED_ACCOUNTS],
            unverified=settings.retention[Period.UNVERIFIED_ACCOUNTS],
            mfa_roles=settings.mfa_required_roles,
            address_scale=settings.rate_limit_scale,
            oauth_clients=settings.oauth_clients,
        ),
    )
    retention = Retention(database, PERSONAL_DATA_POLICIES, settings.retention)
    operations = wire_operations(
        database=database,
        audit_keys=settings.audit_ring,
        migrations=MIGRATIONS,
        probes=Probes(
            redis=None if redis is None else redis.require_up,
            storage=storage.require_up,
            mail=None if settings.smtp_host is None else mailer.require_up,
            passwords_waiting=lambda: hasher.waiting,
        ),
    )
    log_entries = LogEntries(operations.logs.add, time)
    place = _metrics_place(settings)
    metrics = (
        None if place is None else _metrics(database, hasher, marketplace, operations, redis, log_entries=log_entries)
    )
    return Services(
        settings=settings,
        clock=time,
        database=database,
        cursors=Cursors(secret_key),
        cipher=cipher,
        hasher=hasher,
        key_ring=key_ring,
        identity_providers=identity_providers,
        geocoder=geocoder,
        storage=storage,
        redis=redis,
        counters=None if redis is None else _counters(redis, secret_key),
        pages=None if redis is None else _pages(redis, settings, database, metrics),
        identity=identity,
        marketplace=marketplace,
        operations=operations,
        retention=retention,
        outbox_handlers={
            **identity.outbox_handlers,
            **marketplace_wiring.outbox_handlers(marketplace, identity.letters),
        },
        cleanup_jobs={
            **retention.cleanup_jobs,
            **identity.cleanup_jobs,
            **marketplace.photos.cleanup_jobs(),
            **marketplace.message_attachments.cleanup_jobs(),
            **marketplace.verifications.cleanup_jobs(),
            **operations.logs.cleanup_jobs,
            "deleted files": cleanup_of_deleted(storage, time, timedelta(days=settings.storage_keep_deleted_days)),
        },
        log_entries=log_entries,
        metrics=metrics,
        metrics_place=place,
        tracer=tracer,
    )


def error_reports(settings: Settings) -> ErrorReports | None:
    """Make what reports unexpected exceptions of a program, where there is a server for them."""
    if settings.sentry_dsn is None:
        return None
    from impl.gateways.error_reports import ErrorReports  # noqa: PLC0415 - slow to import, and often not needed

    return ErrorReports(
        settings.sentry_dsn.get_secret_value(),
        release=RELEASE,
        environment=settings.sentry_environment or settings.environment,
    )


def _tracer(settings: Settings) -> Tracer | None:
    if settings.otel_exporter_otlp_endpoint is None or not settings.is_traced:
        return None
    from impl.gateways.traces import OtlpTracer  # noqa: PLC0415 - its library is slow to import, and often not needed

    return OtlpTracer(
        settings.otel_exporter_otlp_endpoint,
        headers=pairs(settings.otel_exporter_otlp_headers.get_secret_value()),
        service=settings.otel_service_name,
        release=RELEASE,
        resource=pairs(settings.otel_resource_attributes),
        sampler=settings.otel_traces_sampler,
        ratio=settings.otel_traces_sampler_arg,
    )


def _metrics_place(settings: Settings) -> Listening | None:
    if settings.metrics_port is None:
        return None
    token = settings.metrics_token
    return Listening(settings.metrics_host, settings.metrics_port, None if token is None else token.get_secret_value())


def _metrics(
    database: Database,
    hasher: BcryptHasher,
    marketplace: MarketplaceServices,
    operations: OperationsServices,
    redis: RedisCircuit | None,
    *,
    log_entries: LogEntries,
) -> Metrics:
    from impl.edge.metrics import Metrics, Sources  # noqa: PLC0415 - its library is slow to import, and often not needed

    sources = Sources(
        loads=lambda: database.loads,
        replica_lag=lambda: database.replica_lag,
        passwords_waiting=lambda: hasher.waiting,
        open_streams=lambda: marketplace.notification_stream.open_count,
        redis_is_up=None if redis is None else lambda: redis.is_up,
        log_entries_dropped=lambda: log_entries.dropped,
        backlog=operations.backlog.look,
        integrity=operations.audit_chain.integrity,
        unsealed=operations.audit_chain.unsealed,
    )
    return Metrics(sources, release=RELEASE)


def _redis(settings: Settings) -> RedisCircuit | None:
    if settings.redis_url is None:
        return None
    from impl.gateways.redis_circuit import RedisCircuit  # noqa: PLC0415 - slow to import, and not needed without Redis

    return RedisCircuit(
        settings.redis_url.get_secret_value(),
        is_cluster=settings.redis_cluster,
        answer_seconds=settings.redis_answer_seconds,
    )


def _counters(redis: RedisCircuit, secret: bytes) -> RedisCounters:
    from impl.gateways.counters import RedisCounters  # noqa: PLC0415 - not needed without Redis

    return RedisCounters(redis, secret=secret)


def _pages(redis: RedisCircuit, settings: Settings, database: Database, metrics: Metrics | None) -> PageCache | None:
    # SQLite has no versions of tables, and is for development.
    if not settings.response_cache or database.dialect == "sqlite":
        return None
    from impl.edge.page_cache import PageCache  # noqa: PLC0415 - not needed without Redis
    from impl.gateways.page_store import PageStore  # noqa: PLC0415 - not needed without Redis

    store = PageStore(redis, secret=settings.secret_key.get_secret_value().encode())
    patience = settings.response_cache_wait_seconds
    return PageCache(store, database, release=RELEASE, records=metrics, patience=patience)


def _storage(settings: Settings) -> Storage:
    keeps_deleted = settings.storage_keep_deleted_days > 0
    if settings.storage_s3_bucket is None:
        return in_folder(settings.storage_dir or settings.data_dir / "storage", keeps_deleted=keeps_deleted)
    secret = settings.storage_s3_secret_access_key
    return in_bucket(
        settings.storage_s3_bucket,
        endpoint=settings.storage_s3_endpoint,
        region=settings.storage_s3_region,
        access_key_id=settings.storage_s3_access_key_id,
        secret_access_key=None if secret is None else secret.get_secret_value(),
        virtual_hosted=settings.storage_s3_virtual_hosted,
        keeps_deleted=keeps_deleted,
    )


def _geocoder(settings: Settings, clock: Clock) -> Geocoder:
    if settings.geocoder_url is None:
        return NoGeocoder()
    return HttpGeocoder(
        settings.geocoder_url, settings.geocoder_api, clock=clock, timeout=settings.geocoder_timeout_seconds
    )


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    composer = Composer(settings.mail_from, clock)
    mailers: list[Mailer] = []
    # The folder comes first: if it cannot be written, nothing has been sent, and a retry sends no mail twice.
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
