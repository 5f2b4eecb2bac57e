# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""What replies hold."""

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from generated.models import (
    ActivityBy,
    AuditIntegrityState,
    ContactKind,
    CountryCode,
    CurrencyCode,
    Dependency,
    DependencyState,
    DocumentType,
    FavouriteKind,
    HealthStatus,
    HintKind,
    JobActor,
    JobCancelledReason,
    JobOutcome,
    JobSide,
    LogLevel,
    MailChannel,
    MatchReasonKind,
    MaterialField,
    MessageAttachmentKind,
    MessageRemoval,
    NotificationKind,
    NotificationLanguage,
    NotificationSubjectKind,
    PhotoFault,
    PhotoSubjectKind,
    PlaceKind,
    PricingKind,
    PropertyType,
    QuoteDeclineReason,
    QuoteEndReason,
    RecipientDeclineReason,
    RecipientLostReason,
    RejectionReason,
    ReportAction,
    ReportReason,
    ReportSubjectKind,
    RevisionState,
    SavedSearchFrequency,
    SubmissionKind,
    ThreadSide,
    TimingKind,
    UsageStep,
    VerificationKind,
    VerificationRejectionReason,
    VisitEndReason,
    WebhookDeliveryError,
    WebhookDeliveryStatus,
    WebhookDisabledReason,
    WebhookEventType,
    Weekday,
)
from generated.states import (
    AccountState,
    InquiryState,
    JobState,
    PhotoState,
    ProfileState,
    PropertyState,
    QuoteState,
    RecipientState,
    ReportState,
    ReviewState,
    ServiceState,
    SubmissionState,
    VerificationState,
    VisitState,
)

type Email = str
"""An e-mail address; upper and lower case are alike."""


type Username = str
"""Public and unique, upper and lower case alike. Letters, digits, and between them dots, hyphens and underscores."""


type PersonName = str
"""A name on one line, without spaces around it."""


type PhoneNumber = str
"""In the international form of E.164."""


type Locale = str
"""A language tag (BCP 47), for mails and dates; language, and optionally script and region."""


type SearchText = str
"""Words to look for, in any order; letters and digits count, punctuation does not."""


type Slug = str
"""A name in URLs, in lower case with hyphens."""


type WebAddress = str
"""
An address on the web, with http or https, as RFC 3986 writes it: an international name in punycode, other characters percent-encoded. No user name or password. The host
is a public name: `localhost` and what ends in `.local`, `.internal` and the like are refused (422, code `private_host`).
"""


type RoleName = str
"""The name of a role. `HOMEOWNER`, `SERVICE_PROVIDER`, `STAFF_SUPPORT`, `STAFF_MODERATOR` and `STAFF_ADMIN` are built in; staff may define more."""


type PermissionName = str
"""A permission, `resource:action`."""


class Coordinates(TypedDict):
    """A point on the globe (WGS 84)."""

    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""


class Money(TypedDict):
    """An amount of money."""

    amount_minor: int
    """The amount in the currency's minor unit, as ISO 4217 has it; 12900 is 129.00 in USD and 12,900 in JPY."""
    currency: CurrencyCode


type NextCursor = str | None
"""Send it as `cursor` to get the next page; null on the last one."""


type Total = int | None
"""How many match in all, counted to 1,000; null unless `include_total=true`."""


type TotalCapped = bool
"""Whether counting stopped at 1,000, so that there are more than `total`."""


class Accepted(TypedDict):
    """The request was accepted; its result arrives by mail."""

    message: str
    """A sentence to show. It is the same whatever the address is."""


class TokenPair(TypedDict):
    """The tokens of a session."""

    access_token: str
    """For the `Authorization` header, after `Bearer`. A JWT; treat it as opaque."""
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str
    """For `POST /auth/refresh`, once. Keep it where scripts of other sites cannot read it."""
    refresh_expires_at: datetime
    """When the session expires; refreshing does not move it."""
    session_id: UUID
    """The session."""
    device_token: str | None
    """Returned by a login. Store it on this device for each account, and send it with the next login. Null after a refresh."""


class SessionSummary(TypedDict):
    """One sign-in on one device."""

    id: UUID
    """The session's id."""
    provider: str
    """How the user signed in, `local` with a password, otherwise the name of the identity provider."""
    created_at: datetime
    """When the user signed in."""
    expires_at: datetime
    """When the session expires."""


class AccountSummary(TypedDict):
    """An account in short."""

    id: UUID
    """The account's id."""
    email: Email
    username: Username | None
    full_name: PersonName
    locale: Locale
    state: AccountState
    email_verified: bool
    """Whether the e-mail address is verified."""


class Mfa(TypedDict):
    """The state of the second factor."""

    enrolled_at: datetime | None
    """When the second factor was enrolled; null while it is not."""
    recovery_codes_left: int
    """The number of unused recovery codes."""
    required: bool
    """Whether a role of the account requires it."""


class TotpEnrolment(TypedDict):
    """The secret for an authenticator app."""

    secret: str
    """The secret in base 32, for those who cannot scan a code."""
    otpauth_uri: str
    """The same for a QR code, with the account's address as its label."""
    expires_at: datetime
    """When the enrolment expires if it is not confirmed."""


type RecoveryCode = str


class RecoveryCodeSet(TypedDict):
    """Each signs in once without the authenticator app."""

    recovery_codes: list[RecoveryCode]
    """Show them once, and ask the user to store them apart from the phone."""


type ProviderName = str
"""An identity provider's name, as it stands in paths and tokens."""


type ClientName = str
"""The id under which the operator registered the front end."""


type RedirectUri = str
"""One of the client's registered URIs, exactly as registered."""


class IdentityProvider(TypedDict):
    """An identity provider."""

    name: ProviderName
    display_name: str
    """The name to show on the sign-in button."""


class IdentityProviderList(TypedDict):
    """All identity providers."""

    items: list[IdentityProvider]


class SignInBegin(TypedDict):
    """A sign-in that waits for its browser."""

    start_url: str
    """The URL to open in the browser."""
    expires_at: datetime
    """When `start_url` expires."""


class OAuthTokens(TypedDict):
    """Tokens as RFC 6749, section 5.1, has them."""

    access_token: str
    """For the `Authorization` header, after `Bearer`."""
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str
    """Exchange it once for the next pair of tokens."""


class Identity(TypedDict):
    """An identity at an identity provider, linked to this account."""

    id: UUID
    provider: ProviderName
    display_name: str
    """The provider's name to show; its identifier if the provider is not configured any more."""
    email: str | None
    """The e-mail address at the provider, which may differ from the account's."""
    created_at: datetime
    last_used_at: datetime | None
    """When the identity was last used to sign in."""


class IdentityList(TypedDict):
    """All identities of an account."""

    items: list[Identity]


class Account(TypedDict):
    """An account, as its owner sees it."""

    id: UUID
    """The account's id."""
    email: Email
    username: Username | None
    full_name: PersonName
    phone: PhoneNumber | None
    locale: Locale
    state: AccountState
    email_verified: bool
    """Whether the e-mail address is verified."""
    has_password: bool
    """
    Whether a password was chosen. Without one, closing the account and changing its address ask for a sign-in of a moment ago instead, and
    `POST /auth/reset-password` sets the first one.
    """
    roles: list[RoleName]
    """The roles that the account holds, without the inherited ones."""
    created_at: datetime
    """When the account was created."""
    updated_at: datetime
    """When it was last changed."""


class OwnSession(TypedDict):
    """One sign-in of the account on one device."""

    id: UUID
    """The session's id."""
    device: str
    """The browser or program and its system, in plain words, as far as known."""
    provider: str
    """How the user signed in, `local` with a password, otherwise the name of the identity provider."""
    address: str
    """The network address that the sign-in came from."""
    created_at: datetime
    """When the user signed in."""
    last_seen_at: datetime
    """When it was last used, to the minute."""
    expires_at: datetime
    """When the session expires."""
    current: bool
    """Whether this is the session of the request."""


class OwnSessionPage(TypedDict):
    """A page of live sessions."""

    items: list[OwnSession]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type ExportedWord = str
"""A code in capitals. New values may be added, so accept unknown ones."""


type ExportedSection = str
"""The name of a section."""


class ExportedRole(TypedDict):
    """A role that the account was given."""

    name: RoleName
    granted_at: datetime
    """When it was given."""


class ExportedSession(TypedDict):
    """A sign-in on one device."""

    id: UUID
    """The session's id."""
    device_id: UUID
    """The same for all sign-ins on one device that we know again."""
    provider: str
    """How the user signed in, `local` with a password, otherwise the name of the identity provider."""
    address: str
    """The network address that it came from."""
    user_agent: str
    """The program that it came from, in its own words."""
    created_at: datetime
    """When the user signed in."""
    last_seen_at: datetime
    """When it was last used, to the minute."""
    expires_at: datetime
    """When the session expires."""
    ended_at: datetime | None
    """When it was ended; null for what goes on or has expired."""
    end_reason: ExportedWord | None


class ExportedRefresh(TypedDict):
    """A time when a session was continued."""

    session_id: UUID
    """The session."""
    created_at: datetime
    """When its refresh token was given."""
    used_at: datetime | None
    """When that was traded for the next one."""


class ExportedIdentity(TypedDict):
    """An identity at an identity provider, linked to this account."""

    id: UUID
    """The link's id."""
    provider: ProviderName
    subject: str
    """The person's identifier at the provider (`sub`)."""
    email: str | None
    """The e-mail address at the provider."""
    created_at: datetime
    """When it was linked."""
    last_used_at: datetime | None
    """When the identity was last used to sign in."""


class ExportedIdentityLink(TypedDict):
    """An identity provider that was to be linked."""

    id: UUID
    """The try's id."""
    provider: ProviderName
    client: ClientName
    redirect_uri: RedirectUri
    session_id: UUID | None
    """The session that asked."""
    created_at: datetime
    """When it was begun."""
    expires_at: datetime
    """Until when it can be finished."""
    used_at: datetime | None
    """When the provider answered."""


class ExportedSignInCode(TypedDict):
    """A code that was given after an identity provider had answered."""

    id: UUID
    """The code's entry."""
    provider: ProviderName
    subject: str | None
    """The person's identifier at the provider (`sub`), for a link."""
    email: str | None
    """The e-mail address at the provider, for a link."""
    client: ClientName
    redirect_uri: RedirectUri
    session_id: UUID | None
    """The session that asked, or that it opened."""
    created_at: datetime
    """When it was given."""
    expires_at: datetime
    """Until when it could be used."""
    used_at: datetime | None
    """When it was."""


class ExportedAuthenticator(TypedDict):
    """The authenticator app, without its secret."""

    created_at: datetime
    """When it was set up."""
    expires_at: datetime
    """Until when it could be confirmed."""
    confirmed_at: datetime | None
    """Since when it is asked for; null before."""
    last_step: int | None
    """The half-minute of the newest code that was accepted, counted from 1970."""


class ExportedMfaChallenge(TypedDict):
    """A sign-in that waits for the second factor."""

    id: UUID
    """The try's id."""
    provider: str
    """How the first factor was passed."""
    device_id: UUID | None
    """The device, where we know it again."""
    password_changed_at: datetime | None
    """When the password that was given had been set."""
    created_at: datetime
    """When the first factor was passed."""
    expires_at: datetime
    """Until when the second one is waited for."""


class ExportedEmailChange(TypedDict):
    """Another address that was asked for."""

    id: UUID
    """The change's id."""
    email: Email
    requested_at: datetime
    """When it was asked for."""
    confirmed_at: datetime | None
    """When it was confirmed."""
    former_email: Email | None
    """The address before it."""


class ExportedMailedLink(TypedDict):
    """A link that was mailed, without its token."""

    id: UUID
    """The link's id."""
    purpose: ExportedWord
    email: str
    """The address that it was mailed to, in lower case."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime
    """Until when it works."""
    used_at: datetime | None
    """When it was followed."""
    voided_at: datetime | None
    """When a newer one or another change put an end to it."""


class ExportedMail(TypedDict):
    """A mail that was sent to the account."""

    id: UUID
    """The mail's id."""
    kind: ExportedWord
    decided_at: datetime
    """When it was decided on."""


class ExportedField(TypedDict):
    """A field as it was published and as it was submitted."""

    name: MaterialField
    published: str | None
    """What others saw."""
    proposed: str | None
    """What was submitted."""


class ExportedSubmission(TypedDict):
    """A profile or service that was submitted for review."""

    id: UUID
    """The submission's id."""
    kind: SubmissionKind
    profile_id: UUID | None
    """The business."""
    service_id: UUID | None
    """The service."""
    state: SubmissionState
    current: bool
    """Whether it waits, or was rejected and not edited since."""
    is_revision: bool
    """Whether it edits what was published already."""
    fields: list[ExportedField]
    """The material fields."""
    submitted_at: datetime
    """When it was submitted, or edited last."""
    decided_at: datetime | None
    """When it was decided or withdrawn."""
    rejection_reason: RejectionReason | None
    note: str | None
    """What the moderator wrote."""
    created_at: datetime
    """When it was submitted first."""
    updated_at: datetime
    """When it was last changed."""


class ExportedIdempotencyKey(TypedDict):
    """An `Idempotency-Key` that was sent. What it made is in the other sections."""

    operation: str
    """The operation that it was sent to."""
    key: str
    """The key."""
    status: int
    """The status of the answer."""
    expires_at: datetime
    """When it is forgotten."""


class ExportedMessage(TypedDict):
    """A message of the outbox that concerns the account, for example a mail to send."""

    id: UUID
    """The message's id."""
    topic: str
    """The topic of the message."""
    created_at: datetime
    """Since when."""
    dead_at: datetime | None
    """When delivery was given up."""


type SuspensionReason = str
"""On one line. It is shown to staff, and its person finds it in `GET /users/me/export`."""


class Suspension(TypedDict):
    """Why and since when an account is suspended."""

    reason: SuspensionReason
    suspended_at: datetime
    """Since when."""


class User(TypedDict):
    """An account, as staff see it."""

    id: UUID
    """The account's id."""
    email: Email
    username: Username | None
    full_name: PersonName
    phone: PhoneNumber | None
    locale: Locale
    state: AccountState
    email_verified: bool
    """Whether the e-mail address is verified."""
    has_password: bool
    """Whether its owner has chosen a password; not yet when they were invited, perhaps never with an identity provider."""
    roles: list[RoleName]
    """The roles that the account holds, without the inherited ones."""
    last_login_at: datetime | None
    """When its owner last signed in; null when never."""
    suspension: Suspension | None
    """Null unless the account is `SUSPENDED`."""
    created_at: datetime
    """When the account was created."""
    updated_at: datetime
    """When it was last changed."""


class UserPage(TypedDict):
    """A page of accounts."""

    items: list[User]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Permission(TypedDict):
    """A permission, and what it lets somebody do."""

    name: PermissionName
    description: str
    """What it lets somebody do."""
    for_staff: bool
    """Whether it may stand in a role that staff define."""


class PermissionCatalogue(TypedDict):
    """All permissions."""

    items: list[Permission]
    """In the order of the contract."""


class Role(TypedDict):
    """A role and what it permits."""

    id: UUID
    """The role's id."""
    name: RoleName
    description: str
    """What the role is for."""
    built_in: bool
    """Whether it is built in, and cannot be changed or deleted."""
    inherits: list[RoleName]
    """The roles whose permissions it has, too."""
    permissions: list[PermissionName]
    """The permissions that it has besides."""
    effective_permissions: list[PermissionName]
    """All that it permits, through inheritance too."""
    created_at: datetime
    """When the role was defined."""
    updated_at: datetime
    """When it, or a role that it inherits from, was last changed."""


class RolePage(TypedDict):
    """A page of roles."""

    items: list[Role]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class RoleGrant(TypedDict):
    """A role that an account was given."""

    name: RoleName
    granted_at: datetime
    """When it was given."""
    granted_by: UUID | None
    """The account that gave it; null when it came with registration or from an operator."""


type PropertyLabel = str
"""What its owner calls it; one line, without spaces around it."""


type PropertyNotes = str
"""What its owner notes; line breaks count."""


type AddressLine = str
"""A line of a postal address, without spaces around it."""


type AddressPart = str
"""A town or a region, without spaces around it."""


type PostalCode = str
"""A postal code."""


class Address(TypedDict):
    """Where it stands."""

    line1: AddressLine
    line2: AddressLine | None
    city: AddressPart
    region: AddressPart | None
    postal_code: PostalCode | None
    country: CountryCode


class Property(TypedDict):
    """A property, as its owner sees it."""

    id: UUID
    """The property's id."""
    label: PropertyLabel
    type: PropertyType
    address: Address
    coordinates: Coordinates | None
    """The exact location, used for distances; others see only a cell of about 1 km. Null means unknown."""
    coordinates_approximate: bool
    """Whether the coordinates are those of the postal code or the town, because their owner has given none. They follow the address until they are given."""
    size_m2: int | None
    """The living area in square metres; for land, its area. Null means unknown."""
    year_built: int | None
    """Null means unknown."""
    notes: PropertyNotes | None
    """For the owner alone. Null means none."""
    state: PropertyState
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class PropertyPage(TypedDict):
    """A page of properties."""

    items: list[Property]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class PublicArea(TypedDict):
    """The centre of a cell of about 1 km, in degrees (WGS 84)."""

    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""


class PropertyArea(TypedDict):
    """A property as others may know of it."""

    id: UUID
    """The property's id."""
    type: PropertyType
    area: PublicArea
    area_approximate: bool
    """Whether the area is that of the property's postal code or town, since its owner has given no coordinates."""
    distance_km: float | None
    """The distance from the requested point to the centre of the cell in kilometres, to a tenth; null without a point."""


class PropertyAreaPage(TypedDict):
    """A page of areas."""

    items: list[PropertyArea]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type BusinessName = str
"""The name of a business; one line, without spaces around it."""


type LicenceText = str
"""One line of a licence, without spaces around it."""


class Licence(TypedDict):
    """A licence to work in a trade."""

    title: LicenceText
    number: LicenceText
    authority: LicenceText
    expires_date: date | None
    """The last day on which it holds; null when it does not expire."""


type ReviewNote = str | None
"""What the reviewer said when it was rejected or suspended; null otherwise."""


class ProviderSummary(TypedDict):
    """A business, as everyone sees it."""

    id: UUID
    """The business's profile."""
    slug: Slug
    business_name: BusinessName
    website: WebAddress | None
    """The business's own pages."""
    service_radius_km: int | None
    """How far the business travels, in kilometres."""


type ServiceTitle = str
"""The service in a few words; one line, without spaces around it."""


type ServiceDescription = str
"""The full description. Plain text; line breaks count."""


type ServiceTag = str
"""A word to find the service by, lower case."""


class PricingFixed(TypedDict):
    """One price for the whole service."""

    kind: Literal["FIXED"]
    price: Money


class PricingHourly(TypedDict):
    """A price for each hour of work."""

    kind: Literal["HOURLY"]
    price: Money


class PricingStartingAt(TypedDict):
    """The price begins here; what it comes to depends on the work."""

    kind: Literal["STARTING_AT"]
    price: Money


type PricingUnit = str
"""The unit that is counted, in the singular: `window` or `m2`, for example."""


class PricingPerUnit(TypedDict):
    """A price for each unit."""

    kind: Literal["PER_UNIT"]
    price: Money
    unit: PricingUnit


class PricingQuote(TypedDict):
    """No price; it is quoted on request."""

    kind: Literal["QUOTE"]


type CategoryName = str
"""The name to show."""


class CategoryNode(TypedDict):
    """A category with what lies below it."""

    id: UUID
    """The category's id."""
    slug: Slug
    name: CategoryName
    children: list["CategoryNode"]
    """The categories directly below it, in the order to show; empty for a leaf."""


class CategoryTree(TypedDict):
    """All categories."""

    items: list[CategoryNode]
    """The groups at the top, in the order to show."""


class FacetCount(TypedDict):
    """The number of services."""

    count: int
    """The number, at most 1,000."""
    capped: bool
    """Whether counting stopped before the end, so that there may be more than `count`: at 1,000, or after the first 2,000 services that match a text or a place."""


class PricingFacet(TypedDict):
    """A kind of pricing."""

    pricing: PricingKind
    count: FacetCount


class PriceFacet(TypedDict):
    """A band of prices; its bounds are the filters of `GET /services` that show it."""

    min_price_minor: int
    """The lowest price of the band, in the currency's minor unit."""
    max_price_minor: int | None
    """The highest price of the band; null where it is open."""
    count: FacetCount


type MinRating = int
"""The lowest mean of reviews."""


class RatingFacet(TypedDict):
    """Services of providers rated so well or better."""

    min_rating: MinRating
    count: FacetCount


class SuggestedService(TypedDict):
    """A service to open."""

    id: UUID
    """The service's id."""
    title: ServiceTitle
    business_name: BusinessName


class SuggestedProvider(TypedDict):
    """A business."""

    id: UUID
    """Its profile."""
    slug: Slug
    business_name: BusinessName


class ExportedFavourite(TypedDict):
    """A favourite of the person."""

    id: UUID
    """The entry's id."""
    kind: FavouriteKind
    subject_id: UUID
    """The service's id, or the id of the business's profile."""
    created_at: datetime
    """When it was added."""


class ReviewReply(TypedDict):
    """The reply to a review."""

    text: str
    """The reply of the other party."""
    replied_at: datetime
    """When they replied."""


class Review(TypedDict):
    """A review, as the parties of the job see it."""

    id: UUID
    """The review's id."""
    job_id: UUID
    """The job."""
    by: JobSide
    rating: int
    """The overall rating, from 1 (bad) to 5 (very good)."""
    punctuality: int | None
    """The punctuality; null if it was not rated."""
    quality: int | None
    """The quality of the work; null if it was not rated."""
    value: int | None
    """The value for the money; null if it was not rated."""
    text: str
    """What happened, in the words of its author."""
    state: ReviewState
    reply: ReviewReply | None
    """The reply of the other party; null if there is none."""
    statement: str | None
    """Why staff have hidden it; null where they have not."""
    edited: bool
    """Whether it was changed after it was published."""
    created_at: datetime
    """When it was written."""
    updated_at: datetime
    """When it last changed."""
    published_at: datetime | None
    """When it was published; null before."""
    edits_end_at: datetime
    """Until when its author may change it."""


class Rating(TypedDict):
    """The rating of a business. Of several reviews by one homeowner the newest counts."""

    average: float | None
    """From 1 to 5, to a tenth; null until there are reviews."""
    review_count: int
    """The number of reviews that count, at most one by each homeowner."""
    punctuality: float | None
    """The mean of the reviews that rate punctuality, as `average`; null until one does."""
    quality: float | None
    """The mean of the reviews that rate the quality of the work, as `average`; null until one does."""
    value: float | None
    """The mean of the reviews that rate the value for the money, as `average`; null until one does."""


class VerifiedLicence(TypedDict):
    """A licence or an insurance that staff have verified, and that is valid today."""

    kind: VerificationKind
    title: str
    """What it is for."""
    number: str | None
    """The number under which the authority has registered a licence; null for an insurance, whose number is private."""
    authority: str
    """The authority or company that issued it."""
    country: CountryCode
    admin_area: str | None
    """The state or region in which it counts; null where that is the whole country."""
    expires_date: date | None
    """The last day on which it is valid, in UTC; null when it does not end."""


type PriceBound = int
"""A price in the currency's minor unit."""


type NearPoint = str
"""A point, as degrees north and degrees east (WGS 84) with a comma between them."""


type RadiusKm = int
"""A distance in kilometres."""


type SavedSearchName = str
"""The name under which the search is kept; mails have it in their subject."""


class SavedFilters(TypedDict):
    """The filters of a saved search; null members do not filter."""

    q: SearchText | None
    """Only services that have all these words."""
    category: Slug | None
    """Only services of this category and those below it."""
    pricing: PricingKind | None
    """Only services that are priced this way."""
    currency: CurrencyCode | None
    """The currency of the price bounds."""
    min_price_minor: PriceBound | None
    """The lowest price."""
    max_price_minor: PriceBound | None
    """The highest price."""
    near: NearPoint | None
    """The point to which providers come."""
    place: UUID | None
    """The place to which providers come."""
    radius_km: RadiusKm | None
    """How far from there providers may be."""
    include_remote: bool | None
    """Whether providers are included who do not come that far."""
    verified: bool | None
    """Whether to leave out businesses without a verified licence that is valid."""
    min_rating: MinRating | None
    """The lowest mean of reviews."""


class SavedSearch(TypedDict):
    """A search that somebody has saved."""

    id: UUID
    """The saved search's id."""
    name: SavedSearchName
    filters: SavedFilters
    frequency: SavedSearchFrequency
    created_at: datetime
    """When it was saved."""
    updated_at: datetime
    """When it was last changed."""


class SavedSearchPage(TypedDict):
    """A page of one's own saved searches."""

    items: list[SavedSearch]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ExportedSavedSearch(TypedDict):
    """A search that the person has saved."""

    id: UUID
    """The saved search's id."""
    name: SavedSearchName
    filters: SavedFilters
    frequency: SavedSearchFrequency
    mailed_until_at: datetime
    """What was published until then is in an earlier mail, or was there before the search."""
    next_due_at: datetime | None
    """When we look for news next; null if nothing is to be mailed."""
    created_at: datetime
    """When it was saved."""
    updated_at: datetime
    """When it was last changed."""


type TimeZone = str
"""A time zone by its name in the IANA database."""


type ClockTime = str
"""A local time of day."""


type ClosingTime = str
"""A local time of day, or `24:00` for its end."""


class OpenHours(TypedDict):
    """Hours of one day."""

    starts: ClockTime
    ends: ClosingTime


class WeeklyHours(TypedDict):
    """Hours that repeat each week."""

    weekday: Weekday
    starts: ClockTime
    ends: ClosingTime


class AvailabilityException(TypedDict):
    """A day with other hours than its weekday has; without hours, a day off."""

    on_date: date
    """The day, in the time zone of the business."""
    hours: list[OpenHours]
    """The hours instead."""


class CalendarFeed(TypedDict):
    """A provider's calendar feed, without its address, which is shown only when it is created."""

    created_at: datetime
    """When there was an address for the first time."""
    renewed_at: datetime
    """When the present address was made."""


class NewCalendarFeed(TypedDict):
    """The address of a provider's calendar."""

    calendar_url: str
    """The address for a calendar program. Whoever knows it can read the calendar, so treat it as a password."""
    created_at: datetime
    """When there was an address for the first time."""
    renewed_at: datetime
    """When this one was made."""


class ExportedCalendarFeed(TypedDict):
    """The person's calendar feed, without its secret address."""

    created_at: datetime
    """When there was an address for the first time."""
    updated_at: datetime
    """When the present address was made."""


class Availability(TypedDict):
    """When a business works, as its provider sees it."""

    time_zone: TimeZone
    weekly: list[WeeklyHours]
    """The hours of a week, in order."""
    exceptions: list[AvailabilityException]
    """Days with other hours, in order."""
    notice_minutes: int
    """The notice period, in minutes, before a slot begins."""
    step_minutes: int
    """The time from one slot's beginning to that of the next."""
    created_at: datetime
    """When the availability was first set."""
    updated_at: datetime
    """When it was last changed."""


class Slot(TypedDict):
    """A time that is free."""

    starts_at: datetime
    """When it begins."""
    ends_at: datetime
    """When it ends."""


class Slots(TypedDict):
    """Free times of a business."""

    time_zone: TimeZone | None
    """The time zone of the business, in which its days are; null if it has no availability."""
    from_date: date
    """The first day."""
    until_date: date
    """The last day."""
    items: list[Slot]
    """The times, in order; a slot belongs to the day on which it begins."""


type PossibleStep = str


type PossibleSteps = list[PossibleStep]
"""The operations that the state leaves to the caller's side, by their `operationId`: the buttons to show. A step may still be refused for what happens meanwhile."""


type InquiryTitle = str
"""What it is about, on one line."""


type InquiryDetails = str
"""What a provider has to know to answer. Plain text; line breaks count. Providers read it with contact details masked."""


type InquiryNote = str
"""A few words to the other side."""


type AnswerWords = str
"""The words of an answer."""


class TimingFlexible(TypedDict):
    """At any time."""

    kind: Literal["FLEXIBLE"]


class TimingDates(TypedDict):
    """On one of these days."""

    kind: Literal["DATES"]
    dates: list[date]
    """The days, each once."""


class TimingWindow(TypedDict):
    """Between two days, both included."""

    kind: Literal["WINDOW"]
    from_date: date
    """The first day."""
    until_date: date
    """The last day, not before the first one."""


class InquiryProperty(TypedDict):
    """A property of one's own, in short."""

    id: UUID
    """The property's id."""
    label: PropertyLabel


class InquiryService(TypedDict):
    """A service that was asked about."""

    id: UUID
    """The service's id."""
    title: str
    """Its title."""


class InquiryProvider(TypedDict):
    """A business, in short."""

    id: UUID
    """Its profile."""
    slug: Slug
    business_name: BusinessName


class ExportedTiming(TypedDict):
    """When the work is wanted."""

    kind: TimingKind
    dates: list[date]
    """The days; empty unless it is said by days."""
    from_date: date | None
    """The first day of a window."""
    until_date: date | None
    """The last day of a window."""


class ExportedRecipient(TypedDict):
    """What became of an inquiry for somebody who was asked, be it one of the person's own inquiries, or one that came to the person."""

    id: UUID
    """The id of the recipient of the inquiry."""
    inquiry_id: UUID
    """The inquiry."""
    service_id: UUID | None
    """The service by which the recipient was chosen; null when there was none."""
    state: RecipientState
    viewed_at: datetime | None
    """When it was read first."""
    answered_at: datetime | None
    """When it was answered."""
    decline_reason: RecipientDeclineReason | None
    """Why it was declined."""
    note: InquiryNote | None
    """What the provider wrote when they declined."""
    lost_reason: RecipientLostReason | None
    """Why it is lost."""
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it last changed."""


type MessageText = str
"""Plain text; line breaks count."""


class ExportedMessageAttachment(TypedDict):
    """A photo or a document that the person has sent for a message; of photos, `photos` has more."""

    id: UUID
    """The attachment's id."""
    recipient_id: UUID
    """The recipient of an inquiry for whose thread it is."""
    message_id: UUID | None
    """The message; null while it waits for one."""
    kind: MessageAttachmentKind
    name: str | None
    """The name or description that the sender gave it."""
    size_bytes: int
    """The size of the uploaded file in bytes."""
    position: int
    """Its place among those of the message, from 0."""
    sent_at: datetime | None
    """When the message was sent; null while it waits for one."""
    hidden_at: datetime | None
    """When staff hid it with the message; null if they have not."""
    created_at: datetime
    """When the file was sent."""


type UnreadMessages = int
"""How many messages of the other side the caller has not marked as read."""


class ReadState(TypedDict):
    """The number of unread messages."""

    unread_messages: UnreadMessages


class ExportedInquiryMessage(TypedDict):
    """A message that the person has written, as it is kept."""

    id: UUID
    """The message's id."""
    recipient_id: UUID
    """The recipient of an inquiry in whose thread it is."""
    text: MessageText | None
    """What was written; null when it was removed."""
    masked: list[ContactKind]
    """The kinds of contact details that were masked."""
    hidden_at: datetime | None
    """When staff hid it; null if they have not."""
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it last changed."""


class Block(TypedDict):
    """A person whom the caller has blocked, with the thread in which the caller did so."""

    id: UUID
    """The block's id."""
    inquiry_id: UUID
    """The inquiry in whose thread the block was made."""
    blocked_side: ThreadSide
    provider: InquiryProvider | None
    """The blocked business; null if a homeowner is blocked, or the business does not exist any more."""
    blocked_at: datetime
    """When the block was made."""


class BlockPage(TypedDict):
    """A page of the caller's blocks."""

    items: list[Block]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ExportedBlock(TypedDict):
    """Somebody whom the person has blocked, with the thread in which the person did so."""

    id: UUID
    """The block's id."""
    recipient_id: UUID
    """The recipient of an inquiry in whose thread the block was made."""
    blocked_side: ThreadSide
    created_at: datetime
    """When the block was made."""


class NotificationSubject(TypedDict):
    """What a notification is about; it may be gone by now."""

    kind: NotificationSubjectKind
    id: UUID
    """Its id."""
    inquiry_id: UUID | None
    """The inquiry of a `THREAD`, by which both sides find it; null for all others."""


type NotificationNumber = int
"""The number of a notification among those of its account."""


type UnreadCount = int
"""How many notifications the account has not marked as read."""


class Notification(TypedDict):
    """A notification, with ids and codes and without texts of people."""

    id: UUID
    """The notification's id."""
    number: NotificationNumber
    kind: NotificationKind
    title: str
    """A short text to show, in the language of the account or in English."""
    refers_to: NotificationSubject
    created_at: datetime
    """When it happened."""
    read_at: datetime | None
    """When the caller marked it as read; null while they have not."""


class NotificationArrived(TypedDict):
    """A new notification."""

    event: Literal["NOTIFICATION"]
    """The kind of the event."""
    notification: Notification
    unread_count: UnreadCount


type LastNumber = int
"""The number from which the stream goes on, 0 before the first notification; each notification after it has a higher one."""


class NotificationPage(TypedDict):
    """A page of notifications."""

    items: list[Notification]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped
    unread_count: UnreadCount


class UnreadNotifications(TypedDict):
    """How many notifications are left to read."""

    unread_count: UnreadCount


class ExportedNotification(TypedDict):
    """A notification of the person, as it is kept."""

    id: UUID
    """The notification's id."""
    number: NotificationNumber
    kind: NotificationKind
    subject_kind: NotificationSubjectKind
    subject_id: UUID
    """What it is about."""
    inquiry_id: UUID | None
    """The inquiry of a thread; null for all others."""
    created_at: datetime
    """When it happened."""
    read_at: datetime | None
    """When it was marked as read; null while it is not."""


class NotificationChannels(TypedDict):
    """The channels by which a person receives the events of a group."""

    in_app: bool
    """Whether they are listed in the application."""
    mail: MailChannel


class NotificationGroups(TypedDict):
    """Inquiries, messages, quotes, jobs with their disputes, reviews, decisions of staff (on profiles, services, photos and reports), licences and insurances, and news of saved searches."""

    inquiries: NotificationChannels
    messages: NotificationChannels
    quotes: NotificationChannels
    jobs: NotificationChannels
    reviews: NotificationChannels
    decisions: NotificationChannels
    verifications: NotificationChannels
    saved_searches: NotificationChannels


class QuietHours(TypedDict):
    """Hours of each day in which no mails are sent; they go over midnight where they end before they start."""

    starts: ClockTime
    ends: ClockTime


class NotificationPreferences(TypedDict):
    """The notification preferences of a person."""

    groups: NotificationGroups
    quiet_hours: QuietHours | None
    """When no mails are sent; null for never."""
    time_zone: TimeZone
    language: NotificationLanguage | None
    """The language of notifications; null for the account's, or English."""
    updated_at: datetime | None
    """When they were last set; null while they never were."""


class ExportedNotificationPreferences(TypedDict):
    """The notification preferences of the person, as stored."""

    choices: NotificationGroups
    quiet_hours: QuietHours | None
    """When no mails are sent; null for never."""
    time_zone: TimeZone
    language: NotificationLanguage | None
    """The language of notifications; null for the account's, or English."""
    created_at: datetime
    """When they were first set."""
    updated_at: datetime
    """When they were last set."""


class ReceivedProperty(TypedDict):
    """What a recipient may know of the property."""

    type: PropertyType
    area: PublicArea | None
    """The square kilometre in which it is; null while that is unknown."""
    area_approximate: bool
    """Whether the area is that of the property's postal code or town."""
    distance_km: float | None
    """How far the centre of that cell is from the centre of the recipient's own, to a tenth of a kilometre; null while one of them is not known."""


class ReceivedHomeowner(TypedDict):
    """The details of the homeowner that a recipient may see."""

    email_verified: bool
    """Whether their e-mail address is verified."""
    phone_verified: bool
    """Whether their phone number is verified. Always false, because the service does not verify numbers yet; do not show it."""


class MatchReason(TypedDict):
    """A reason, and the points that it gives."""

    kind: MatchReasonKind
    points: int
    """The points that it adds to the score."""


class ProviderMatch(TypedDict):
    """A business that would fit."""

    provider: InquiryProvider
    service: InquiryService
    distance_km: float
    """How far the square kilometre of its base is from that of the property, to a tenth of a kilometre."""
    response_hours: float | None
    """How long it took in the mean to answer inquiries of the last 90 days; null when it has answered none."""
    open_inquiries: int
    """How many inquiries wait for its answer; 100 stands for more."""
    earliest_slot: Slot | None
    """Its first free slot for the service, from today to the thirteenth day after; null when it has none then, or has not said when it works."""
    score: int
    """The sum of the reasons' points."""
    reasons: list[MatchReason]
    """Why it is proposed, the strongest first."""


class ProviderMatchList(TypedDict):
    """Businesses that would fit."""

    items: list[ProviderMatch]
    """At most ten, the best first."""


type QuoteLineText = str
"""What a line is for."""


type QuoteUnit = str
"""The unit of the quantity, such as `hour`, `m²` or `piece`."""


type QuoteTerms = str
"""Further terms, such as when to pay. Plain text; line breaks count."""


type QuoteQuantity = int
"""How much, in thousandths of the unit; 1500 is one and a half."""


type QuoteAmount = int
"""An amount in the minor unit of the quote's currency, without tax."""


type QuoteRate = int
"""A rate in hundredths of a percent; 875 is 8.75 %."""


class QuoteLine(TypedDict):
    """A line of a quote, with its amounts."""

    description: QuoteLineText
    quantity_thousandths: QuoteQuantity
    unit: QuoteUnit
    unit_price_minor: QuoteAmount
    tax_basis_points: QuoteRate
    discount_basis_points: QuoteRate
    discount_minor: int
    """The amount of the line's discount."""
    net_minor: int
    """Quantity times price, less the line's discount."""


class DiscountPercent(TypedDict):
    """A part of the sum of the lines."""

    kind: Literal["PERCENT"]
    basis_points: QuoteRate


class DiscountAmount(TypedDict):
    """An amount, not above the sum of the lines."""

    kind: Literal["AMOUNT"]
    amount_minor: QuoteAmount


class QuoteTax(TypedDict):
    """The tax of one rate."""

    tax_basis_points: QuoteRate
    net_minor: int
    """The amount taxed at this rate, after the discount on the whole."""
    tax_minor: int
    """The tax on it."""


class QuoteSummary(TypedDict):
    """A quote in a list, without lines and terms."""

    id: UUID
    """The quote's id."""
    inquiry_id: UUID
    """The inquiry."""
    recipient_id: UUID
    """The recipient of the inquiry whose quote it is; messages and visits are below it."""
    provider: InquiryProvider | None
    """The business; null when it is not there any more."""
    number: int
    """Which quote of this provider for this inquiry it is; those of deleted drafts are not used again while a later one is there."""
    state: QuoteState
    possible: PossibleSteps
    currency: CurrencyCode
    net_minor: int
    """The sum without tax."""
    tax_minor: int
    """The sum of the taxes."""
    gross_minor: int
    """The amount to pay, taxes included."""
    valid_days: int
    """For how many days it is valid once it is sent."""
    revises_id: UUID | None
    """The quote that this one replaced when it was sent."""
    superseded_by_id: UUID | None
    """The quote that replaced this one."""
    sent_at: datetime | None
    """When it was sent; null while it is a draft."""
    expires_at: datetime | None
    """Until when it can be accepted; null while it is a draft. It ends with its inquiry at the latest."""
    closed_at: datetime | None
    """When it was decided or withdrawn, or expired; null before."""
    decline_reason: QuoteDeclineReason | None
    """Why the homeowner declined it."""
    end_reason: QuoteEndReason | None
    """Why it ended together with something else; null otherwise."""
    created_at: datetime
    """When it was begun."""
    updated_at: datetime
    """When it last changed."""


class QuoteList(TypedDict):
    """Quotes for an inquiry."""

    items: list[QuoteSummary]
    """All of them, the newest first."""


class ExportedQuote(TypedDict):
    """A quote that the person has written or received."""

    id: UUID
    """The quote's id."""
    inquiry_id: UUID
    """The inquiry."""
    number: int
    """Which quote of this provider for this inquiry it is; those of deleted drafts are not used again while a later one is there."""
    state: QuoteState
    currency: CurrencyCode
    lines: list[QuoteLine]
    """The lines of the quote, in the order to show them; none when a party's account was erased, and none of what another person offers until it is accepted."""
    discount_basis_points: int | None
    """The discount on the whole in hundredths of a percent; null where it is none or an amount."""
    discount_amount_minor: int | None
    """The discount on the whole as an amount; null where it is none or a percentage."""
    subtotal_minor: int
    """The sum of the lines."""
    discount_minor: int
    """The amount of the discount on the whole."""
    net_minor: int
    """The sum without tax."""
    taxes: list[QuoteTax]
    """The tax of each rate, the lowest rate first."""
    tax_minor: int
    """The sum of the taxes."""
    gross_minor: int
    """The amount to pay, taxes included."""
    valid_days: int
    """For how many days it is valid once it is sent."""
    terms: QuoteTerms | None
    """Further terms; null for none, and in quotes of other people until they are accepted."""
    revises_id: UUID | None
    """The quote that this one replaced when it was sent."""
    superseded_by_id: UUID | None
    """The quote that replaced this one."""
    sent_at: datetime | None
    """When it was sent; null while it is a draft."""
    expires_at: datetime | None
    """Until when it can be accepted; null while it is a draft. It ends with its inquiry at the latest."""
    closed_at: datetime | None
    """When it was decided or withdrawn, or expired; null before."""
    decline_reason: QuoteDeclineReason | None
    """Why the homeowner declined it."""
    note: InquiryNote | None
    """What the homeowner wrote when they declined."""
    end_reason: QuoteEndReason | None
    """Why it ended together with something else; null otherwise."""
    created_at: datetime
    """When it was begun."""
    updated_at: datetime
    """When it last changed."""


type PhotoReviewNote = str | None
"""Why staff have hidden it; null unless they have."""


class PhotoFile(TypedDict):
    """Addresses of the picture in one size, as WebP and as JPEG."""

    webp: str
    """As WebP, for browsers."""
    jpeg: str
    """As JPEG, for mails and old programs."""


class PhotoFiles(TypedDict):
    """The picture in its sizes, by their longest side; a smaller picture is not made larger."""

    thumb: PhotoFile
    card: PhotoFile
    full: PhotoFile


class Photo(TypedDict):
    """A photo, as its owner sees it."""

    id: UUID
    """The photo's id."""
    subject_kind: PhotoSubjectKind
    subject_id: UUID
    """The property, service, profile, inquiry, attachment of a message, or review."""
    state: PhotoState
    fault: PhotoFault | None
    """Why it was rejected; null unless it was."""
    alt_text: str | None
    """What it shows, in the owner's words."""
    position: int
    """Its place in the order, from 0."""
    width: int | None
    """Pixels of the largest size; null until it is ready."""
    height: int | None
    """Pixels of the largest size; null until it is ready."""
    placeholder: str | None
    """A BlurHash, to show while it loads; null until it is ready."""
    files: PhotoFiles | None
    """The URLs of the photo in its sizes; null until it is `READY`, and while it is `HIDDEN`."""
    review_note: PhotoReviewNote
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it changed last."""


class PhotoList(TypedDict):
    """All photos of one thing."""

    items: list[Photo]
    """In their order."""


class ExportedPhoto(TypedDict):
    """A photo that the person has added."""

    id: UUID
    """The photo's id."""
    subject_kind: PhotoSubjectKind
    subject_id: UUID
    """The property, service, profile, inquiry, attachment of a message, or review."""
    state: PhotoState
    fault: PhotoFault | None
    """Why it was rejected; null unless it was."""
    alt_text: str | None
    """What it shows, in the person's words."""
    position: int
    """Its place in the order, from 0."""
    width: int | None
    """Pixels of the largest size; null unless it is ready."""
    height: int | None
    """Pixels of the largest size; null unless it is ready."""
    placeholder: str | None
    """A BlurHash of it; null unless it is ready."""
    review_note: PhotoReviewNote
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it changed last."""


class VerificationDocument(TypedDict):
    """The document that was sent."""

    type: DocumentType
    size_bytes: int
    """The size of the file in bytes."""


class Verification(TypedDict):
    """A licence or insurance, as its owner sees it."""

    id: UUID
    """The id of the licence or insurance."""
    kind: VerificationKind
    title: str
    """What it is for."""
    number: str
    """The number under which its issuer has registered it."""
    authority: str
    """The authority or company that has issued it."""
    country: CountryCode
    admin_area: str | None
    """The state or region in which it counts; null where that is the whole country."""
    expires_date: date | None
    """The last day on which it is valid, in UTC; null when it does not end."""
    document: VerificationDocument
    state: VerificationState
    rejection_reason: VerificationRejectionReason | None
    """Why it was rejected; null unless it was."""
    note: str | None
    """What staff wrote to the owner when they rejected or revoked it."""
    created_at: datetime
    """When it was sent in."""
    updated_at: datetime
    """When its state changed last."""
    decided_at: datetime | None
    """When staff decided on it or revoked it; null before."""


class VerificationPage(TypedDict):
    """A page of one's own licences and insurances."""

    items: list[Verification]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class SubmittedVerification(TypedDict):
    """A licence or insurance, as staff see it."""

    id: UUID
    """The id of the licence or insurance."""
    kind: VerificationKind
    title: str
    """What it is for."""
    number: str
    """The number under which its issuer has registered it."""
    authority: str
    """The authority or company that has issued it."""
    country: CountryCode
    admin_area: str | None
    """The state or region in which it counts; null where that is the whole country."""
    expires_date: date | None
    """The last day on which it is valid, in UTC; null when it does not end."""
    document: VerificationDocument
    state: VerificationState
    rejection_reason: VerificationRejectionReason | None
    """Why it was rejected; null unless it was."""
    note: str | None
    """What staff wrote to the owner when they rejected or revoked it."""
    created_at: datetime
    """When it was sent in."""
    updated_at: datetime
    """When its state changed last."""
    decided_at: datetime | None
    """When staff decided on it or revoked it; null before."""
    owner_id: UUID
    """The account of the provider."""
    business_name: str | None
    """What the provider's business is called now; null while there is no profile."""
    decided_by: UUID | None
    """The account on the staff that decided or revoked; null until somebody has."""


class SubmittedVerificationPage(TypedDict):
    """A page of licences and insurances."""

    items: list[SubmittedVerification]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type WebhookUrl = str
"""An `https` address of a host by name (no IP address), in small letters, without a user and a fragment. On port 443."""


type WebhookDescription = str
"""What it is for, in the owner's words."""


type WebhookSecretText = str
"""The secret, in the form that libraries of Standard Webhooks take."""


class WebhookEndpoint(TypedDict):
    """An address to which events are sent."""

    id: UUID
    """The endpoint's id."""
    url: WebhookUrl
    events: list[WebhookEventType]
    """The events that are sent to it."""
    description: WebhookDescription | None
    """What it is for, in the owner's words; null for none."""
    is_enabled: bool
    """Whether what happens is sent to it."""
    disabled_reason: WebhookDisabledReason | None
    """Why the service has disabled it; null of one that is enabled."""
    disabled_at: datetime | None
    """When it was disabled; null of one that is enabled."""
    first_failed_at: datetime | None
    """When the first of the failed attempts was since the last success; null if the last attempt succeeded."""
    previous_secret_ends_at: datetime | None
    """Until when deliveries are signed with the previous secret as well; null if they are not."""
    created_at: datetime
    """When it was registered."""
    updated_at: datetime
    """When it was last changed."""


class NewWebhookEndpoint(TypedDict):
    """A webhook endpoint that has just been registered, with its secret."""

    id: UUID
    """The endpoint's id."""
    url: WebhookUrl
    events: list[WebhookEventType]
    """The events that are sent to it."""
    description: WebhookDescription | None
    """What it is for, in the owner's words; null for none."""
    is_enabled: bool
    """Whether what happens is sent to it."""
    disabled_reason: WebhookDisabledReason | None
    """Why the service has disabled it; null of one that is enabled."""
    disabled_at: datetime | None
    """When it was disabled; null of one that is enabled."""
    first_failed_at: datetime | None
    """When the first of the failed attempts was since the last success; null if the last attempt succeeded."""
    previous_secret_ends_at: datetime | None
    """Until when deliveries are signed with the previous secret as well; null if they are not."""
    created_at: datetime
    """When it was registered."""
    updated_at: datetime
    """When it was last changed."""
    secret: WebhookSecretText


class WebhookEndpointPage(TypedDict):
    """A page of one's own webhook endpoints."""

    items: list[WebhookEndpoint]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class WebhookSecret(TypedDict):
    """The new secret of a webhook endpoint."""

    secret: WebhookSecretText
    previous_secret_ends_at: datetime
    """Until when deliveries are signed with the previous secret as well."""


class WebhookDelivery(TypedDict):
    """One event on its way to one endpoint."""

    id: UUID
    """The delivery's id, which its requests carry as `webhook-id`."""
    event: WebhookEventType
    status: WebhookDeliveryStatus
    attempts: int
    """The number of attempts."""
    response_status: int | None
    """The status of the last answer; null if there was none."""
    latency_ms: int | None
    """How long the last attempt took, in milliseconds; null before the first."""
    error: WebhookDeliveryError | None
    """Why the last attempt failed; null if it did not."""
    next_attempt_at: datetime | None
    """When it is tried next; null if it is not."""
    last_attempt_at: datetime | None
    """When it was last tried; null before the first time."""
    delivered_at: datetime | None
    """When it was delivered; null if it was not."""
    created_at: datetime
    """When it happened."""


class WebhookDeliveryPage(TypedDict):
    """A page of the deliveries to an endpoint."""

    items: list[WebhookDelivery]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ExportedWebhookEndpoint(TypedDict):
    """A webhook endpoint of the person."""

    id: UUID
    """The endpoint's id."""
    url: WebhookUrl
    events: list[WebhookEventType]
    """The events that are sent to it."""
    description: WebhookDescription | None
    """What it is for, in the owner's words; null for none."""
    is_enabled: bool
    """Whether what happens is sent to it."""
    disabled_reason: WebhookDisabledReason | None
    """Why the service has disabled it; null of one that is enabled."""
    disabled_at: datetime | None
    """When it was disabled; null of one that is enabled."""
    first_failed_at: datetime | None
    """When the first of the failed attempts was since the last success; null if the last attempt succeeded."""
    previous_secret_ends_at: datetime | None
    """Until when deliveries are signed with the previous secret as well; null if they are not."""
    created_at: datetime
    """When it was registered."""
    updated_at: datetime
    """When it was last changed."""


class ExportedWebhookDelivery(TypedDict):
    """One event that was sent to an endpoint of the person."""

    webhook_id: UUID
    """The endpoint's id."""
    id: UUID
    """The delivery's id, which its requests carry as `webhook-id`."""
    event: WebhookEventType
    status: WebhookDeliveryStatus
    attempts: int
    """The number of attempts."""
    response_status: int | None
    """The status of the last answer; null if there was none."""
    latency_ms: int | None
    """How long the last attempt took, in milliseconds; null before the first."""
    error: WebhookDeliveryError | None
    """Why the last attempt failed; null if it did not."""
    next_attempt_at: datetime | None
    """When it is tried next; null if it is not."""
    last_attempt_at: datetime | None
    """When it was last tried; null before the first time."""
    delivered_at: datetime | None
    """When it was delivered; null if it was not."""
    created_at: datetime
    """When it happened."""


type JobNote = str
"""A few words to the other party."""


type JobWords = str
"""What somebody has to say. Plain text; line breaks count."""


class ExportedVisit(TypedDict):
    """A visit that the person has asked for, or was asked for."""

    id: UUID
    """The visit's id."""
    inquiry_id: UUID
    """The inquiry that it is about."""
    recipient_id: UUID
    """The recipient of the inquiry in whose thread it is."""
    state: VisitState
    starts_at: datetime
    """When it begins."""
    ends_at: datetime
    """When it ends."""
    booked_at: datetime | None
    """When the provider accepted it; null if they never did."""
    cancelled_by: ThreadSide | None
    """The side that cancelled it, or ended what it was for; null if neither has, for example if the inquiry expired."""
    end_reason: VisitEndReason | None
    """The event that cancelled it; null if it was not cancelled, or by a side itself."""
    created_at: datetime
    """When it was asked for."""
    updated_at: datetime
    """When it last changed."""


class JobProposal(TypedDict):
    """A time that a party has proposed, and the other one has not answered."""

    by: JobSide
    starts_at: datetime
    """When it would begin."""
    ends_at: datetime
    """When it would end."""
    proposed_at: datetime
    """When it was proposed."""


class JobChanges(TypedDict):
    """What the homeowner last asked to be changed."""

    text: JobWords
    requested_at: datetime
    """When it was asked."""


class JobCancellation(TypedDict):
    """Who cancelled it, and why."""

    by: JobActor
    cancel_reason: JobCancelledReason
    note: JobNote | None
    """What was written to the other party."""
    minutes_before_start: int | None
    """How long before the agreed time; negative after it, null where none was agreed."""
    cancelled_at: datetime
    """When it was cancelled."""


class JobDecision(TypedDict):
    """What staff have decided, and why."""

    outcome: JobOutcome
    statement: JobWords
    decided_at: datetime
    """When it was decided."""


class JobDispute(TypedDict):
    """What a party has asked staff to decide."""

    by: JobSide
    text: JobWords
    opened_at: datetime
    """When it was opened."""
    decision: JobDecision | None
    """The decision; null while it waits."""


type PossibleItem = str


type AddressEnd = datetime | None
"""Until when the provider may read the address; null while the job has not ended."""


class ExportedReview(TypedDict):
    """A review that the person has written, or that was published about them."""

    id: UUID
    """The review's id."""
    job_id: UUID
    """The job."""
    by: JobSide
    rating: int
    """The overall rating, from 1 to 5."""
    punctuality: int | None
    """Punctuality, from 1 to 5; null where it was not rated."""
    quality: int | None
    """Quality, from 1 to 5; null where it was not rated."""
    value: int | None
    """Value, from 1 to 5; null where it was not rated."""
    text: str
    """What happened, in the words of its author."""
    state: ReviewState
    published_at: datetime | None
    """When it was published."""
    edited_at: datetime | None
    """When it was last changed after that."""
    reply: str | None
    """The reply of the other party."""
    replied_at: datetime | None
    """When they replied."""
    statement: str | None
    """Why staff have hidden it."""
    hidden_at: datetime | None
    """When staff have hidden it."""
    created_at: datetime
    """When it was written."""
    updated_at: datetime
    """When it last changed."""


class ExportedJob(TypedDict):
    """A job of the person, of either side. Words of the other party are theirs."""

    id: UUID
    """The job's id."""
    quote_id: UUID
    """The quote that was accepted."""
    inquiry_id: UUID
    """The inquiry that it came from."""
    property_id: UUID | None
    """The home, if it is the person's; null otherwise."""
    category_id: UUID
    """The category of the work."""
    title: InquiryTitle
    price: Money
    state: JobState
    starts_at: datetime | None
    """When it was agreed to begin."""
    ends_at: datetime | None
    """When it was agreed to end."""
    proposed_by: JobSide | None
    """Who has proposed another time."""
    proposed_starts_at: datetime | None
    """When it would begin."""
    proposed_ends_at: datetime | None
    """When it would end."""
    proposed_at: datetime | None
    """When it was proposed."""
    started_at: datetime | None
    """When the work began."""
    delivered_at: datetime | None
    """When it was last delivered."""
    change_request: JobWords | None
    """What the person last asked to be changed."""
    changes_requested_at: datetime | None
    """When that was."""
    completed_by: JobActor | None
    """Who completed it."""
    cancelled_by: JobActor | None
    """Who cancelled it."""
    cancel_reason: JobCancelledReason | None
    """Why it was cancelled."""
    cancel_note: JobNote | None
    """What the person wrote when they cancelled it."""
    minutes_before_start: int | None
    """How long before the agreed time."""
    disputed_by: JobSide | None
    """Who opened a dispute."""
    dispute_text: JobWords | None
    """What the person wrote in the dispute."""
    disputed_at: datetime | None
    """When that was."""
    statement: JobWords | None
    """Why staff decided as they did."""
    decided_at: datetime | None
    """When that was."""
    ended_at: datetime | None
    """When it was completed or cancelled."""
    created_at: datetime
    """When the quote was accepted."""
    updated_at: datetime
    """When it last changed."""


class ReportSubject(TypedDict):
    """What was reported, under the name that it had then."""

    kind: ReportSubjectKind
    id: UUID
    """The listing's id, the id of the business's profile, the photo's id, or the message's id."""
    title: str
    """
    The listing's title or the business's name, when it was reported; of a photo, that of what it shows; of a message no word of it. `Erased report` when the
    account of whoever was reported is erased.
    """


class Report(TypedDict):
    """A report, as who made it sees it."""

    id: UUID
    """The report's id."""
    subject: ReportSubject
    reason: ReportReason
    text: str | None
    """The text of the reporter; null if there is none."""
    state: ReportState
    action: ReportAction | None
    """What staff did about it; null unless it is `ACTIONED`."""
    statement: str | None
    """Why staff decided so; null until they have."""
    created_at: datetime
    """When it was reported."""
    updated_at: datetime
    """When its state changed last."""
    decided_at: datetime | None
    """When staff decided; null until they have."""


class ReportPage(TypedDict):
    """A page of one's own reports."""

    items: list[Report]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Reported(TypedDict):
    """A report, as staff see it."""

    id: UUID
    """The report's id."""
    subject: ReportSubject
    reason: ReportReason
    text: str | None
    """The text of the reporter; null if there is none."""
    state: ReportState
    action: ReportAction | None
    """What staff did about it; null unless it is `ACTIONED`."""
    statement: str | None
    """Why staff decided so; null until they have."""
    created_at: datetime
    """When it was reported."""
    updated_at: datetime
    """When its state changed last."""
    decided_at: datetime | None
    """When staff decided; null until they have."""
    reporter_id: UUID
    """The account that reported it."""
    owner_id: UUID
    """The account whose listing or business it is; the id leads nowhere once the account is erased."""
    handled_by: UUID | None
    """The account on the staff that took it up; null while it is `OPEN`."""
    other_reports: int
    """How many other reports of the same thing there are, decided ones included; 1000 stands for more."""


class ReportedPage(TypedDict):
    """A page of reports."""

    items: list[Reported]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Place(TypedDict):
    """A town or a postal code."""

    id: UUID
    """The place's id, which never changes."""
    kind: PlaceKind
    name: str
    """The name of the town, or the postal code itself."""
    locality: str | None
    """The town that a postal code belongs to; null for a town."""
    admin_area: str | None
    """The state, by its two letters; null outside the United States."""
    country: CountryCode
    coordinates: Coordinates


class SuggestedPlace(TypedDict):
    """A place to choose."""

    id: UUID
    """The place's id, which never changes."""
    kind: PlaceKind
    name: str
    """The name of the town, or the postal code itself."""
    locality: str | None
    """The town that a postal code belongs to; null for a town."""
    admin_area: str | None
    """The state, by its two letters; null outside the United States."""
    country: CountryCode
    coordinates: Coordinates
    matched_name: str | None
    """The other name of the town by which it was found; null when that was `name` or a postal code."""


class PlaceSuggestions(TypedDict):
    """Places to choose from."""

    items: list[SuggestedPlace]
    """The ten best, best first."""


class ManagedCategory(TypedDict):
    """A category, as staff see it."""

    id: UUID
    """The category's id."""
    parent_id: UUID | None
    """The parent category; null at the top level."""
    slug: Slug
    name: CategoryName
    former_slugs: list[Slug]
    """Its former slugs, which still lead to it."""
    retired_at: datetime | None
    """When it was retired; null while it is in use."""
    replaced_by_id: UUID | None
    """The category in favour of which it was retired; null while it is in use."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class CategoryInTree(TypedDict):
    """A category in its place, with what depends on it."""

    id: UUID
    """The category's id."""
    parent_id: UUID | None
    """The parent category; null at the top level."""
    depth: int
    """Its level; 1 at the top."""
    slug: Slug
    name: CategoryName
    former_slugs: list[Slug]
    """Its former slugs, which still lead to it."""
    retired_at: datetime | None
    """When it was retired; null while it is in use."""
    replaced_by_id: UUID | None
    """The category in favour of which it was retired; null while it is in use."""
    service_count: int
    """How many services are filed under it itself, in any state but archived; 1000 stands for more."""
    listing_count: int
    """How many published services are found under it, with those below it; 1000 stands for more."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class ManagedCategories(TypedDict):
    """The tree, each group followed by what lies below it."""

    items: list[CategoryInTree]
    """All categories, in the order to show."""


type QuestionKey = str
"""The name of a question or choice in answers; it stays when the words change."""


type QuestionLabel = str
"""The words to show."""


type QuestionHelp = str
"""More words about the question; empty when there are none."""


class QuestionOption(TypedDict):
    """Something to choose."""

    key: QuestionKey
    label: QuestionLabel


class QuestionText(TypedDict):
    """Answered in words."""

    kind: Literal["TEXT"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: bool
    """Whether it has to be answered."""
    max_length: int
    """The largest number of characters of the answer."""


class QuestionChoice(TypedDict):
    """Answered by the key of one choice."""

    kind: Literal["CHOICE"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: bool
    """Whether it has to be answered."""
    choices: list[QuestionOption]
    """The choices, in the order to show."""


class QuestionMultiple(TypedDict):
    """Answered by the keys of some choices."""

    kind: Literal["MULTIPLE"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: bool
    """Whether it has to be answered."""
    choices: list[QuestionOption]
    """The choices, in the order to show."""
    max_choices: int | None
    """The largest number of choices; null means any number."""


class QuestionNumber(TypedDict):
    """Answered by a number."""

    kind: Literal["NUMBER"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: bool
    """Whether it has to be answered."""
    minimum: int | None
    """The lowest number, inclusive; null means none."""
    maximum: int | None
    """The highest number, inclusive; null means none."""


class QuestionDate(TypedDict):
    """Answered by a day."""

    kind: Literal["DATE"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: bool
    """Whether it has to be answered."""


class QuestionBoolean(TypedDict):
    """Answered by yes or no."""

    kind: Literal["BOOLEAN"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: bool
    """Whether it has to be answered."""


class RevisedField(TypedDict):
    """A material field as others see it and as its owner wants it, both as texts to show."""

    name: MaterialField
    published: str | None
    """What others see; null when the field is empty or nothing is published yet. A category is its slug, a list is parted by commas or lines."""
    proposed: str | None
    """What was submitted; null when the field is empty."""
    changed: bool
    """Whether the two differ."""


class Revision(TypedDict):
    """
    A submission that waits for its review, or that was rejected and not edited since. The other members of the profile or service show what its owner wrote last;
    `fields` has that beside what others see.
    """

    state: RevisionState
    fields: list[RevisedField]
    """The material fields, both texts of each."""
    submitted_at: datetime
    """When it was submitted, or edited last while it waited."""
    decided_at: datetime | None
    """When it was rejected."""
    rejection_reason: RejectionReason | None
    note: str | None
    """What the moderator wrote."""


class ModerationHint(TypedDict):
    """Something that a moderator may want to look at; it decides nothing."""

    kind: HintKind
    field: MaterialField
    text: str
    """The part of the text that it is about."""
    duplicate_of: UUID | None
    """The service that says the same; for `DUPLICATE` only."""


type TextVersion = str
"""Names the texts of the item, all `fields` of it; an edit by its owner gives it another one, a claim does not."""


class ModerationItem(TypedDict):
    """A submission as staff see it."""

    id: UUID
    """The item's id."""
    kind: SubmissionKind
    state: SubmissionState
    subject_id: UUID
    """The profile or the service."""
    owner_id: UUID
    """The account of the provider."""
    is_revision: bool
    """Whether it is an edit of published text."""
    fields: list[RevisedField]
    """The material fields, both texts of each."""
    text_version: TextVersion
    hints: list[ModerationHint]
    """What the service noticed when it was submitted."""
    submitted_at: datetime
    """When it was submitted, or edited last."""
    claimed_by: UUID | None
    """The account of the moderator who has claimed it; null if it is unclaimed."""
    claim_expires_at: datetime | None
    """When the claim expires."""
    decided_at: datetime | None
    """When it was decided or withdrawn; null before."""
    decided_by: UUID | None
    """The account of the moderator who decided."""
    rejection_reason: RejectionReason | None
    note: str | None
    """What the moderator wrote to the owner."""
    created_at: datetime
    """When it came into the queue."""
    updated_at: datetime
    """When it was last changed."""


class ModerationPage(TypedDict):
    """A page of the queue."""

    items: list[ModerationItem]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ModeratedProvider(TypedDict):
    """A business as staff decide on it."""

    id: UUID
    """The profile's id."""
    owner_id: UUID
    """The account of the provider."""
    slug: Slug
    business_name: BusinessName
    state: ProfileState
    review_note: ReviewNote
    updated_at: datetime
    """When it was last changed."""


class ModeratedService(TypedDict):
    """A service as staff decide on it."""

    id: UUID
    """The service's id."""
    owner_id: UUID
    """The account of the provider."""
    title: ServiceTitle
    state: ServiceState
    review_note: ReviewNote
    updated_at: datetime
    """When it was last changed."""


class ModeratedPhoto(TypedDict):
    """A photo as staff see it."""

    id: UUID
    """The photo's id."""
    owner_id: UUID
    """The account that added it."""
    subject_kind: PhotoSubjectKind
    subject_id: UUID
    """The service, profile or review."""
    subject_title: str
    """The service's title, or the name of the business that it shows or that the review is of."""
    state: PhotoState
    alt_text: str | None
    """What it shows, in the owner's words."""
    width: int | None
    """Pixels of the largest size; null without a picture."""
    height: int | None
    """Pixels of the largest size; null without a picture."""
    placeholder: str | None
    """A BlurHash, to show while it loads; null without a picture."""
    files: PhotoFiles | None
    """Where staff see it, for some minutes, also while it is hidden from all others; null without a picture."""
    review_note: PhotoReviewNote
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it was last changed."""


class ModeratedPhotoList(TypedDict):
    """The photos of a service or business."""

    items: list[ModeratedPhoto]
    """In their order."""


type ForbiddenText = str
"""A word, or words in a row, as staff write it."""


type ForbiddenNote = str
"""Why the word is on the list."""


class ForbiddenWord(TypedDict):
    """A word that staff do not want to read."""

    id: UUID
    """The word's id."""
    word: ForbiddenText
    note: ForbiddenNote | None
    """A note for other staff; null for none."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class ForbiddenWordPage(TypedDict):
    """A page of words."""

    items: list[ForbiddenWord]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type AuditEventName = str
"""What happened, `thing.what_happened_to_it`; an operation that leaves one names it in `x-audit`."""


type AuditSubjectType = str
"""What kind of thing it happened to."""


type RequestReference = str
"""The `Request-Id` of what did it; null in events that no single request did."""


class AuditSubject(TypedDict):
    """The account or object that the event is about."""

    type: AuditSubjectType
    id: UUID
    """The id of the account, the session or the other thing."""


type AuditValue = str
"""A value as text."""


class AuditDetail(TypedDict):
    """One more thing that is known of an event."""

    name: str
    """What is known."""
    values: list[AuditValue]
    """Its value, or its values."""


class AuditPersonal(TypedDict):
    """What of an event is personal. Erasure takes it away."""

    address: str
    """The network address that it came from; empty when it is not known."""
    user_agent: str
    """The program that it came from, in its own words."""
    details: list[AuditDetail]
    """What else is personal."""


class AuditEvent(TypedDict):
    """Something that happened. It never changes, but for its personal part, which can be erased."""

    id: UUID
    """The event's id."""
    occurred_at: datetime
    """When it happened."""
    event: AuditEventName
    actor_id: UUID | None
    """The account that did it; null when nobody was signed in."""
    subject: AuditSubject | None
    request_id: RequestReference | None
    details: list[AuditDetail]
    """What else is known, under pseudonyms."""
    personal: AuditPersonal | None
    position: int | None
    """Its place in the hash chain; null for the moment until it is sealed."""


class AuditIntegrity(TypedDict):
    """Whether the trail can be trusted."""

    state: AuditIntegrityState
    rejected: int
    """Events that stand in the trail and that the service has not written, up to a thousand."""
    breaks: int
    """Places at which the last walk found the trail changed, up to twenty."""
    verified_at: datetime | None
    """When the last walk over the whole trail began; null before the first."""


class AuditEventPage(TypedDict):
    """A page of the audit trail, and whether the trail can be trusted."""

    items: list[AuditEvent]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped
    integrity: AuditIntegrity


class Activity(TypedDict):
    """Something that the account did, or that was done to it."""

    id: UUID
    """The event's id."""
    occurred_at: datetime
    """When it happened."""
    event: AuditEventName
    by: ActivityBy
    job_id: UUID | None
    """The job for which an address was read (`job.address_read`); null for every other event."""
    device: str | None
    """The browser or program and its system; null for what somebody else did, and once it is deleted."""
    address: str | None
    """The network address; null for what somebody else did, and once it is deleted."""


class ActivityPage(TypedDict):
    """A page of the account's activity."""

    items: list[Activity]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Health(TypedDict):
    """The state of the service."""

    status: HealthStatus
    version: str
    """The release that answers."""


class UsageFigures(TypedDict):
    """Numbers of what happened."""

    accounts: int
    """Accounts that were registered."""
    listings: int
    """Services that were published on that day and are still to be found when it is counted."""
    inquiries: int
    """Inquiries that were sent."""
    quotes: int
    """Quotes that were sent."""
    jobs: int
    """Jobs that were agreed on, by accepting a quote."""
    reviews: int
    """Reviews that were written."""
    logins: int
    """Sign-ins that succeeded."""
    refused_logins: int
    """Sign-ins that were refused and are events of the audit trail, which keeps the first few of an hour."""
    errors: int
    """Errors that processes have logged."""


class UsageDay(TypedDict):
    """A day in UTC."""

    day_date: date
    """The day."""
    counted_at: datetime | None
    """When it was counted last; null when it has not been, and all its figures are 0."""
    figures: UsageFigures


class UsageFunnelStep(TypedDict):
    """A step on the way from an inquiry to a review."""

    step: UsageStep
    count: int
    """How often it happened."""
    per_previous: float | None
    """How often for each time of the step before; null for the first one, and where that one never happened."""


class UsageReport(TypedDict):
    """Figures of some days in a row."""

    from_date: date
    """The first day."""
    to_date: date
    """The last day."""
    days: list[UsageDay]
    """The days, the first one first."""
    totals: UsageFigures
    funnel: list[UsageFunnelStep]
    """The steps in their order."""


class LogEntry(TypedDict):
    """A warning or an error of a process."""

    id: UUID
    """The entry's id."""
    logged_at: datetime
    """When it was logged."""
    level: LogLevel
    program: str
    """Which program wrote it, `api` or `worker`."""
    logger: str
    """The part of the program that wrote it."""
    message: str
    """The message; for messages of libraries, only where they come from."""
    error: str | None
    """The types of the exception and of its causes, each with the places that it went through; null without one."""
    operation: str | None
    """The operation of the request; null outside of requests."""
    request_id: RequestReference | None


class LogEntryPage(TypedDict):
    """A page of the log."""

    items: list[LogEntry]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class DependencyHealth(TypedDict):
    """The state of a dependency, as the process that answers saw it last."""

    dependency: Dependency
    state: DependencyState
    latency_ms: int | None
    """Milliseconds that it took to answer; null where it did not."""
    changed_at: datetime
    """When the process that answers first saw this state, or began."""
    explanation: str | None
    """Why it is not `UP`, in words for staff."""


class DatabaseHealth(TypedDict):
    """The schema of the database."""

    revision: str | None
    """The migration that it stands at; null when it did not answer."""
    expected_revision: str | None
    """The migration that this release needs."""


class OutboxHealth(TypedDict):
    """What waits to be delivered."""

    messages: int
    """Messages that are due, will be, or are being delivered, up to ten thousand."""
    dead_letters: int
    """Messages that were given up, up to ten thousand."""
    delay_seconds: float
    """Time for which the message that is due longest has been due."""
    due_at: datetime | None
    """When that message was due; null when none is."""


class WorkerTaskHealth(TypedDict):
    """The last run of a task of the worker, whichever process did it; written down every quarter of a minute."""

    task: str
    """The task."""
    ran_at: datetime
    """When it ran last."""
    succeeded_at: datetime | None
    """When it last succeeded; null if it never has."""
    failing: bool
    """Whether its last run failed."""


class HealthDetails(TypedDict):
    """The state of the service and of each dependency; null stands for what could not be read in time."""

    status: HealthStatus
    version: str
    """The release that answers."""
    checked_at: datetime
    """When this was put together, a few seconds ago at most."""
    dependencies: list[DependencyHealth]
    """One of each."""
    database: DatabaseHealth
    outbox: OutboxHealth | None
    worker_tasks: list[WorkerTaskHealth]
    """What the worker did within the last week, by name."""
    passwords_waiting: int
    """Passwords that wait in the process that answers for a thread to be hashed in."""
    audit_chain: AuditIntegrity | None


class AuthSession(TypedDict):
    """Who is signed in, since when, and what they may do."""

    session: SessionSummary
    account: AccountSummary
    roles: list[RoleName]
    """The roles that the account holds, without the inherited ones."""
    permissions: list[PermissionName]
    """All permissions that follow from the roles, sorted."""


class ExportedAccount(TypedDict):
    """The account itself."""

    id: UUID
    """The account's id."""
    email: Email
    email_verified_at: datetime | None
    """When the e-mail address was verified; null before."""
    username: Username | None
    full_name: PersonName
    phone: PhoneNumber | None
    locale: Locale
    state: AccountState
    password_changed_at: datetime | None
    """When the password was set; null without one."""
    last_login_at: datetime | None
    """When somebody last signed in."""
    closed_at: datetime | None
    """When it was closed."""
    suspended_at: datetime | None
    """Since when it is suspended."""
    suspension_reason: SuspensionReason | None
    created_at: datetime
    """When the account was created."""
    updated_at: datetime
    """When it was last changed."""


class ExportedProperty(TypedDict):
    """A property."""

    id: UUID
    """The property's id."""
    label: PropertyLabel
    type: PropertyType
    address: Address
    coordinates: Coordinates | None
    """The exact location. Null means unknown."""
    coordinates_approximate: bool
    """Whether the coordinates are those of the postal code or the town, because their owner has given none. They follow the address until they are given."""
    size_m2: int | None
    """In square metres. Null means unknown."""
    year_built: int | None
    """Null means unknown."""
    notes: str | None
    """For the owner alone. Null means none."""
    state: PropertyState
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""
    archived_at: datetime | None
    """When it was deleted; it is kept for records."""


class ExportedProfile(TypedDict):
    """The business."""

    id: UUID
    """The profile's id."""
    slug: Slug
    business_name: BusinessName
    about: str | None
    """What homeowners should know."""
    phone: PhoneNumber | None
    """For customers."""
    website: WebAddress | None
    """For customers."""
    base_point: Coordinates | None
    """The point from which the business travels to its customers."""
    service_radius_km: int | None
    """How far the business travels, in kilometres."""
    licences: list[Licence]
    """The licences, in the order in which they were given."""
    state: ProfileState
    review_note: ReviewNote
    submitted_at: datetime | None
    """When it was last submitted for review."""
    approved_at: datetime | None
    """When it was approved."""
    concealed_at: datetime | None
    """Since when it is hidden because its account is closed."""
    created_at: datetime
    """When the profile was created."""
    updated_at: datetime
    """When it was last changed."""


class ExportedActivity(TypedDict):
    """Something that the account did, or that was done to it."""

    id: UUID
    """The event's id."""
    occurred_at: datetime
    """When it happened."""
    event: AuditEventName
    by: ActivityBy
    subject: AuditSubject | None
    request_id: RequestReference | None
    details: list[AuditDetail]
    """What else is known."""


class ExportedOrigin(TypedDict):
    """The origin and the personal details of an event of `activity`."""

    event_id: UUID
    """The event."""
    address: str | None
    """The network address; null for what somebody else did."""
    user_agent: str | None
    """The program, in its own words; null for what somebody else did."""
    details: list[AuditDetail]
    """What else is personal."""


class UserRoles(TypedDict):
    """The roles of an account."""

    user_id: UUID
    """The account."""
    roles: list[RoleGrant]
    """Those that it was given, by name."""


class ProviderProfile(TypedDict):
    """A business, as its provider sees it."""

    id: UUID
    """The profile's id."""
    slug: Slug
    business_name: BusinessName
    about: str | None
    """What homeowners should know."""
    phone: PhoneNumber | None
    """For customers."""
    website: WebAddress | None
    """For customers."""
    base_point: Coordinates | None
    """The point from which the business travels to its customers; never shown to others."""
    service_radius_km: int | None
    """How far the business travels, in kilometres."""
    licences: list[Licence]
    """The licences, in the order in which they were given."""
    state: ProfileState
    review_note: ReviewNote
    revision: Revision | None
    """What of it waits for its review, or was rejected; null when there is nothing."""
    created_at: datetime
    """When the profile was created."""
    updated_at: datetime
    """When it was last changed."""


type Pricing = PricingFixed | PricingHourly | PricingStartingAt | PricingPerUnit | PricingQuote
"""How a service is priced; `kind` tells which of them it is. Only `QUOTE` has no price."""


class CategorySummary(TypedDict):
    """A category in short."""

    id: UUID
    """The category's id."""
    slug: Slug
    name: CategoryName


class CategoryFacet(TypedDict):
    """A category, with all that is below it."""

    category: CategorySummary
    count: FacetCount


class ServiceFacets(TypedDict):
    """How many services each filter would leave."""

    corrected_query: str | None
    """The text that was counted instead of `q`, in which words that no listing has were corrected; null where `q` was counted as it is."""
    categories: list[CategoryFacet]
    """Categories directly below the chosen one, in the order to show."""
    pricing: list[PricingFacet]
    """Each kind of pricing."""
    prices: list[PriceFacet]
    """Bands of prices in the chosen currency, the lowest first; empty without `currency`."""
    ratings: list[RatingFacet]
    """From 4 down to 1."""


class ServiceSuggestions(TypedDict):
    """What somebody who has typed so far may look for; the best first."""

    categories: list[CategorySummary]
    """Categories whose name has the words."""
    services: list[SuggestedService]
    """Services, each title once."""
    providers: list[SuggestedProvider]
    """Businesses whose name has the words."""


class PublicPhoto(TypedDict):
    """A photo that everyone sees."""

    id: UUID
    """The photo's id."""
    alt_text: str | None
    """A description of the image for people who cannot see it; null if there is none."""
    width: int
    """Pixels of the largest size."""
    height: int
    """Pixels of the largest size."""
    placeholder: str
    """A BlurHash, to show while it loads."""
    files: PhotoFiles


class ProviderCard(TypedDict):
    """A business in a list."""

    id: UUID
    """The business's profile."""
    slug: Slug
    business_name: BusinessName
    excerpt: str | None
    """The beginning of the text of the business about itself."""
    base_town: Place | None
    """The town of its base, or the nearest one; null when none is within 50 km. Nothing more exact is public."""
    service_radius_km: int | None
    """How far the business travels, in kilometres."""
    distance_km: float | None
    """The distance from the requested point to the base of the business in kilometres, to a tenth; null without a point."""
    rating: Rating
    is_verified: bool
    """Whether it has a verified licence that is valid today."""
    photo: PublicPhoto | None
    """Its first photo that is `READY`; null if there is none."""
    member_since_date: date
    """The day on which the business joined."""
    published_at: datetime
    """When its page was first published."""


class ProviderCardPage(TypedDict):
    """A page of businesses."""

    items: list[ProviderCard]
    """The items of this page, at most `limit`."""
    corrected_query: str | None
    """
    The text that was searched for instead of `q`, in which words that no business has were corrected; null where `q` was searched for as it is. Offer
    `verbatim=true` beside it.
    """
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class AnswerText(TypedDict):
    """An answer in words."""

    kind: Literal["TEXT"]
    key: QuestionKey
    text: AnswerWords


class AnswerChoice(TypedDict):
    """An answer by one choice."""

    kind: Literal["CHOICE"]
    key: QuestionKey
    choice: QuestionKey


class AnswerMultiple(TypedDict):
    """An answer by some choices."""

    kind: Literal["MULTIPLE"]
    key: QuestionKey
    choices: list[QuestionKey]
    """The keys of the choices."""


class AnswerNumber(TypedDict):
    """An answer by a number."""

    kind: Literal["NUMBER"]
    key: QuestionKey
    number: float
    """The number."""


class AnswerDay(TypedDict):
    """An answer by a day."""

    kind: Literal["DATE"]
    key: QuestionKey
    answer_date: date
    """The day."""


class AnswerBoolean(TypedDict):
    """An answer by yes or no."""

    kind: Literal["BOOLEAN"]
    key: QuestionKey
    boolean: bool
    """Whether it is so."""


type InquiryTiming = TimingFlexible | TimingDates | TimingWindow
"""When the work is wanted."""


class InquiryRecipient(TypedDict):
    """A provider who was asked."""

    id: UUID
    """The id of the recipient of this inquiry."""
    provider: InquiryProvider | None
    """The business; null when it is not there any more."""
    service: InquiryService | None
    """The service by which it was chosen; null when there was none, or it is gone."""
    state: RecipientState
    sent_at: datetime
    """When it was sent to them."""
    viewed_at: datetime | None
    """When they read it first; null if they have not."""
    answered_at: datetime | None
    """When they answered; null if they have not."""
    decline_reason: RecipientDeclineReason | None
    """Why it was declined."""
    note: InquiryNote | None
    """What the provider wrote when they declined."""
    lost_reason: RecipientLostReason | None
    """Why it is lost."""
    unread_messages: UnreadMessages


class AttachedPhoto(TypedDict):
    """A photo of a message, in its sizes."""

    state: PhotoState
    fault: PhotoFault | None
    """Why it was rejected; null unless it was."""
    width: int | None
    """Pixels of the largest size; null until it is ready."""
    height: int | None
    """Pixels of the largest size; null until it is ready."""
    placeholder: str | None
    """A BlurHash, to show while it loads; null until it is ready."""
    files: PhotoFiles | None
    """The URLs of the photo in its sizes, for this caller and for some minutes; null until it is `READY`."""


class NotificationsOpened(TypedDict):
    """The first event of a stream."""

    event: Literal["OPENED"]
    """The kind of the event."""
    last_number: LastNumber
    unread_count: UnreadCount


class NotificationsReset(TypedDict):
    """What came between the `Last-Event-ID` and `last_number` does not follow; list the notifications anew."""

    event: Literal["RESET"]
    """The kind of the event."""
    last_number: LastNumber
    unread_count: UnreadCount


class ReceivedInquirySummary(TypedDict):
    """An inquiry in its recipient's inbox, without details and answers."""

    id: UUID
    """The inquiry's id."""
    state: RecipientState
    inquiry_state: InquiryState
    possible: PossibleSteps
    category: CategorySummary
    service: InquiryService | None
    """The service by which the recipient was chosen; null when there was none, or it is gone."""
    title: InquiryTitle
    timing: InquiryTiming
    budget: Money | None
    """The most that the work may cost; null for none said."""
    property: ReceivedProperty | None
    """What the recipient may know of the property; null if it does not exist any more."""
    homeowner: ReceivedHomeowner
    others_asked: int
    """How many other providers were asked."""
    created_at: datetime
    """When the inquiry was made; its age."""
    sent_at: datetime
    """When it was sent to them."""
    viewed_at: datetime | None
    """When they read it first; null if they have not."""
    answered_at: datetime | None
    """When they answered; null if they have not."""
    decline_reason: RecipientDeclineReason | None
    """Why it was declined."""
    lost_reason: RecipientLostReason | None
    """Why it is lost."""
    expires_at: datetime
    """When it expires, unless it has ended before."""
    unread_messages: UnreadMessages


class ReceivedInquiryPage(TypedDict):
    """A page of an inbox."""

    items: list[ReceivedInquirySummary]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type QuoteDiscount = DiscountPercent | DiscountAmount
"""A discount on the whole."""


class Quote(TypedDict):
    """A quote, with its totals."""

    id: UUID
    """The quote's id."""
    inquiry_id: UUID
    """The inquiry."""
    recipient_id: UUID
    """The recipient of the inquiry whose quote it is; messages and visits are below it."""
    provider: InquiryProvider | None
    """The business; null when it is not there any more."""
    number: int
    """Which quote of this provider for this inquiry it is; those of deleted drafts are not used again while a later one is there."""
    state: QuoteState
    possible: PossibleSteps
    currency: CurrencyCode
    lines: list[QuoteLine]
    """The lines of the quote, in the order to show them; none when a party's account was erased."""
    discount: QuoteDiscount | None
    """The discount on the whole; null for none."""
    subtotal_minor: int
    """The sum of the lines."""
    discount_minor: int
    """The amount of the discount on the whole."""
    net_minor: int
    """The sum without tax."""
    taxes: list[QuoteTax]
    """The tax of each rate, the lowest rate first."""
    tax_minor: int
    """The sum of the taxes."""
    gross_minor: int
    """The amount to pay, taxes included."""
    valid_days: int
    """For how many days it is valid once it is sent."""
    terms: QuoteTerms | None
    """Further terms; null for none."""
    revises_id: UUID | None
    """The quote that this one replaced when it was sent."""
    superseded_by_id: UUID | None
    """The quote that replaced this one."""
    sent_at: datetime | None
    """When it was sent; null while it is a draft."""
    expires_at: datetime | None
    """Until when it can be accepted; null while it is a draft. It ends with its inquiry at the latest."""
    closed_at: datetime | None
    """When it was decided or withdrawn, or expired; null before."""
    decline_reason: QuoteDeclineReason | None
    """Why the homeowner declined it."""
    note: InquiryNote | None
    """What the homeowner wrote when they declined."""
    end_reason: QuoteEndReason | None
    """Why it ended together with something else; null otherwise."""
    created_at: datetime
    """When it was begun."""
    updated_at: datetime
    """When it last changed."""


class ReceivedPhotoList(TypedDict):
    """Photos of an inquiry, as those see them who were asked."""

    items: list[PublicPhoto]
    """In their order."""


class Visit(TypedDict):
    """A visit, as a side of its thread sees it. Where it is, is what the inquiry shows of its home."""

    id: UUID
    """The visit's id."""
    inquiry_id: UUID
    """The inquiry that it is about."""
    recipient_id: UUID
    """The recipient of the inquiry in whose thread it is."""
    side: ThreadSide
    category: CategorySummary
    provider: InquiryProvider | None
    """The business; null when it is not there any more."""
    state: VisitState
    possible: PossibleSteps
    starts_at: datetime
    """When it begins."""
    ends_at: datetime
    """When it ends."""
    cancelled_by: ThreadSide | None
    """The side that cancelled it, or ended what it was for; null if neither has, for example if the inquiry expired."""
    end_reason: VisitEndReason | None
    """The event that cancelled it; null if it was not cancelled, or by a side itself."""
    created_at: datetime
    """When it was asked for."""
    updated_at: datetime
    """When it last changed."""


class VisitPage(TypedDict):
    """A page of visits."""

    items: list[Visit]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Job(TypedDict):
    """A job, as a party sees it."""

    id: UUID
    """The job's id."""
    side: JobSide
    state: JobState
    possible: list[PossibleItem]
    """
    The operations that the state leaves to the caller's side, by their `operationId`: the buttons to show. `acceptJobSchedule` and `declineJobSchedule` are among
    them while there is a proposal to answer. A step may still be refused for what happens meanwhile.
    """
    inquiry_id: UUID
    """The inquiry that it came from."""
    recipient_id: UUID
    """The recipient of the inquiry whose quote was accepted; messages and visits are below it."""
    quote_id: UUID
    """The quote that was accepted."""
    category: CategorySummary
    title: InquiryTitle
    price: Money
    provider: InquiryProvider | None
    """The business; null when it is not there any more."""
    property: InquiryProperty | None
    """The home, for its owner; null for the provider, and when it is not there any more."""
    starts_at: datetime | None
    """When it was agreed to begin; null while no time is."""
    ends_at: datetime | None
    """When it was agreed to end."""
    proposal: JobProposal | None
    """A time that waits for the answer of a party."""
    started_at: datetime | None
    """When the work began."""
    delivered_at: datetime | None
    """When it was last delivered."""
    completes_at: datetime | None
    """When it is completed by itself; null unless it is `DELIVERED`."""
    changes: JobChanges | None
    """What was last asked to be changed."""
    completed_by: JobActor | None
    """Who completed it."""
    cancellation: JobCancellation | None
    """How it was cancelled."""
    dispute: JobDispute | None
    """The dispute about it."""
    ended_at: datetime | None
    """When it was completed or cancelled."""
    address_ends_at: AddressEnd
    created_at: datetime
    """When the quote was accepted."""
    updated_at: datetime
    """When it last changed."""


class JobPage(TypedDict):
    """A page of jobs."""

    items: list[Job]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class JobAddress(TypedDict):
    """The address and the contact of a job."""

    address: Address
    coordinates: Coordinates | None
    """The point, if it is known."""
    coordinates_approximate: bool
    """Whether they are those of the postal code or town."""
    full_name: PersonName
    phone: PhoneNumber | None
    """The phone number of the homeowner, if they have given one."""
    ends_at: AddressEnd


class DisputedJob(TypedDict):
    """A job with a dispute, as staff see it."""

    id: UUID
    """The job's id."""
    state: JobState
    category: CategorySummary
    title: InquiryTitle
    price: Money
    homeowner_id: UUID
    """The account of the homeowner."""
    provider_id: UUID
    """The account of the provider."""
    provider: InquiryProvider | None
    """The business; null when it is not there any more."""
    starts_at: datetime | None
    """When it was agreed to begin."""
    ends_at: datetime | None
    """When it was agreed to end."""
    started_at: datetime | None
    """When the work began."""
    delivered_at: datetime | None
    """When it was last delivered."""
    changes: JobChanges | None
    """What was last asked to be changed."""
    dispute: JobDispute
    ended_at: datetime | None
    """When it was completed or cancelled."""
    created_at: datetime
    """When the quote was accepted."""
    updated_at: datetime
    """When it last changed."""


class DisputedJobPage(TypedDict):
    """A page of disputes."""

    items: list[DisputedJob]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type Question = QuestionText | QuestionChoice | QuestionMultiple | QuestionNumber | QuestionDate | QuestionBoolean
"""A question; `kind` tells how it is answered."""


class CategoryQuestions(TypedDict):
    """A version of a category's questions."""

    category: CategorySummary
    version: int
    """The version of the questions; 0 before there were any."""
    created_at: datetime | None
    """When this version was made; null for version 0."""
    questions: list[Question]
    """The questions, in the order to ask them."""


class ManagedCategoryQuestions(TypedDict):
    """The present version of a category's questions."""

    category_id: UUID
    """The category."""
    version: int
    """The version of the questions; 0 before there were any."""
    created_at: datetime | None
    """When this version was made; null for version 0."""
    questions: list[Question]
    """The questions, in the order to ask them."""


class ExportedService(TypedDict):
    """A service, as its provider sees it."""

    id: UUID
    """The service's id."""
    category_id: UUID
    """The id of its category, as in `GET /categories`."""
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """The usual duration in minutes; null if unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    state: ServiceState
    has_pending_changes: bool
    """Whether an edit waits for review."""
    review_note: ReviewNote
    submitted_at: datetime | None
    """When it was last submitted for review."""
    published_at: datetime | None
    """When it was first published."""
    archived_at: datetime | None
    """When it was deleted; it is kept for records."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class ExportedListing(TypedDict):
    """What others see of a service, or last saw of it."""

    service_id: UUID
    """The service."""
    profile_id: UUID
    """The business that offers it."""
    category_id: UUID
    """The id of its category, as in `GET /categories`."""
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """The usual duration in minutes; null if unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    live: bool
    """Whether others see it."""
    published_at: datetime
    """When it was first published."""
    created_at: datetime
    """When the service was added."""
    updated_at: datetime
    """When what others see was last changed."""


class Service(TypedDict):
    """A service, as its provider sees it. Other people see it published only, with `review_note` and `revision` null and `has_pending_changes` false."""

    id: UUID
    """The service's id."""
    provider: ProviderSummary | None
    """Who offers it; null while its provider has no profile."""
    category: CategorySummary
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """The usual duration in minutes; null if unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    state: ServiceState
    review_note: ReviewNote
    has_pending_changes: bool
    """Whether others see an earlier text, because an edit waits for its review or was rejected (`revision` tells which)."""
    revision: Revision | None
    """What of it waits for its review, or was rejected; null when there is nothing."""
    published_at: datetime | None
    """When it was first published; null before."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class ServicePage(TypedDict):
    """A page of services."""

    items: list[Service]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class CatalogueService(TypedDict):
    """A published service, as everyone sees it."""

    id: UUID
    """The service's id."""
    provider: ProviderSummary
    provider_rating: float | None
    """The mean of its provider's reviews, from 1 to 5, to a tenth; `min_rating` filters by it. Null without reviews."""
    provider_review_count: int
    """The number of reviews in the mean, at most one by each homeowner."""
    provider_town: str | None
    """The town of the provider's base, or the nearest one; null when none is within 50 km."""
    provider_town_coordinates: Coordinates | None
    """The coordinates of `provider_town`, for a map; nothing more exact is public. Null without a town."""
    provider_verified: bool
    """Whether its provider has a verified licence that is valid today; `verified` filters by it."""
    category: CategorySummary
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """The usual duration in minutes; null if unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    distance_km: float | None
    """The distance from the requested point to the provider's base in kilometres, to a tenth; null without a point."""
    photo: PublicPhoto | None
    """Its first photo that is `READY`; null if there is none."""
    published_at: datetime
    """When it was first published."""
    updated_at: datetime
    """When it was last changed."""


class PublicService(TypedDict):
    """A published service by itself, with all its photos."""

    id: UUID
    """The service's id."""
    provider: ProviderSummary
    provider_rating: float | None
    """The mean of its provider's reviews, from 1 to 5, to a tenth; `min_rating` filters by it. Null without reviews."""
    provider_review_count: int
    """The number of reviews in the mean, at most one by each homeowner."""
    provider_town: str | None
    """The town of the provider's base, or the nearest one; null when none is within 50 km."""
    provider_town_coordinates: Coordinates | None
    """The coordinates of `provider_town`, for a map; nothing more exact is public. Null without a town."""
    provider_verified: bool
    """Whether its provider has a verified licence that is valid today; `verified` filters by it."""
    category: CategorySummary
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """The usual duration in minutes; null if unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    distance_km: float | None
    """The distance from the requested point to the provider's base in kilometres, to a tenth; null without a point."""
    photo: PublicPhoto | None
    """Its first photo that is `READY`; null if there is none."""
    photos: list[PublicPhoto]
    """Its photos that are `READY`, in order."""
    published_at: datetime
    """When it was first published."""
    updated_at: datetime
    """When it was last changed."""


class CatalogueServicePage(TypedDict):
    """A page of published services."""

    items: list[CatalogueService]
    """The items of this page, at most `limit`."""
    corrected_query: str | None
    """
    The text that was searched for instead of `q`, in which words that no listing has were corrected; null where `q` was searched for as it is. Offer
    `verbatim=true` beside it.
    """
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Favourite(TypedDict):
    """A favourite, as the catalogue shows it now."""

    kind: FavouriteKind
    id: UUID
    """The service's id, or the id of the business's profile."""
    kept_at: datetime
    """When it was added."""
    available: bool
    """Whether the catalogue shows it now."""
    service: CatalogueService | None
    """The service as anyone finds it; null unless it is one and available."""
    provider: ProviderSummary | None
    """The business as anyone finds it; null unless it is one and available."""


class FavouritePage(TypedDict):
    """A page of the caller's favourites."""

    items: list[Favourite]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class JobReviews(TypedDict):
    """The reviews of a job."""

    closes_at: datetime | None
    """Until when a party may write one; null while the job is not completed."""
    photos: list[PublicPhoto]
    """
    Photos of the homeowner's review that are ready, in their order: for its author at any time, for the provider once it is published. Their addresses are the caller's own and good for
    some minutes.
    """
    items: list[Review]
    """One's own, and the other party's once it is published."""


class PublicReview(TypedDict):
    """A published review of a business, without its author."""

    id: UUID
    """The review's id."""
    rating: int
    """The overall rating, from 1 (bad) to 5 (very good)."""
    punctuality: int | None
    """The punctuality; null if it was not rated."""
    quality: int | None
    """The quality of the work; null if it was not rated."""
    value: int | None
    """The value for the money; null if it was not rated."""
    text: str
    """What happened, in the words of its author."""
    photos: list[PublicPhoto]
    """The photos of the review, in order."""
    category: CategorySummary
    reply: ReviewReply | None
    """The reply of the other party; null if there is none."""
    edited: bool
    """Whether it was changed after it was published."""
    published_at: datetime
    """When it was published."""


class PublicReviewPage(TypedDict):
    """A page of reviews of a business."""

    items: list[PublicReview]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ModeratedReview(TypedDict):
    """A review, as staff see it."""

    id: UUID
    """The review's id."""
    job_id: UUID
    """The job."""
    by: JobSide
    author_id: UUID
    """The account that wrote it."""
    subject_id: UUID
    """The account that is reviewed."""
    rating: int
    """The overall rating, from 1 (bad) to 5 (very good)."""
    punctuality: int | None
    """The punctuality; null if it was not rated."""
    quality: int | None
    """The quality of the work; null if it was not rated."""
    value: int | None
    """The value for the money; null if it was not rated."""
    text: str
    """What happened, in the words of its author."""
    photos: list[PublicPhoto]
    """The photos of the review, in order; their URLs expire after some minutes."""
    state: ReviewState
    reply: ReviewReply | None
    """The reply of the other party; null if there is none."""
    statement: str | None
    """Why staff have hidden it; null where they have not."""
    edited: bool
    """Whether it was changed after it was published."""
    created_at: datetime
    """When it was written."""
    updated_at: datetime
    """When it last changed."""
    published_at: datetime | None
    """When it was published; null before."""
    hidden_at: datetime | None
    """When staff have hidden it; null while it is not."""


class ModeratedReviewPage(TypedDict):
    """A page of reviews, for staff."""

    items: list[ModeratedReview]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ProviderServiceGroup(TypedDict):
    """The services of a business in one category."""

    category: CategorySummary
    services_count: int
    """How many there are in the category."""
    items: list[CatalogueService]
    """The newest three of them."""


class OfferedServicePage(TypedDict):
    """A page of what a business offers."""

    items: list[CatalogueService]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class PublicProvider(TypedDict):
    """A business, as everyone sees it."""

    id: UUID
    """The business's profile."""
    slug: Slug
    business_name: BusinessName
    about: str | None
    """The text of the business about itself."""
    website: WebAddress | None
    """The business's own pages."""
    base_town: Place | None
    """The town of its base, or the nearest one; null when none is within 50 km. Nothing more exact is public."""
    service_radius_km: int | None
    """How far the business travels, in kilometres."""
    rating: Rating
    is_verified: bool
    """Whether it has a verified licence that is valid today."""
    licences: list[VerifiedLicence]
    """Its verified licences and insurances; unverified ones are not shown."""
    photos: list[PublicPhoto]
    """Its photos, in its order."""
    response_minutes: int | None
    """How long it took in the mean to answer inquiries of the last 90 days, of those that were answered before today (UTC). It is counted anew each midnight, and null below three answers."""
    services_count: int
    """How many services it has published."""
    services: list[ProviderServiceGroup]
    """Its services, grouped by category and sorted by the category's name."""
    member_since_date: date
    """The day on which the business joined."""
    published_at: datetime
    """When its page was first published."""


type InquiryAnswer = AnswerText | AnswerChoice | AnswerMultiple | AnswerNumber | AnswerDay | AnswerBoolean
"""An answer; `kind` is that of its question."""


class Inquiry(TypedDict):
    """An inquiry of one's own."""

    id: UUID
    """The inquiry's id."""
    property: InquiryProperty | None
    """The property; null when it is not there any more."""
    category: CategorySummary
    title: InquiryTitle
    details: InquiryDetails
    questions_version: int
    """The version of the category's questions that was answered."""
    answers: list[InquiryAnswer]
    """The answers to the category's questions, each question once at the most."""
    timing: InquiryTiming
    budget: Money | None
    """The most that the work may cost; null for none said."""
    state: InquiryState
    possible: PossibleSteps
    recipients: list[InquiryRecipient]
    """Who was asked, in the order in which they were."""
    expires_at: datetime
    """When it expires, unless it has ended before."""
    closed_at: datetime | None
    """When it ended; null while it is open."""
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it or a recipient last changed."""


class InquiryPage(TypedDict):
    """A page of one's own inquiries."""

    items: list[Inquiry]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class ExportedInquiry(TypedDict):
    """An inquiry of the person."""

    id: UUID
    """The inquiry's id."""
    property_id: UUID | None
    """The property; null when it is not there any more."""
    category_id: UUID
    """The category of the work."""
    title: InquiryTitle
    details: InquiryDetails
    questions_version: int
    """The version of the category's questions that was answered."""
    answers: list[InquiryAnswer]
    """The answers to the category's questions, each question once at the most."""
    timing: ExportedTiming
    budget: Money | None
    """The most that the work may cost; null for none said."""
    state: InquiryState
    expires_at: datetime
    """When it expires, unless it has ended before."""
    reminded_at: datetime | None
    """When the person was reminded that it expires soon."""
    closed_at: datetime | None
    """When it ended; null while it is open."""
    created_at: datetime
    """When it was sent."""
    updated_at: datetime
    """When it or a recipient last changed."""


class MessageAttachment(TypedDict):
    """A photo or a document that goes with a message."""

    id: UUID
    """The attachment's id."""
    kind: MessageAttachmentKind
    name: str | None
    """The name or description that the sender gave it, with a star for each masked character."""
    size_bytes: int
    """The size of the uploaded file in bytes."""
    photo: AttachedPhoto | None
    """The photo in its sizes; null for a document."""


class MessageAttachmentList(TypedDict):
    """Photos and documents that wait for a message."""

    items: list[MessageAttachment]
    """The newest first."""


type NotificationEvent = NotificationsOpened | NotificationArrived | NotificationsReset
"""The `data` of an event of the stream; `event` tells the kinds apart."""


class ReceivedInquiry(TypedDict):
    """An inquiry as its recipient sees it."""

    id: UUID
    """The inquiry's id."""
    state: RecipientState
    inquiry_state: InquiryState
    possible: PossibleSteps
    category: CategorySummary
    service: InquiryService | None
    """The service by which the recipient was chosen; null when there was none, or it is gone."""
    title: InquiryTitle
    details: InquiryDetails
    questions_version: int
    """The version of the category's questions that was answered."""
    answers: list[InquiryAnswer]
    """The answers to the category's questions, each question once at the most."""
    timing: InquiryTiming
    budget: Money | None
    """The most that the work may cost; null for none said."""
    property: ReceivedProperty | None
    """What the recipient may know of the property; null if it does not exist any more."""
    homeowner: ReceivedHomeowner
    others_asked: int
    """How many other providers were asked."""
    created_at: datetime
    """When the inquiry was made; its age."""
    sent_at: datetime
    """When it was sent to them."""
    viewed_at: datetime | None
    """When they read it first; null if they have not."""
    answered_at: datetime | None
    """When they answered; null if they have not."""
    decline_reason: RecipientDeclineReason | None
    """Why it was declined."""
    note: InquiryNote | None
    """What the provider wrote when they declined."""
    lost_reason: RecipientLostReason | None
    """Why it is lost."""
    expires_at: datetime
    """When it expires, unless it has ended before."""
    unread_messages: UnreadMessages


class ReportedMessage(TypedDict):
    """A message that was reported, as staff see it."""

    id: UUID
    """The message's id."""
    sender: ThreadSide
    text: MessageText | None
    """The text, with contact details masked; null if its sender's account was erased."""
    masked: list[ContactKind]
    """The kinds of contact details that were masked."""
    removed: MessageRemoval | None
    """Why it is hidden from both sides; null while they can read it."""
    attachments: list[MessageAttachment]
    """What goes with it, in the sender's order; staff see photos at addresses of their own."""
    sent_at: datetime
    """When it was sent."""


class DataExport(TypedDict):
    """All personal data stored about the caller."""

    format_version: int
    """Rises when what a section means changes; sections may be added."""
    exported_at: datetime
    """The time of the snapshot."""
    truncated: list[ExportedSection]
    """The sections that were cut off."""
    account: ExportedAccount
    roles: list[ExportedRole]
    """The account's roles."""
    sessions: list[ExportedSession]
    """Sign-ins, those that have ended included, as long as they are kept."""
    session_refreshes: list[ExportedRefresh]
    """The refreshes of the sessions."""
    identities: list[ExportedIdentity]
    """The identity providers by which the account signs in."""
    identity_links_under_way: list[ExportedIdentityLink]
    """Those that were to be linked, for some days."""
    sign_in_codes: list[ExportedSignInCode]
    """Sign-ins and links by identity providers, for some days."""
    authenticator: ExportedAuthenticator | None
    recovery_codes_left: int
    """The number of unused recovery codes."""
    mfa_challenges: list[ExportedMfaChallenge]
    """Sign-ins that wait for the second factor."""
    email_changes: list[ExportedEmailChange]
    """Changes of the e-mail address."""
    mailed_links: list[ExportedMailedLink]
    """Links that were mailed."""
    mails: list[ExportedMail]
    """Mails that were sent."""
    properties: list[ExportedProperty]
    """The homeowner's properties."""
    provider_profile: ExportedProfile | None
    services: list[ExportedService]
    """The provider's services."""
    listings: list[ExportedListing]
    """What others see of the services."""
    photos: list[ExportedPhoto]
    """The photos that the person has added, without the pictures, which their addresses give."""
    favourites: list[ExportedFavourite]
    """The favourites of the person."""
    saved_searches: list[ExportedSavedSearch]
    """The searches that the person has saved."""
    inquiries: list[ExportedInquiry]
    """The inquiries that the person has sent."""
    webhook_endpoints: list[ExportedWebhookEndpoint]
    """The person's webhook endpoints, without their secrets."""
    webhook_deliveries: list[ExportedWebhookDelivery]
    """What was sent to these endpoints in the last 30 days."""
    inquiry_recipients: list[ExportedRecipient]
    """Who was asked by them, without names, and what came to the person from others, without their words."""
    quotes: list[ExportedQuote]
    """The quotes that the person has written, drafts included, and those that came to the person."""
    jobs: list[ExportedJob]
    """The jobs of the person, as a homeowner and as a provider, without the words of the other party."""
    visits: list[ExportedVisit]
    """The visits of the person, as a homeowner and as a provider."""
    inquiry_messages: list[ExportedInquiryMessage]
    """What the person has written to the other side of an inquiry."""
    message_attachments: list[ExportedMessageAttachment]
    """The photos and documents that the person has sent for messages."""
    blocks: list[ExportedBlock]
    """Whom the person has blocked."""
    notifications: list[ExportedNotification]
    """What has happened, the newest first."""
    notification_preferences: ExportedNotificationPreferences | None
    """The person's notification preferences; null while they have not set any."""
    verifications: list[Verification]
    """Licences and insurances that the person has sent in; the documents are behind `GET /service-providers/verifications/{verification_id}/document`."""
    reviews: list[ExportedReview]
    """What the person has written about others, and what was published about them."""
    reports: list[Report]
    """What the person has reported to staff."""
    availability: Availability | None
    """When the person works; null if they have not set it."""
    calendar_feed: ExportedCalendarFeed | None
    """The calendar feed of the person; null if there is none."""
    submissions: list[ExportedSubmission]
    """What was submitted for review, and what became of it."""
    activity: list[ExportedActivity]
    """What the account did, and what was done to it."""
    activity_origins: list[ExportedOrigin]
    """Where that came from."""
    idempotency_keys: list[ExportedIdempotencyKey]
    """Keys of the last 24 hours."""
    messages: list[ExportedMessage]
    """Messages of the outbox that concern the account."""


class InquiryMessage(TypedDict):
    """A message in the thread of a recipient."""

    id: UUID
    """The message's id."""
    sender: ThreadSide
    text: MessageText | None
    """The text, with a star for each masked character; null if it was removed."""
    masked: list[ContactKind]
    """The kinds of contact details that were masked."""
    removed: MessageRemoval | None
    """Why the text is not there; null while it is."""
    attachments: list[MessageAttachment]
    """What goes with it, in the sender's order; none where the text was removed."""
    read: bool
    """Whether the other side has marked it as read."""
    sent_at: datetime
    """When it was sent."""


class InquiryMessagePage(TypedDict):
    """A page of a thread."""

    items: list[InquiryMessage]
    """The items of this page, at most `limit`."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped
