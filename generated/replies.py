# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""What replies hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from generated.models import (
    AccountState,
    ActivityBy,
    CountryCode,
    CurrencyCode,
    HealthStatus,
    ProfileState,
    PropertyState,
    PropertyType,
    ServiceState,
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


type Slug = str
"""A name for addresses, lower case with hyphens."""


type WebAddress = str
"""An address on the web, with http or https."""


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
    """The request was taken; what comes of it arrives by mail."""

    message: str
    """A sentence to show. It is the same whatever the address is."""


class TokenPair(TypedDict):
    """What a session lives on."""

    access_token: str
    """For the `Authorization` header, after `Bearer`. A JWT; treat it as opaque."""
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str
    """For `POST /auth/refresh`, once. Keep it where scripts of other sites cannot read it."""
    refresh_expires_at: datetime
    """When the session ends for good; refreshing does not move it."""
    session_id: UUID
    """The session."""
    device_token: str | None
    """Given by a login; keep it on this device, per account, and send it with the next login. Null from a refresh."""


class SessionSummary(TypedDict):
    """One sign-in on one device."""

    id: UUID
    """The session."""
    provider: str
    """How the sign-in was done; `local` with a password, else the identity provider's name."""
    created_at: datetime
    """When the sign-in was."""
    expires_at: datetime
    """When the session ends for good."""


class AccountSummary(TypedDict):
    """An account in short."""

    id: UUID
    """The account."""
    email: Email
    username: Username | None
    full_name: PersonName
    locale: Locale
    state: AccountState
    email_verified: bool
    """Whether the address was proved to be the account's."""


class Mfa(TypedDict):
    """The state of the second factor."""

    enrolled_at: datetime | None
    """Since when it is switched on; null while it is not."""
    recovery_codes_left: int
    """Recovery codes that were not used yet."""
    required: bool
    """Whether a role of the account requires it."""


class TotpEnrolment(TypedDict):
    """What an authenticator app takes."""

    secret: str
    """The secret in base 32, for those who cannot scan a code."""
    otpauth_uri: str
    """The same for a QR code, with the account's address as its label."""
    expires_at: datetime
    """Until when it can be confirmed."""


type RecoveryCode = str


class RecoveryCodeSet(TypedDict):
    """Each signs in once without the authenticator app."""

    recovery_codes: list[RecoveryCode]
    """To be kept where the telephone is not."""


type ProviderName = str
"""An identity provider's name, as it stands in paths and tokens."""


class IdentityProvider(TypedDict):
    """An identity provider."""

    name: ProviderName
    display_name: str
    """For the button."""


class IdentityProviderList(TypedDict):
    """All identity providers."""

    items: list[IdentityProvider]


class SignInBegin(TypedDict):
    """A sign-in that waits for its browser."""

    start_url: str
    """Send the browser here."""
    expires_at: datetime
    """Until when."""


class OAuthTokens(TypedDict):
    """Tokens as RFC 6749, section 5.1, has them."""

    access_token: str
    """For the `Authorization` header, after `Bearer`."""
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds until the access token expires."""
    refresh_token: str
    """For the next pair, once."""


class Identity(TypedDict):
    """An identity provider's word that opens this account."""

    id: UUID
    provider: ProviderName
    display_name: str
    """The provider's, to show; its name when it is not offered any more."""
    email: str | None
    """The address that the provider knows the person by; it need not be the account's."""
    created_at: datetime
    last_used_at: datetime | None
    """When it was last signed in with."""


class IdentityList(TypedDict):
    """All identities of an account."""

    items: list[Identity]


class Account(TypedDict):
    """An account, as its owner sees it."""

    id: UUID
    """The account."""
    email: Email
    username: Username | None
    full_name: PersonName
    phone: PhoneNumber | None
    locale: Locale
    state: AccountState
    email_verified: bool
    """Whether the address was proved to be the account's."""
    roles: list[RoleName]
    """The roles that the account holds, without the inherited ones."""
    created_at: datetime
    """When the account was made."""
    updated_at: datetime
    """When it was last changed."""


class OwnSession(TypedDict):
    """One sign-in of the account on one device."""

    id: UUID
    """The session."""
    device: str
    """The browser or program and what it runs on, in plain words, as far as it told."""
    provider: str
    """How the sign-in was done; `local` with a password, else the identity provider's name."""
    address: str
    """The network address that the sign-in came from."""
    created_at: datetime
    """When the sign-in was."""
    last_seen_at: datetime
    """When it was last used, to the minute."""
    expires_at: datetime
    """When the session ends for good."""
    current: bool
    """Whether it is the session that asks."""


class OwnSessionPage(TypedDict):
    """A page of live sessions."""

    items: list[OwnSession]
    """At most `limit` of them."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


type SuspensionReason = str
"""For staff, on one line."""


class Suspension(TypedDict):
    """Why and since when an account is suspended."""

    reason: SuspensionReason
    suspended_at: datetime
    """Since when."""


class User(TypedDict):
    """An account, as staff see it."""

    id: UUID
    """The account."""
    email: Email
    username: Username | None
    full_name: PersonName
    phone: PhoneNumber | None
    locale: Locale
    state: AccountState
    email_verified: bool
    """Whether the address was proved to be the account's."""
    has_password: bool
    """Whether its owner has chosen a password; not yet when they were invited, perhaps never with an identity provider."""
    roles: list[RoleName]
    """The roles that the account holds, without the inherited ones."""
    last_login_at: datetime | None
    """When its owner last signed in; null when never."""
    suspension: Suspension | None
    """Null unless the account is `SUSPENDED`."""
    created_at: datetime
    """When the account was made."""
    updated_at: datetime
    """When it was last changed."""


class UserPage(TypedDict):
    """A page of accounts."""

    items: list[User]
    """At most `limit` of them."""
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
    """The role."""
    name: RoleName
    description: str
    """What the role is for."""
    built_in: bool
    """Whether it belongs to the service, which nobody changes or deletes."""
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
    """At most `limit` of them."""
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
    """The property."""
    label: PropertyLabel
    type: PropertyType
    address: Address
    coordinates: Coordinates | None
    """Where exactly, for searches nearby; others only ever see a coarse area. Null means unknown."""
    size_m2: int | None
    """The living area in square metres; for land, its area. Null means unknown."""
    year_built: int | None
    """Null means unknown."""
    notes: str | None
    """For the owner alone. Null means none."""
    state: PropertyState
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class PropertyPage(TypedDict):
    """A page of properties."""

    items: list[Property]
    """At most `limit` of them."""
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
    """How far the business goes."""


type ServiceTitle = str
"""What is offered, in a few words; one line, without spaces around it."""


type ServiceDescription = str
"""What is offered, in full. Plain text; line breaks count."""


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


class PricingPerUnit(TypedDict):
    """A price for each unit."""

    kind: Literal["PER_UNIT"]
    price: Money
    unit: str
    """What is counted, in the singular; `window`, `m2`."""


class PricingQuote(TypedDict):
    """The price is told when asked for."""

    kind: Literal["QUOTE"]


type CategoryName = str
"""The name to show."""


class CategoryNode(TypedDict):
    """A category with what lies below it."""

    id: UUID
    """The category."""
    slug: Slug
    name: CategoryName
    children: list[CategoryNode]
    """What lies below it, in the order to show; empty for a leaf."""


class CategoryTree(TypedDict):
    """All categories."""

    items: list[CategoryNode]
    """The groups at the top, in the order to show."""


type AuditEventName = str
"""What happened, `thing.what_happened_to_it`; an operation that leaves one names it in `x-audit`."""


type AuditSubjectType = str
"""What kind of thing it happened to."""


type RequestReference = str
"""The `Request-Id` of what did it; null in events that no single request did."""


class AuditSubject(TypedDict):
    """To whom or to what something happened."""

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
    """The event."""
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


class AuditEventPage(TypedDict):
    """A page of the audit trail."""

    items: list[AuditEvent]
    """At most `limit` of them."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Activity(TypedDict):
    """Something that the account did, or that was done to it."""

    id: UUID
    """The event."""
    occurred_at: datetime
    """When it happened."""
    event: AuditEventName
    by: ActivityBy
    device: str | None
    """The browser or program and what it runs on, in plain words; null for what somebody else did, and once it is no longer kept."""
    address: str | None
    """The network address that it came from; null for what somebody else did, and once it is no longer kept."""


class ActivityPage(TypedDict):
    """A page of the account's activity."""

    items: list[Activity]
    """At most `limit` of them."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Health(TypedDict):
    """The state of the service."""

    status: HealthStatus
    version: str
    """The release that answers."""


class AuthSession(TypedDict):
    """Who is signed in, since when, and what they may do."""

    session: SessionSummary
    account: AccountSummary
    roles: list[RoleName]
    """The roles that the account holds, without the inherited ones."""
    permissions: list[PermissionName]
    """All permissions that follow from the roles, sorted."""


class UserRoles(TypedDict):
    """The roles of an account."""

    user_id: UUID
    """The account."""
    roles: list[RoleGrant]
    """Those that it was given, by name."""


class ProviderProfile(TypedDict):
    """A business, as its provider sees it."""

    id: UUID
    """The profile."""
    slug: Slug
    business_name: BusinessName
    about: str | None
    """What homeowners should know."""
    phone: PhoneNumber | None
    """For customers."""
    website: WebAddress | None
    """For customers."""
    base_point: Coordinates | None
    """Where the business sets out from; never shown to others."""
    service_radius_km: int | None
    """How far the business goes."""
    licences: list[Licence]
    """The licences, in the order in which they were given."""
    state: ProfileState
    review_note: ReviewNote
    created_at: datetime
    """When the profile was created."""
    updated_at: datetime
    """When it was last changed."""


type Pricing = PricingFixed | PricingHourly | PricingStartingAt | PricingPerUnit | PricingQuote
"""How a service is priced; `kind` tells which of them it is. Only `QUOTE` has no price."""


class CategorySummary(TypedDict):
    """A category in short."""

    id: UUID
    """The category."""
    slug: Slug
    name: CategoryName


class CatalogueService(TypedDict):
    """A published service, as everyone sees it."""

    id: UUID
    """The service."""
    provider: ProviderSummary
    category: CategorySummary
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """How long it takes as a rule; null means unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    published_at: datetime
    """When it was first published."""
    updated_at: datetime
    """When it was last changed."""


class CatalogueServicePage(TypedDict):
    """A page of published services."""

    items: list[CatalogueService]
    """At most `limit` of them."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped


class Service(TypedDict):
    """A service, as its provider sees it. Other people see it published only, with `review_note` null and `has_pending_changes` false."""

    id: UUID
    """The service."""
    provider: ProviderSummary | None
    """Who offers it; null while its provider has no profile."""
    category: CategorySummary
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: int | None
    """How long it takes as a rule; null means unknown."""
    tags: list[ServiceTag]
    """Words to find it by."""
    state: ServiceState
    review_note: ReviewNote
    has_pending_changes: bool
    """Whether an edit waits for review, while others still see what was published before."""
    published_at: datetime | None
    """When it was first published; null before."""
    created_at: datetime
    """When it was added."""
    updated_at: datetime
    """When it was last changed."""


class ServicePage(TypedDict):
    """A page of services."""

    items: list[Service]
    """At most `limit` of them."""
    next_cursor: NextCursor
    total: Total
    total_capped: TotalCapped
