"""Builds the services of the marketplace from the kernel and plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from impl.gateways.documents import HeaderDocuments
from impl.gateways.pictures import ProcessPictures
from impl.gateways.typesetting import TypstTypesetter
from impl.marketplace.availability import tables as availability_tables
from impl.marketplace.availability.service import AvailabilityService
from impl.marketplace.blocks import tables as blocks_tables
from impl.marketplace.blocks.service import BlocksService
from impl.marketplace.calendar_feeds import tables as calendar_feeds_tables
from impl.marketplace.calendar_feeds.service import CalendarFeedsService
from impl.marketplace.capabilities.attachments import tables as attachment_tables
from impl.marketplace.capabilities.calendars.service import CalendarsService
from impl.marketplace.capabilities.categories import tables as categories_tables
from impl.marketplace.capabilities.categories.service import CategoriesService
from impl.marketplace.capabilities.filter_bits import tables as filter_bits_tables
from impl.marketplace.capabilities.filter_bits.service import FilterBitsKeeper
from impl.marketplace.capabilities.frequent_words import tables as frequent_words_tables
from impl.marketplace.capabilities.frequent_words.service import FrequentWordsKeeper
from impl.marketplace.capabilities.hints import tables as hints_tables
from impl.marketplace.capabilities.hints.service import HintsService
from impl.marketplace.capabilities.inquiries import tables as inquiries_tables
from impl.marketplace.capabilities.inquiries.service import InquiryRecords
from impl.marketplace.capabilities.jobs import tables as jobs_tables
from impl.marketplace.capabilities.jobs.service import JobRecords
from impl.marketplace.capabilities.listing_submissions.service import ListingSubmissions
from impl.marketplace.capabilities.listings import tables as listings_tables
from impl.marketplace.capabilities.listings.service import ListingsService
from impl.marketplace.capabilities.notice_mails import tables as notice_mails_tables
from impl.marketplace.capabilities.notice_mails.service import NoticeMails, NoticePreferences
from impl.marketplace.capabilities.notices import tables as notices_tables
from impl.marketplace.capabilities.pages import tables as pages_tables
from impl.marketplace.capabilities.pages.service import PagesService
from impl.marketplace.capabilities.pictures.service import PictureAddresses, PictureFiles
from impl.marketplace.capabilities.questions import tables as questions_tables
from impl.marketplace.capabilities.questions.service import QuestionsService
from impl.marketplace.capabilities.quote_papers.service import QuotePapers
from impl.marketplace.capabilities.quotes import tables as quotes_tables
from impl.marketplace.capabilities.quotes.service import QuoteRecords
from impl.marketplace.capabilities.ratings import tables as ratings_tables
from impl.marketplace.capabilities.ratings.service import RatingsService
from impl.marketplace.capabilities.response_times.service import ResponseTimes
from impl.marketplace.capabilities.reviews import tables as reviews_tables
from impl.marketplace.capabilities.search import tables as search_tables
from impl.marketplace.capabilities.search.service import SearchService
from impl.marketplace.capabilities.spelling import tables as spelling_tables
from impl.marketplace.capabilities.spelling.service import SpellingService
from impl.marketplace.capabilities.submissions import tables as submissions_tables
from impl.marketplace.capabilities.submissions.service import SubmissionsService
from impl.marketplace.capabilities.visits import tables as visits_tables
from impl.marketplace.capabilities.visits.service import VisitRecords
from impl.marketplace.capabilities.webhook_endpoints import tables as webhook_endpoints_tables
from impl.marketplace.catalogue.service import CatalogueService
from impl.marketplace.categories.service import ManagedCategoriesService
from impl.marketplace.disputes.service import DisputesService
from impl.marketplace.favourites import tables as favourites_tables
from impl.marketplace.favourites.service import FavouritesService
from impl.marketplace.forbidden_words.service import ForbiddenWordsService
from impl.marketplace.inquiries.service import InquiriesService
from impl.marketplace.job_schedules.service import JobSchedulesService
from impl.marketplace.jobs.service import JobsService
from impl.marketplace.matching.service import MatchingService
from impl.marketplace.message_attachments.service import MessageAttachmentsService
from impl.marketplace.messages import tables as messages_tables
from impl.marketplace.messages.service import MessagesService
from impl.marketplace.moderation.service import ModerationService
from impl.marketplace.notification_preferences.service import NotificationPreferencesService
from impl.marketplace.notification_stream.service import NotificationStreamService, StreamLimits
from impl.marketplace.notifications.service import NotificationsService
from impl.marketplace.photos import tables as photos_tables
from impl.marketplace.photos.service import PhotosService
from impl.marketplace.places import tables as places_tables
from impl.marketplace.places.service import PlacesService
from impl.marketplace.properties import tables as properties_tables
from impl.marketplace.properties.service import PropertiesService
from impl.marketplace.property_areas.service import PropertyAreasService
from impl.marketplace.provider_profile import tables as provider_profile_tables
from impl.marketplace.provider_profile.service import ProviderProfileService
from impl.marketplace.provider_profile.tables import HIDDEN_IDS
from impl.marketplace.provider_services import tables as provider_services_tables
from impl.marketplace.provider_services.service import ProviderServicesService
from impl.marketplace.providers.service import ProvidersService
from impl.marketplace.quotes.service import QuotesService
from impl.marketplace.received_inquiries.service import ReceivedInquiriesService
from impl.marketplace.reports import tables as reports_tables
from impl.marketplace.reports.service import ReportsService
from impl.marketplace.reviews.service import ReviewsService
from impl.marketplace.saved_searches import tables as saved_searches_tables
from impl.marketplace.saved_searches.service import SavedSearchesService
from impl.marketplace.verifications import tables as verifications_tables
from impl.marketplace.verifications.service import VerificationsService
from impl.marketplace.visits.service import VisitsService
from impl.marketplace.webhooks.service import WebhooksService

if TYPE_CHECKING:
    from collections.abc import Mapping

    from impl.gateways.geocoding import Geocoder
    from impl.gateways.storage import Storage
    from impl.gateways.webhooks import HttpsSender
    from impl.identity.capabilities.letters.service import LettersService
    from impl.kernel import outbox
    from impl.kernel.clock import Clock
    from impl.kernel.database import Database
    from impl.kernel.encryption import Cipher
    from impl.kernel.tracing import Tracer

PERSONAL_DATA_POLICIES: Final = (
    *availability_tables.PERSONAL_DATA_POLICIES,
    *blocks_tables.PERSONAL_DATA_POLICIES,
    *calendar_feeds_tables.PERSONAL_DATA_POLICIES,
    *categories_tables.PERSONAL_DATA_POLICIES,
    *favourites_tables.PERSONAL_DATA_POLICIES,
    *photos_tables.PERSONAL_DATA_POLICIES,
    *places_tables.PERSONAL_DATA_POLICIES,
    *hints_tables.PERSONAL_DATA_POLICIES,
    *inquiries_tables.PERSONAL_DATA_POLICIES,
    *jobs_tables.PERSONAL_DATA_POLICIES,
    *listings_tables.PERSONAL_DATA_POLICIES,
    *messages_tables.PERSONAL_DATA_POLICIES,
    *notice_mails_tables.PERSONAL_DATA_POLICIES,
    *notices_tables.PERSONAL_DATA_POLICIES,
    *pages_tables.PERSONAL_DATA_POLICIES,
    *properties_tables.PERSONAL_DATA_POLICIES,
    *provider_profile_tables.PERSONAL_DATA_POLICIES,
    *provider_services_tables.PERSONAL_DATA_POLICIES,
    *questions_tables.PERSONAL_DATA_POLICIES,
    *quotes_tables.PERSONAL_DATA_POLICIES,
    *attachment_tables.PERSONAL_DATA_POLICIES,
    *ratings_tables.PERSONAL_DATA_POLICIES,
    *reviews_tables.PERSONAL_DATA_POLICIES,
    *reports_tables.PERSONAL_DATA_POLICIES,
    *saved_searches_tables.PERSONAL_DATA_POLICIES,
    *search_tables.PERSONAL_DATA_POLICIES,
    *spelling_tables.PERSONAL_DATA_POLICIES,
    *frequent_words_tables.PERSONAL_DATA_POLICIES,
    *filter_bits_tables.PERSONAL_DATA_POLICIES,
    *submissions_tables.PERSONAL_DATA_POLICIES,
    *verifications_tables.PERSONAL_DATA_POLICIES,
    *visits_tables.PERSONAL_DATA_POLICIES,
    *webhook_endpoints_tables.PERSONAL_DATA_POLICIES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketplaceServices:
    """Services of the marketplace: one for each feature, and the search index for closing accounts."""

    availability: AvailabilityService
    blocks: BlocksService
    calendar_feeds: CalendarFeedsService
    catalogue: CatalogueService
    categories: ManagedCategoriesService
    disputes: DisputesService
    favourites: FavouritesService
    forbidden_words: ForbiddenWordsService
    inquiries: InquiriesService
    job_schedules: JobSchedulesService
    jobs: JobsService
    matching: MatchingService
    message_attachments: MessageAttachmentsService
    messages: MessagesService
    notification_stream: NotificationStreamService
    notice_preferences: NoticePreferences
    notification_preferences: NotificationPreferencesService
    notifications: NotificationsService
    photos: PhotosService
    places: PlacesService
    moderation: ModerationService
    properties: PropertiesService
    property_areas: PropertyAreasService
    provider_profiles: ProviderProfileService
    provider_services: ProviderServicesService
    providers: ProvidersService
    pages: PagesService
    quotes: QuotesService
    received_inquiries: ReceivedInquiriesService
    ratings: RatingsService
    reports: ReportsService
    reviews: ReviewsService
    saved_searches: SavedSearchesService
    search: SearchService
    spelling: SpellingService
    frequent_words: FrequentWordsKeeper
    filter_bits: FilterBitsKeeper
    submissions: SubmissionsService
    verifications: VerificationsService
    visits: VisitsService
    visit_records: VisitRecords
    webhooks: WebhooksService


def wire_marketplace(
    *,
    database: Database,
    clock: Clock,
    auto_approve: bool,
    secret_key: bytes,
    api_url: str,
    app_url: str,
    geocoder: Geocoder,
    storage: Storage,
    streams: StreamLimits,
    cipher: Cipher,
    webhook_sender: HttpsSender,
    webhook_places: int,
    tracer: Tracer | None,
    mails_per_hour: int,
) -> MarketplaceServices:
    """Build the marketplace; `auto_approve` publishes without a moderator what is submitted."""
    spelling = SpellingService(database)
    search, hints = SearchService(spelling), HintsService(database.reader, clock)
    submissions = SubmissionsService(database, clock)
    pages, places = PagesService(clock), PlacesService(database)
    profiles = ProviderProfileService(
        database=database,
        search=search,
        submissions=submissions,
        hints=hints,
        pages=pages,
        places=places,
        clock=clock,
        auto_approve=auto_approve,
    )
    listings = ListingsService(search)
    services = ProviderServicesService(
        database=database,
        profiles=profiles,
        listings=listings,
        submissions=submissions,
        texts=ListingSubmissions(listings, submissions, hints),
        clock=clock,
        remove_photos=photos_tables.remove_of,
        auto_approve=auto_approve,
    )
    questions, quotes = QuestionsService(database.reader, clock), QuoteRecords(database.reader, clock)
    visit_records = VisitRecords(clock)
    records = InquiryRecords(database.reader, quotes, visit_records, clock)
    job_records = JobRecords(clock)
    calendars = CalendarsService(app_url)
    jobs = JobsService(database, job_records, visit_records, calendars, clock)
    availability = AvailabilityService(database, jobs, clock)
    visits = VisitsService(
        database=database,
        inquiries=records,
        visits=visit_records,
        availability=availability,
        calendars=calendars,
        clock=clock,
    )
    ratings = RatingsService(clock)
    inbox = ReceivedInquiriesService(database, records, clock)
    pictures = PictureFiles(storage, ProcessPictures())
    addresses = PictureAddresses(clock=clock, secret_key=secret_key, api_url=api_url)
    documents = HeaderDocuments(ProcessPictures())
    photos = PhotosService(
        database=database, clock=clock, files=pictures, addresses=addresses, inquiries=records, inbox=inbox
    )
    attachments = MessageAttachmentsService(
        database=database,
        clock=clock,
        storage=storage,
        documents=documents,
        pictures=pictures,
        addresses=addresses,
        photos=photos,
    )
    messages = MessagesService(database, records, attachments, clock)
    preferences = NoticePreferences(
        database=database,
        clock=clock,
        secret_key=secret_key,
        api_url=api_url,
        app_url=app_url,
        most_an_hour=mails_per_hour,
    )
    notifications = NotificationsService(database)
    catalogue = CatalogueService(database, places, spelling, photos)
    reviews = ReviewsService(database=database, jobs=jobs, records=job_records, ratings=ratings, clock=clock)
    return MarketplaceServices(
        availability=availability,
        blocks=BlocksService(database, clock),
        calendar_feeds=CalendarFeedsService(database, jobs, visits, calendars, clock, api_url=api_url),
        catalogue=catalogue,
        categories=ManagedCategoriesService(
            database, CategoriesService(database.reader, clock), questions, services, search
        ),
        disputes=DisputesService(database, jobs, job_records, clock),
        forbidden_words=ForbiddenWordsService(database, hints),
        favourites=FavouritesService(database, catalogue, clock),
        inquiries=InquiriesService(database=database, records=records, questions=questions, clock=clock),
        job_schedules=JobSchedulesService(database, jobs, job_records, clock),
        jobs=jobs,
        matching=MatchingService(database, jobs, clock),
        message_attachments=attachments,
        messages=messages,
        notification_stream=NotificationStreamService(database, notifications, streams),
        notice_preferences=preferences,
        notification_preferences=NotificationPreferencesService(database, preferences),
        notifications=notifications,
        photos=photos,
        places=places,
        moderation=ModerationService(
            database=database,
            submissions=submissions,
            profiles=profiles,
            services=services,
            photos=photos,
            clock=clock,
        ),
        properties=PropertiesService(database, places, geocoder, clock, remove_photos=photos_tables.remove_of),
        property_areas=PropertyAreasService(database, catalogue),
        provider_profiles=profiles,
        provider_services=services,
        providers=ProvidersService(database, catalogue, spelling, photos, ResponseTimes(database.reader)),
        pages=pages,
        quotes=QuotesService(
            database=database,
            inquiries=records,
            quotes=quotes,
            jobs=job_records,
            papers=QuotePapers(TypstTypesetter()),
        ),
        received_inquiries=inbox,
        reports=ReportsService(
            database=database,
            profiles=profiles,
            services=services,
            photos=photos,
            messages=messages,
            attachments=attachments,
            reviews=reviews,
            clock=clock,
        ),
        ratings=ratings,
        reviews=reviews,
        saved_searches=SavedSearchesService(
            database=database,
            catalogue=catalogue,
            preferences=preferences,
            clock=clock,
            secret_key=secret_key,
            api_url=api_url,
            app_url=app_url,
        ),
        search=search,
        spelling=spelling,
        frequent_words=FrequentWordsKeeper(database, search.rows_of_word),
        filter_bits=FilterBitsKeeper(database, HIDDEN_IDS),
        submissions=submissions,
        verifications=VerificationsService(
            database=database,
            profiles=profiles,
            storage=storage,
            documents=documents,
            clock=clock,
        ),
        visits=visits,
        visit_records=visit_records,
        webhooks=WebhooksService(
            database=database,
            clock=clock,
            cipher=cipher,
            sender=webhook_sender,
            places=webhook_places,
            tracer=tracer,
            api_url=api_url,
        ),
    )


def outbox_handlers(services: MarketplaceServices, letters: LettersService) -> Mapping[str, outbox.Handler]:
    """Return the handlers of the marketplace's outbox messages, by topic."""
    mails = NoticeMails(services.notice_preferences, letters)
    return {
        **mails.outbox_handlers(),
        **services.categories.outbox_handlers(),
        **services.inquiries.outbox_handlers(mails),
        **services.jobs.outbox_handlers(mails),
        **services.messages.outbox_handlers(mails),
        **services.message_attachments.outbox_handlers(),
        **services.moderation.outbox_handlers(mails),
        **services.reviews.outbox_handlers(mails),
        **services.reports.outbox_handlers(mails),
        **services.saved_searches.outbox_handlers(mails),
        **services.photos.outbox_handlers(),
        **services.quotes.outbox_handlers(mails),
        **services.verifications.outbox_handlers(mails),
        **services.visits.outbox_handlers(mails),
        **services.webhooks.outbox_handlers(letters),
    }
