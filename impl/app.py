"""HTTP program: serves the contract's routes over the services, behind the edge's middleware."""

from __future__ import annotations

import gc

# Imported modules are never freed: collecting garbage while they load takes a sixth of the start.
gc.disable()

import argparse
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI

from generated.policies import OPERATIONS, RATE_LIMIT_POLICIES
from generated.routers import (
    account,
    accounts,
    audit,
    availability,
    blocks,
    calendar_feeds,
    catalogue,
    categories,
    closure,
    disputes,
    email_change,
    export,
    favourites,
    forbidden_words,
    health,
    identities,
    inquiries,
    job_schedules,
    jobs,
    matching,
    message_attachments,
    messages,
    mfa,
    moderation,
    notification_preferences,
    notification_stream,
    notifications,
    oauth,
    oauth_token,
    own_sessions,
    passwords,
    photos,
    places,
    properties,
    property_areas,
    provider_profile,
    provider_services,
    providers,
    quotes,
    received_inquiries,
    registration,
    reports,
    reviews,
    roles,
    saved_searches,
    sessions,
    usage,
    verifications,
    visits,
    webhooks,
)
from generated.routers import (
    logs as log_routes,
)
from impl.assembly import Services, assemble, error_reports
from impl.edge import connections, logs, server, stopping
from impl.edge.application import Service
from impl.edge.client import TrustedProxies
from impl.edge.companions import running
from impl.edge.contract import ContractPages
from impl.edge.denials import Denials
from impl.edge.docs import REDOC_POLICY, Assets, Page
from impl.edge.error_reports import reporting
from impl.edge.guard import EdgeGuard
from impl.edge.headers import Origins
from impl.edge.index import Index
from impl.edge.limits import MemoryWindows, WindowLimits
from impl.edge.media import Media
from impl.edge.metrics_listener import listening
from impl.edge.middleware import EdgeMiddleware
from impl.edge.problem_pages import ProblemPages
from impl.edge.repeats import repeating
from impl.edge.sitemap import Sitemap
from impl.edge.well_known import KeySet, OAuthMetadata, SecurityText
from impl.identity.account.handlers import AccountHandlers
from impl.identity.accounts.handlers import AccountsHandlers
from impl.identity.capabilities.mails.service import MAILED_PATHS
from impl.identity.closure.handlers import ClosureHandlers
from impl.identity.email_change.handlers import EmailChangeHandlers
from impl.identity.export.handlers import ExportHandlers
from impl.identity.identities.handlers import IdentitiesHandlers
from impl.identity.mfa.handlers import MfaHandlers
from impl.identity.oauth.handlers import OauthHandlers
from impl.identity.oauth_token.handlers import OauthTokenHandlers
from impl.identity.own_sessions.handlers import OwnSessionsHandlers
from impl.identity.passwords.handlers import PasswordsHandlers
from impl.identity.registration.handlers import RegistrationHandlers
from impl.identity.roles.handlers import RolesHandlers
from impl.identity.sessions.handlers import SessionsHandlers
from impl.kernel.settings.address import path_of
from impl.kernel.settings.service import Settings
from impl.marketplace.availability.handlers import AvailabilityHandlers
from impl.marketplace.blocks.handlers import BlocksHandlers
from impl.marketplace.calendar_feeds.handlers import CalendarFeedsHandlers
from impl.marketplace.capabilities.notice_mails.service import UNSUBSCRIBE_PAGE
from impl.marketplace.catalogue.handlers import CatalogueHandlers
from impl.marketplace.categories.handlers import CategoriesHandlers
from impl.marketplace.disputes.handlers import DisputesHandlers
from impl.marketplace.favourites.handlers import FavouritesHandlers
from impl.marketplace.forbidden_words.handlers import ForbiddenWordsHandlers
from impl.marketplace.inquiries.handlers import InquiriesHandlers
from impl.marketplace.job_schedules.handlers import JobSchedulesHandlers
from impl.marketplace.jobs.handlers import JobsHandlers
from impl.marketplace.matching.handlers import MatchingHandlers
from impl.marketplace.message_attachments.handlers import (
    MessageAttachmentsHandlers,
)
from impl.marketplace.messages.handlers import MessagesHandlers
from impl.marketplace.moderation.handlers import ModerationHandlers
from impl.marketplace.notification_preferences.handlers import NotificationPreferencesHandlers
from impl.marketplace.notification_stream.handlers import NotificationStreamHandlers
from impl.marketplace.notifications.handlers import NotificationsHandlers
from impl.marketplace.photos.handlers import PhotosHandlers
from impl.marketplace.places.handlers import PlacesHandlers
from impl.marketplace.properties.handlers import PropertiesHandlers
from impl.marketplace.property_areas.handlers import PropertyAreasHandlers
from impl.marketplace.provider_profile.handlers import ProviderProfileHandlers
from impl.marketplace.provider_services.handlers import ProviderServicesHandlers
from impl.marketplace.providers.handlers import ProvidersHandlers
from impl.marketplace.quotes.handlers import QuotesHandlers
from impl.marketplace.received_inquiries.handlers import ReceivedInquiriesHandlers
from impl.marketplace.reports.handlers import ReportsHandlers
from impl.marketplace.reviews.handlers import ReviewsHandlers
from impl.marketplace.saved_searches.handlers import SavedSearchesHandlers
from impl.marketplace.verifications.handlers import VerificationsHandlers
from impl.marketplace.visits.handlers import VisitsHandlers
from impl.marketplace.webhooks.handlers import WebhooksHandlers
from impl.operations.audit.handlers import AuditHandlers
from impl.operations.health.handlers import HealthHandlers
from impl.operations.logs.handlers import LogsHandlers
from impl.operations.usage.handlers import UsageHandlers
from openapi.runtime.routing import SegmentTree

# Exempted before collection is switched on, so that it does not scan all of them after all.
gc.freeze()
gc.enable()

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

type Companion = Callable[[Services], Coroutine[Any, Any, None]]

# Paths without a version, for probes of orchestrators.
_ROOT_HEALTH: Final = {path: f"/api/v1{path}" for path in ("/health", "/health/live", "/health/ready")}
_PLAIN_PATHS: Final = frozenset(_ROOT_HEALTH) | frozenset(_ROOT_HEALTH.values())
# Policy that counts requests without an operation by address: documents and refusals.
_UNROUTED_LIMIT: Final = "public-read"
_log = logging.getLogger("hestami.app")


def create_app(
    settings: Settings, services: Services | None = None, *, companions: Sequence[Companion] = ()
) -> FastAPI:
    """Build the service as an ASGI application.

    It opens what was assembled when it starts and closes it when it stops. Companions run beside it meanwhile, as the
    worker does in development.
    """
    parts = assemble(settings) if services is None else services
    denials = Denials(parts.database, parts.clock)
    limits = WindowLimits(
        MemoryWindows(), shared=parts.counters, scale=settings.rate_limit_scale, records=parts.metrics
    )
    origins = Origins(settings.cors_origins, request_headers=settings.cors_headers)
    guard = EdgeGuard(
        authenticator=parts.identity.sessions,
        limits=limits,
        denials=denials,
        reader=parts.database.reader,
        cipher=parts.cipher,
        pages=parts.pages,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(parts.close)
            await parts.open()
            await stack.enter_async_context(parts.log_entries.kept("api"))
            await stack.enter_async_context(listening(parts.metrics, parts.metrics_place))
            beside = [companion(parts) for companion in companions] + await parts.share()
            await stack.enter_async_context(running(denials.run(), *beside))
            if settings.environment != "test":
                server.settle()
            yield {
                connections.ORIGINS: origins,
                connections.DRAIN: parts.database.wakeups.drain,
                connections.CLIENT_TIMEOUTS: connections.ClientTimeouts(
                    settings.request_head_seconds, settings.request_body_seconds, settings.response_stall_seconds
                ),
            }

    def middleware(routes: ASGIApp) -> EdgeMiddleware:
        return EdgeMiddleware(
            routes,
            proxies=TrustedProxies(settings.trusted_proxies),
            origins=origins,
            limits=limits,
            limit=RATE_LIMIT_POLICIES[_UNROUTED_LIMIT],
            read_seconds=settings.rate_limit_read_seconds,
            prefix=path_of(settings.api_url),
            https_only=settings.is_production,
            aliases=_ROOT_HEALTH,
            plain_paths=_PLAIN_PATHS,
            metrics=parts.metrics,
            tracer=parts.tracer,
            at_once=settings.requests_at_once,
        )

    app = Service(middleware, lifespan)
    app.router.routes.append(operations(parts, guard))
    app.router.routes.extend(_pages(parts))
    return app


def operations(parts: Services, guard: EdgeGuard) -> SegmentTree:
    """Return the routes of the contract; raise unless each operation has its handler and each handler its operation."""
    routers = (
        registration.build_router(RegistrationHandlers(parts.identity.registration), guard),
        sessions.build_router(SessionsHandlers(parts.identity.sign_ins, parts.identity.sessions), guard),
        mfa.build_router(MfaHandlers(parts.identity.mfa), guard),
        passwords.build_router(PasswordsHandlers(parts.identity.passwords), guard),
        oauth.build_router(
            OauthHandlers(parts.identity.oauth, is_secure=parts.settings.issuer.startswith("https://")), guard
        ),
        oauth_token.build_router(OauthTokenHandlers(parts.identity.oauth_token), guard),
        identities.build_router(IdentitiesHandlers(parts.identity.identities), guard),
        account.build_router(AccountHandlers(parts.identity.account), guard),
        closure.build_router(ClosureHandlers(parts.identity.closure), guard),
        email_change.build_router(EmailChangeHandlers(parts.identity.email_change), guard),
        own_sessions.build_router(OwnSessionsHandlers(parts.identity.own_sessions, parts.cursors), guard),
        export.build_router(ExportHandlers(parts.identity.export), guard),
        accounts.build_router(AccountsHandlers(parts.identity.accounts, parts.cursors), guard),
        roles.build_router(RolesHandlers(parts.identity.roles, parts.cursors), guard),
        properties.build_router(PropertiesHandlers(parts.marketplace.properties, parts.cursors), guard),
        property_areas.build_router(PropertyAreasHandlers(parts.marketplace.property_areas, parts.cursors), guard),
        favourites.build_router(
            FavouritesHandlers(
                parts.marketplace.favourites, parts.cursors, cards=parts.marketplace.verifications.cards
            ),
            guard,
        ),
        provider_profile.build_router(ProviderProfileHandlers(parts.marketplace.provider_profiles), guard),
        provider_services.build_router(
            ProviderServicesHandlers(parts.marketplace.provider_services, parts.cursors), guard
        ),
        catalogue.build_router(
            CatalogueHandlers(parts.marketplace.catalogue, parts.cursors, cards=parts.marketplace.verifications.cards),
            guard,
        ),
        categories.build_router(CategoriesHandlers(parts.marketplace.categories), guard),
        providers.build_router(
            ProvidersHandlers(parts.marketplace.providers, parts.cursors, cards=parts.marketplace.verifications.cards),
            guard,
        ),
        saved_searches.build_router(SavedSearchesHandlers(parts.marketplace.saved_searches, parts.cursors), guard),
        photos.build_router(PhotosHandlers(parts.marketplace.photos), guard),
        reviews.build_router(
            ReviewsHandlers(
                parts.marketplace.reviews,
                parts.marketplace.providers,
                parts.marketplace.photos,
                parts.cursors,
            ),
            guard,
        ),
        reports.build_router(
            ReportsHandlers(parts.marketplace.reports, parts.cursors),
            guard,
        ),
        availability.build_router(
            AvailabilityHandlers(parts.marketplace.availability, parts.marketplace.providers), guard
        ),
        calendar_feeds.build_router(CalendarFeedsHandlers(parts.marketplace.calendar_feeds), guard),
        verifications.build_router(VerificationsHandlers(parts.marketplace.verifications, parts.cursors), guard),
        webhooks.build_router(WebhooksHandlers(parts.marketplace.webhooks, parts.cursors), guard),
        inquiries.build_router(InquiriesHandlers(parts.marketplace.inquiries, parts.cursors, parts.clock), guard),
        received_inquiries.build_router(
            ReceivedInquiriesHandlers(parts.marketplace.received_inquiries, parts.cursors, parts.clock), guard
        ),
        quotes.build_router(QuotesHandlers(parts.marketplace.quotes, parts.clock), guard),
        jobs.build_router(JobsHandlers(parts.marketplace.jobs, parts.cursors, parts.clock), guard),
        job_schedules.build_router(JobSchedulesHandlers(parts.marketplace.job_schedules, parts.clock), guard),
        visits.build_router(VisitsHandlers(parts.marketplace.visits, parts.cursors, parts.clock), guard),
        disputes.build_router(
            DisputesHandlers(parts.marketplace.disputes, parts.cursors, parts.clock),
            guard,
        ),
        matching.build_router(MatchingHandlers(parts.marketplace.matching), guard),
        blocks.build_router(BlocksHandlers(parts.marketplace.blocks, parts.cursors), guard),
        messages.build_router(
            MessagesHandlers(parts.marketplace.messages, parts.cursors),
            guard,
        ),
        message_attachments.build_router(MessageAttachmentsHandlers(parts.marketplace.message_attachments), guard),
        notification_preferences.build_router(
            NotificationPreferencesHandlers(parts.marketplace.notification_preferences), guard
        ),
        notifications.build_router(NotificationsHandlers(parts.marketplace.notifications, parts.cursors), guard),
        notification_stream.build_router(
            NotificationStreamHandlers(parts.marketplace.notification_stream, parts.identity.sessions.is_live),
            guard,
        ),
        places.build_router(PlacesHandlers(parts.marketplace.places), guard),
        moderation.build_router(ModerationHandlers(parts.marketplace.moderation, parts.cursors, parts.clock), guard),
        forbidden_words.build_router(ForbiddenWordsHandlers(parts.marketplace.forbidden_words, parts.cursors), guard),
        audit.build_router(AuditHandlers(parts.operations.audit, parts.cursors), guard),
        usage.build_router(UsageHandlers(parts.operations.usage), guard),
        log_routes.build_router(LogsHandlers(parts.operations.logs, parts.cursors), guard),
        health.build_router(HealthHandlers(parts.operations.health), guard),
    )
    tree = SegmentTree(repeating(route) for router in routers for route in router.routes)
    served = {route.operation.id for route in tree.routes}
    if missing := [operation.id for operation in OPERATIONS if operation.id not in served]:
        raise RuntimeError(f"the contract has operations that no router serves: {', '.join(missing)}")
    return tree


def _pages(parts: Services) -> list[BaseRoute]:
    """Return the routes beside the operations: contract, pages, and in development the target of mailed links."""
    settings = parts.settings
    security = SecurityText(
        settings.security_contact, settings.security_expires_at, api_url=settings.api_url, clock=parts.clock
    )
    pages: list[BaseRoute] = []
    assets = Assets()
    if settings.docs_enabled:
        pages += ContractPages(prefix=path_of(settings.api_url)).routes()
        pages += [Page("docs.html").route("/docs"), Page("redoc.html", REDOC_POLICY).route("/redoc")]
        pages.append(assets.logo_route())
    if not settings.is_production:
        links = Page("links.html")
        pages += [links.route(path) for path in (*MAILED_PATHS, UNSUBSCRIBE_PAGE)]
    if pages:
        pages.append(assets.route())
    pages.append(Index(issuer=settings.issuer, documented=settings.docs_enabled).route())
    pages += [KeySet(parts.key_ring).route(), security.route()]
    pages += Sitemap(parts.operations.sitemap, issuer=settings.issuer, app_url=settings.app_url).routes()
    pages.append(Media(parts.marketplace.photos).route())
    return [OAuthMetadata(settings.issuer).route(), *pages, *ProblemPages(documented=settings.docs_enabled).routes()]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m impl.app", description="Serve the Hestami API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=server.port, default=8000, help="port to listen on")
    given = parser.parse_args(arguments)
    settings = Settings.load()
    logs.configure(level=settings.log_level, form=settings.log_format)
    services = assemble(settings)
    stop = stopping.Stop(
        leave=services.operations.health.leave, unready=settings.drain_seconds, finish=settings.stop_seconds
    )
    with reporting(error_reports(settings)):
        stopping.serve(create_app(settings, services), host=given.host, port=given.port, stop=stop)


if __name__ == "__main__":
    main()
