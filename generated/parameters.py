# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""Path, query and header parameters of each operation."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt, StrictStr

from generated.models import (
    AddressPart,
    AuditEventName,
    AuditSort,
    AuditSubjectType,
    CatalogueSort,
    ClientName,
    CountryCode,
    CurrencyCode,
    FavouriteKind,
    JobSide,
    LoggerName,
    LogLevel,
    MinRating,
    ModerationClaim,
    ModerationSort,
    NearPoint,
    PriceBound,
    PricingKind,
    PropertyAreaSort,
    PropertySort,
    PropertyType,
    ProviderName,
    ProviderSort,
    RadiusKm,
    RedirectUri,
    ReportReason,
    ReportSort,
    ReportSubjectKind,
    RequestReference,
    RoleName,
    SearchText,
    ServiceScope,
    ServiceSort,
    Slug,
    SubmissionKind,
    ThreadSide,
    UserSort,
    VerificationKind,
    VerificationSort,
)
from generated.states import (
    AccountState,
    InquiryState,
    JobState,
    RecipientState,
    ReportState,
    ServiceState,
    SubmissionState,
    VerificationState,
)
from openapi.runtime.formats import Closed, Day, Text, Timestamp, Uuid


class ResetUserMfaParameters(Closed):
    """Parameters of `resetUserMfa`."""

    user_id: Uuid


class RequestAuthorizationParameters(Closed):
    """Parameters of `requestAuthorization`."""

    client_id: ClientName
    redirect_uri: RedirectUri
    response_type: Annotated[StrictStr | None, Field(max_length=100, pattern="^[\\x20-\\x7E]*$")] = None
    response_mode: Annotated[StrictStr | None, Field(max_length=100, pattern="^[\\x20-\\x7E]*$")] = None
    state: Annotated[StrictStr | None, Field(max_length=512, pattern="^[\\x20-\\x7E]*$")] = None
    scope: Annotated[StrictStr | None, Field(max_length=1000, pattern="^[\\x20-\\x7E]*$")] = None
    code_challenge: Annotated[StrictStr | None, Field(max_length=512, pattern="^[\\x20-\\x7E]*$")] = None
    code_challenge_method: Annotated[StrictStr | None, Field(max_length=100, pattern="^[\\x20-\\x7E]*$")] = None
    provider: Annotated[StrictStr | None, Field(max_length=100, pattern="^[\\x20-\\x7E]*$")] = None


class StartSignInParameters(Closed):
    """Parameters of `startSignIn`."""

    flow: Annotated[StrictStr, Field(max_length=43, pattern="^[A-Za-z0-9_\\-]{43}$")]
    host_sign_in: Annotated[StrictStr | None, Field(max_length=4096, pattern="^[\\x20-\\x7E]*$")] = None
    sign_in: Annotated[StrictStr | None, Field(max_length=4096, pattern="^[\\x20-\\x7E]*$")] = None


class FinishSignInParameters(Closed):
    """Parameters of `finishSignIn`."""

    provider: ProviderName
    state: Annotated[StrictStr | None, Field(max_length=512, pattern="^[\\x20-\\x7E]*$")] = None
    code: Annotated[StrictStr | None, Field(max_length=4096, pattern="^[\\x20-\\x7E]*$")] = None
    iss: Annotated[StrictStr | None, Field(max_length=2000, pattern="^[\\x20-\\x7E]*$")] = None
    error: Annotated[StrictStr | None, Field(max_length=200, pattern="^[\\x20-\\x7E]*$")] = None
    host_sign_in: Annotated[StrictStr | None, Field(max_length=4096, pattern="^[\\x20-\\x7E]*$")] = None
    sign_in: Annotated[StrictStr | None, Field(max_length=4096, pattern="^[\\x20-\\x7E]*$")] = None


class DeleteIdentityParameters(Closed):
    """Parameters of `deleteIdentity`."""

    identity_id: Uuid


class GetAccountParameters(Closed):
    """Parameters of `getAccount`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceAccountParameters(Closed):
    """Parameters of `replaceAccount`."""

    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class UpdateAccountParameters(Closed):
    """Parameters of `updateAccount`."""

    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListOwnSessionsParameters(Closed):
    """Parameters of `listOwnSessions`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class EndOwnSessionParameters(Closed):
    """Parameters of `endOwnSession`."""

    session_id: Uuid


class ListUsersParameters(Closed):
    """Parameters of `listUsers`."""

    q: SearchText | None = None
    state: AccountState | None = None
    role: RoleName | None = None
    verified: StrictBool | None = None
    created_from: Timestamp | None = None
    created_before: Timestamp | None = None
    sort: UserSort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    offset: Annotated[StrictInt | None, Field(ge=0, le=10000)] = None
    include_total: StrictBool


class CreateUserParameters(Closed):
    """Parameters of `createUser`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetUserParameters(Closed):
    """Parameters of `getUser`."""

    user_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceUserParameters(Closed):
    """Parameters of `replaceUser`."""

    user_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteUserParameters(Closed):
    """Parameters of `deleteUser`."""

    user_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class SuspendUserParameters(Closed):
    """Parameters of `suspendUser`."""

    user_id: Uuid


class ReactivateUserParameters(Closed):
    """Parameters of `reactivateUser`."""

    user_id: Uuid


class UnlockUserParameters(Closed):
    """Parameters of `unlockUser`."""

    user_id: Uuid


class RequestUserPasswordResetParameters(Closed):
    """Parameters of `requestUserPasswordReset`."""

    user_id: Uuid


class ListUserSessionsParameters(Closed):
    """Parameters of `listUserSessions`."""

    user_id: Uuid
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class EndUserSessionsParameters(Closed):
    """Parameters of `endUserSessions`."""

    user_id: Uuid


class EndUserSessionParameters(Closed):
    """Parameters of `endUserSession`."""

    user_id: Uuid
    session_id: Uuid


class ListRolesParameters(Closed):
    """Parameters of `listRoles`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateRoleParameters(Closed):
    """Parameters of `createRole`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetRoleParameters(Closed):
    """Parameters of `getRole`."""

    role_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceRoleParameters(Closed):
    """Parameters of `replaceRole`."""

    role_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteRoleParameters(Closed):
    """Parameters of `deleteRole`."""

    role_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetUserRolesParameters(Closed):
    """Parameters of `getUserRoles`."""

    user_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceUserRolesParameters(Closed):
    """Parameters of `replaceUserRoles`."""

    user_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListPropertiesParameters(Closed):
    """Parameters of `listProperties`."""

    q: SearchText | None = None
    type: PropertyType | None = None
    country: CountryCode | None = None
    city: AddressPart | None = None
    sort: PropertySort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreatePropertyParameters(Closed):
    """Parameters of `createProperty`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetPropertyParameters(Closed):
    """Parameters of `getProperty`."""

    property_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplacePropertyParameters(Closed):
    """Parameters of `replaceProperty`."""

    property_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class UpdatePropertyParameters(Closed):
    """Parameters of `updateProperty`."""

    property_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeletePropertyParameters(Closed):
    """Parameters of `deleteProperty`."""

    property_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListPropertyAreasParameters(Closed):
    """Parameters of `listPropertyAreas`."""

    type: PropertyType | None = None
    near: NearPoint | None = None
    place: Uuid | None = None
    radius_km: Annotated[StrictInt | None, Field(ge=1, le=100)] = None
    sort: PropertyAreaSort | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class ListFavouritesParameters(Closed):
    """Parameters of `listFavourites`."""

    kind: FavouriteKind | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class KeepServiceParameters(Closed):
    """Parameters of `keepService`."""

    service_id: Uuid


class DropServiceParameters(Closed):
    """Parameters of `dropService`."""

    service_id: Uuid


class KeepProviderParameters(Closed):
    """Parameters of `keepProvider`."""

    profile_id: Uuid


class DropProviderParameters(Closed):
    """Parameters of `dropProvider`."""

    profile_id: Uuid


class ListSavedSearchesParameters(Closed):
    """Parameters of `listSavedSearches`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateSavedSearchParameters(Closed):
    """Parameters of `createSavedSearch`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetSavedSearchParameters(Closed):
    """Parameters of `getSavedSearch`."""

    saved_search_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceSavedSearchParameters(Closed):
    """Parameters of `replaceSavedSearch`."""

    saved_search_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteSavedSearchParameters(Closed):
    """Parameters of `deleteSavedSearch`."""

    saved_search_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class OpenUnsubscribePageParameters(Closed):
    """Parameters of `openUnsubscribePage`."""

    subscription: Annotated[StrictStr, Field(max_length=75, pattern="^[0-9a-f]{32}[0-9A-Za-z]{43}$")]


class UnsubscribeParameters(Closed):
    """Parameters of `unsubscribe`."""

    subscription: Annotated[StrictStr, Field(max_length=75, pattern="^[0-9a-f]{32}[0-9A-Za-z]{43}$")]


class ListInquiriesParameters(Closed):
    """Parameters of `listInquiries`."""

    state: InquiryState | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateInquiryParameters(Closed):
    """Parameters of `createInquiry`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetInquiryParameters(Closed):
    """Parameters of `getInquiry`."""

    inquiry_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class UpdateInquiryParameters(Closed):
    """Parameters of `updateInquiry`."""

    inquiry_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class AddInquiryRecipientParameters(Closed):
    """Parameters of `addInquiryRecipient`."""

    inquiry_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class WithdrawInquiryParameters(Closed):
    """Parameters of `withdrawInquiry`."""

    inquiry_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListReceivedInquiriesParameters(Closed):
    """Parameters of `listReceivedInquiries`."""

    state: RecipientState | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetReceivedInquiryParameters(Closed):
    """Parameters of `getReceivedInquiry`."""

    inquiry_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeclineInquiryParameters(Closed):
    """Parameters of `declineInquiry`."""

    inquiry_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListOwnQuotesParameters(Closed):
    """Parameters of `listOwnQuotes`."""

    inquiry_id: Uuid


class CreateQuoteParameters(Closed):
    """Parameters of `createQuote`."""

    inquiry_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class ListReceivedQuotesParameters(Closed):
    """Parameters of `listReceivedQuotes`."""

    inquiry_id: Uuid


class GetQuoteParameters(Closed):
    """Parameters of `getQuote`."""

    quote_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class UpdateQuoteParameters(Closed):
    """Parameters of `updateQuote`."""

    quote_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteQuoteParameters(Closed):
    """Parameters of `deleteQuote`."""

    quote_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetQuoteDocumentParameters(Closed):
    """Parameters of `getQuoteDocument`."""

    quote_id: Uuid


class SendQuoteParameters(Closed):
    """Parameters of `sendQuote`."""

    quote_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class WithdrawQuoteParameters(Closed):
    """Parameters of `withdrawQuote`."""

    quote_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class AcceptQuoteParameters(Closed):
    """Parameters of `acceptQuote`."""

    quote_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeclineQuoteParameters(Closed):
    """Parameters of `declineQuote`."""

    quote_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListRecipientMessagesParameters(Closed):
    """Parameters of `listRecipientMessages`."""

    inquiry_id: Uuid
    recipient_id: Uuid
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class SendRecipientMessageParameters(Closed):
    """Parameters of `sendRecipientMessage`."""

    inquiry_id: Uuid
    recipient_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class MarkRecipientMessagesReadParameters(Closed):
    """Parameters of `markRecipientMessagesRead`."""

    inquiry_id: Uuid
    recipient_id: Uuid


class ListReceivedInquiryMessagesParameters(Closed):
    """Parameters of `listReceivedInquiryMessages`."""

    inquiry_id: Uuid
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class SendReceivedInquiryMessageParameters(Closed):
    """Parameters of `sendReceivedInquiryMessage`."""

    inquiry_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class MarkReceivedInquiryMessagesReadParameters(Closed):
    """Parameters of `markReceivedInquiryMessagesRead`."""

    inquiry_id: Uuid


class GetInquiryMessageParameters(Closed):
    """Parameters of `getInquiryMessage`."""

    message_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CreateMessageAttachmentParameters(Closed):
    """Parameters of `createMessageAttachment`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetMessageAttachmentParameters(Closed):
    """Parameters of `getMessageAttachment`."""

    attachment_id: Uuid


class GetMessageAttachmentDocumentParameters(Closed):
    """Parameters of `getMessageAttachmentDocument`."""

    attachment_id: Uuid


class BlockProviderParameters(Closed):
    """Parameters of `blockProvider`."""

    inquiry_id: Uuid
    recipient_id: Uuid


class BlockHomeownerParameters(Closed):
    """Parameters of `blockHomeowner`."""

    inquiry_id: Uuid


class ListBlocksParameters(Closed):
    """Parameters of `listBlocks`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class UnblockParameters(Closed):
    """Parameters of `unblock`."""

    block_id: Uuid


class ListNotificationsParameters(Closed):
    """Parameters of `listNotifications`."""

    unread: StrictBool
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class MarkNotificationReadParameters(Closed):
    """Parameters of `markNotificationRead`."""

    notification_id: Uuid


class StreamNotificationsParameters(Closed):
    """Parameters of `streamNotifications`."""

    last_event_id: Annotated[StrictInt | None, Field(ge=0, le=9007199254740991)] = None


class GetNotificationPreferencesParameters(Closed):
    """Parameters of `getNotificationPreferences`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceNotificationPreferencesParameters(Closed):
    """Parameters of `replaceNotificationPreferences`."""

    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetProviderProfileParameters(Closed):
    """Parameters of `getProviderProfile`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceProviderProfileParameters(Closed):
    """Parameters of `replaceProviderProfile`."""

    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListProviderServicesParameters(Closed):
    """Parameters of `listProviderServices`."""

    scope: ServiceScope | None = None
    state: ServiceState | None = None
    category: Slug | None = None
    sort: ServiceSort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateServiceParameters(Closed):
    """Parameters of `createService`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetProviderServiceParameters(Closed):
    """Parameters of `getProviderService`."""

    service_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceServiceParameters(Closed):
    """Parameters of `replaceService`."""

    service_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class UpdateServiceParameters(Closed):
    """Parameters of `updateService`."""

    service_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteServiceParameters(Closed):
    """Parameters of `deleteService`."""

    service_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class SubmitServiceParameters(Closed):
    """Parameters of `submitService`."""

    service_id: Uuid


class PauseServiceParameters(Closed):
    """Parameters of `pauseService`."""

    service_id: Uuid


class ResumeServiceParameters(Closed):
    """Parameters of `resumeService`."""

    service_id: Uuid


class ListPropertyPhotosParameters(Closed):
    """Parameters of `listPropertyPhotos`."""

    property_id: Uuid


class AddPropertyPhotoParameters(Closed):
    """Parameters of `addPropertyPhoto`."""

    property_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class ListServicePhotosParameters(Closed):
    """Parameters of `listServicePhotos`."""

    service_id: Uuid


class AddServicePhotoParameters(Closed):
    """Parameters of `addServicePhoto`."""

    service_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class AddProfilePhotoParameters(Closed):
    """Parameters of `addProfilePhoto`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class ListInquiryPhotosParameters(Closed):
    """Parameters of `listInquiryPhotos`."""

    inquiry_id: Uuid


class AddInquiryPhotoParameters(Closed):
    """Parameters of `addInquiryPhoto`."""

    inquiry_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class ListReceivedInquiryPhotosParameters(Closed):
    """Parameters of `listReceivedInquiryPhotos`."""

    inquiry_id: Uuid


class ListReviewPhotosParameters(Closed):
    """Parameters of `listReviewPhotos`."""

    job_id: Uuid


class AddReviewPhotoParameters(Closed):
    """Parameters of `addReviewPhoto`."""

    job_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetPhotoParameters(Closed):
    """Parameters of `getPhoto`."""

    photo_id: Uuid


class UpdatePhotoParameters(Closed):
    """Parameters of `updatePhoto`."""

    photo_id: Uuid


class DeletePhotoParameters(Closed):
    """Parameters of `deletePhoto`."""

    photo_id: Uuid


class GetAvailabilityParameters(Closed):
    """Parameters of `getAvailability`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceAvailabilityParameters(Closed):
    """Parameters of `replaceAvailability`."""

    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetCalendarFeedParameters(Closed):
    """Parameters of `getCalendarFeed`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteCalendarFeedParameters(Closed):
    """Parameters of `deleteCalendarFeed`."""

    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReadCalendarParameters(Closed):
    """Parameters of `readCalendar`."""

    calendar_file: Annotated[StrictStr, Field(max_length=47, pattern="^[0-9A-Za-z]{43}\\.ics$")]
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListOwnVerificationsParameters(Closed):
    """Parameters of `listOwnVerifications`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateVerificationParameters(Closed):
    """Parameters of `createVerification`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetOwnVerificationParameters(Closed):
    """Parameters of `getOwnVerification`."""

    verification_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteVerificationParameters(Closed):
    """Parameters of `deleteVerification`."""

    verification_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetOwnVerificationDocumentParameters(Closed):
    """Parameters of `getOwnVerificationDocument`."""

    verification_id: Uuid


class ListVerificationsParameters(Closed):
    """Parameters of `listVerifications`."""

    state: VerificationState
    kind: VerificationKind | None = None
    owner_id: Uuid | None = None
    sort: VerificationSort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetVerificationParameters(Closed):
    """Parameters of `getVerification`."""

    verification_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetVerificationDocumentParameters(Closed):
    """Parameters of `getVerificationDocument`."""

    verification_id: Uuid


class DecideVerificationParameters(Closed):
    """Parameters of `decideVerification`."""

    verification_id: Uuid


class RevokeVerificationParameters(Closed):
    """Parameters of `revokeVerification`."""

    verification_id: Uuid


class ListWebhookEndpointsParameters(Closed):
    """Parameters of `listWebhookEndpoints`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateWebhookEndpointParameters(Closed):
    """Parameters of `createWebhookEndpoint`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetWebhookEndpointParameters(Closed):
    """Parameters of `getWebhookEndpoint`."""

    webhook_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceWebhookEndpointParameters(Closed):
    """Parameters of `replaceWebhookEndpoint`."""

    webhook_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteWebhookEndpointParameters(Closed):
    """Parameters of `deleteWebhookEndpoint`."""

    webhook_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class RotateWebhookSecretParameters(Closed):
    """Parameters of `rotateWebhookSecret`."""

    webhook_id: Uuid


class EnableWebhookEndpointParameters(Closed):
    """Parameters of `enableWebhookEndpoint`."""

    webhook_id: Uuid


class TestWebhookEndpointParameters(Closed):
    """Parameters of `testWebhookEndpoint`."""

    webhook_id: Uuid


class ListWebhookDeliveriesParameters(Closed):
    """Parameters of `listWebhookDeliveries`."""

    webhook_id: Uuid
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class RedeliverWebhookParameters(Closed):
    """Parameters of `redeliverWebhook`."""

    webhook_id: Uuid
    delivery_id: Uuid


class ListJobsParameters(Closed):
    """Parameters of `listJobs`."""

    side: JobSide
    state: JobState | None = None
    inquiry_id: Uuid | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetJobParameters(Closed):
    """Parameters of `getJob`."""

    job_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetJobAddressParameters(Closed):
    """Parameters of `getJobAddress`."""

    job_id: Uuid


class StartJobParameters(Closed):
    """Parameters of `startJob`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeliverJobParameters(Closed):
    """Parameters of `deliverJob`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CompleteJobParameters(Closed):
    """Parameters of `completeJob`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class RequestJobChangesParameters(Closed):
    """Parameters of `requestJobChanges`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CancelJobParameters(Closed):
    """Parameters of `cancelJob`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ScheduleJobParameters(Closed):
    """Parameters of `scheduleJob`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class AcceptJobScheduleParameters(Closed):
    """Parameters of `acceptJobSchedule`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeclineJobScheduleParameters(Closed):
    """Parameters of `declineJobSchedule`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class RequestVisitParameters(Closed):
    """Parameters of `requestVisit`."""

    inquiry_id: Uuid
    recipient_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class ListVisitsParameters(Closed):
    """Parameters of `listVisits`."""

    side: ThreadSide
    inquiry_id: Uuid | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetVisitParameters(Closed):
    """Parameters of `getVisit`."""

    visit_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class AcceptVisitParameters(Closed):
    """Parameters of `acceptVisit`."""

    visit_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeclineVisitParameters(Closed):
    """Parameters of `declineVisit`."""

    visit_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CancelVisitParameters(Closed):
    """Parameters of `cancelVisit`."""

    visit_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DisputeJobParameters(Closed):
    """Parameters of `disputeJob`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListDisputesParameters(Closed):
    """Parameters of `listDisputes`."""

    decided: StrictBool
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetDisputeParameters(Closed):
    """Parameters of `getDispute`."""

    job_id: Uuid


class DecideDisputeParameters(Closed):
    """Parameters of `decideDispute`."""

    job_id: Uuid


class GetOwnReviewParameters(Closed):
    """Parameters of `getOwnReview`."""

    job_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CreateReviewParameters(Closed):
    """Parameters of `createReview`."""

    job_id: Uuid
    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class UpdateReviewParameters(Closed):
    """Parameters of `updateReview`."""

    job_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListJobReviewsParameters(Closed):
    """Parameters of `listJobReviews`."""

    job_id: Uuid


class ReplyToReviewParameters(Closed):
    """Parameters of `replyToReview`."""

    job_id: Uuid


class ListProviderReviewsParameters(Closed):
    """Parameters of `listProviderReviews`."""

    slug: Slug
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListReviewsParameters(Closed):
    """Parameters of `listReviews`."""

    hidden: StrictBool
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class HideReviewParameters(Closed):
    """Parameters of `hideReview`."""

    review_id: Uuid


class ReinstateReviewParameters(Closed):
    """Parameters of `reinstateReview`."""

    review_id: Uuid


class ListCategoriesParameters(Closed):
    """Parameters of `listCategories`."""

    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class SearchServicesParameters(Closed):
    """Parameters of `searchServices`."""

    q: SearchText | None = None
    category: Slug | None = None
    pricing: PricingKind | None = None
    currency: CurrencyCode | None = None
    min_price_minor: PriceBound | None = None
    max_price_minor: PriceBound | None = None
    near: NearPoint | None = None
    place: Uuid | None = None
    radius_km: RadiusKm | None = None
    include_remote: StrictBool
    verified: StrictBool
    min_rating: MinRating | None = None
    sort: CatalogueSort | None = None
    verbatim: StrictBool
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CountServicesParameters(Closed):
    """Parameters of `countServices`."""

    q: SearchText | None = None
    category: Slug | None = None
    pricing: PricingKind | None = None
    currency: CurrencyCode | None = None
    min_price_minor: Annotated[StrictInt | None, Field(ge=0, le=100000000000)] = None
    max_price_minor: Annotated[StrictInt | None, Field(ge=0, le=100000000000)] = None
    near: NearPoint | None = None
    place: Uuid | None = None
    radius_km: RadiusKm | None = None
    include_remote: StrictBool
    verified: StrictBool
    min_rating: MinRating | None = None
    verbatim: StrictBool
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class SuggestServicesParameters(Closed):
    """Parameters of `suggestServices`."""

    q: SearchText
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetServiceParameters(Closed):
    """Parameters of `getService`."""

    service_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None
    if_modified_since: Annotated[StrictStr | None, Field(max_length=1024)] = None


class SearchProvidersParameters(Closed):
    """Parameters of `searchProviders`."""

    q: SearchText | None = None
    category: Slug | None = None
    near: NearPoint | None = None
    place: Uuid | None = None
    radius_km: RadiusKm | None = None
    include_remote: StrictBool
    verified: StrictBool
    min_rating: MinRating | None = None
    sort: ProviderSort | None = None
    verbatim: StrictBool
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetProviderParameters(Closed):
    """Parameters of `getProvider`."""

    slug: Slug
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None
    if_modified_since: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListServicesOfProviderParameters(Closed):
    """Parameters of `listServicesOfProvider`."""

    slug: Slug
    category: Slug | None = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListSlotsParameters(Closed):
    """Parameters of `listSlots`."""

    slug: Slug
    service_id: Uuid | None = None
    from_date: Day | None = None
    days: Annotated[StrictInt, Field(ge=1, le=14)]
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListOwnReportsParameters(Closed):
    """Parameters of `listOwnReports`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateReportParameters(Closed):
    """Parameters of `createReport`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetOwnReportParameters(Closed):
    """Parameters of `getOwnReport`."""

    report_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListReportsParameters(Closed):
    """Parameters of `listReports`."""

    state: ReportState | None = None
    reason: ReportReason | None = None
    subject_kind: ReportSubjectKind | None = None
    subject_id: Uuid | None = None
    sort: ReportSort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetReportParameters(Closed):
    """Parameters of `getReport`."""

    report_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetReportedMessageParameters(Closed):
    """Parameters of `getReportedMessage`."""

    report_id: Uuid


class GetReportedAttachmentParameters(Closed):
    """Parameters of `getReportedAttachment`."""

    report_id: Uuid
    attachment_id: Uuid


class TriageReportParameters(Closed):
    """Parameters of `triageReport`."""

    report_id: Uuid


class DecideReportParameters(Closed):
    """Parameters of `decideReport`."""

    report_id: Uuid


class SuggestPlacesParameters(Closed):
    """Parameters of `suggestPlaces`."""

    q: SearchText
    country: CountryCode | None = None
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetPlaceParameters(Closed):
    """Parameters of `getPlace`."""

    place_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetCategoryQuestionsParameters(Closed):
    """Parameters of `getCategoryQuestions`."""

    slug: Slug
    version: Annotated[StrictInt | None, Field(ge=0, le=1000000)] = None
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class CreateCategoryParameters(Closed):
    """Parameters of `createCategory`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetManagedCategoryParameters(Closed):
    """Parameters of `getManagedCategory`."""

    category_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceCategoryParameters(Closed):
    """Parameters of `replaceCategory`."""

    category_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteCategoryParameters(Closed):
    """Parameters of `deleteCategory`."""

    category_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class MoveCategoryParameters(Closed):
    """Parameters of `moveCategory`."""

    category_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class RetireCategoryParameters(Closed):
    """Parameters of `retireCategory`."""

    category_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class GetManagedCategoryQuestionsParameters(Closed):
    """Parameters of `getManagedCategoryQuestions`."""

    category_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceCategoryQuestionsParameters(Closed):
    """Parameters of `replaceCategoryQuestions`."""

    category_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListModerationItemsParameters(Closed):
    """Parameters of `listModerationItems`."""

    kind: SubmissionKind | None = None
    state: SubmissionState
    claimed: ModerationClaim | None = None
    submitted_before: Annotated[Timestamp | None, Text(max_length=64)] = None
    sort: ModerationSort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetModerationItemParameters(Closed):
    """Parameters of `getModerationItem`."""

    item_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListModerationItemPhotosParameters(Closed):
    """Parameters of `listModerationItemPhotos`."""

    item_id: Uuid


class ClaimModerationItemParameters(Closed):
    """Parameters of `claimModerationItem`."""

    item_id: Uuid


class ReleaseModerationItemParameters(Closed):
    """Parameters of `releaseModerationItem`."""

    item_id: Uuid


class DecideModerationItemParameters(Closed):
    """Parameters of `decideModerationItem`."""

    item_id: Uuid


class SuspendProviderParameters(Closed):
    """Parameters of `suspendProvider`."""

    profile_id: Uuid


class ReinstateProviderParameters(Closed):
    """Parameters of `reinstateProvider`."""

    profile_id: Uuid


class ReinstateServiceParameters(Closed):
    """Parameters of `reinstateService`."""

    service_id: Uuid


class GetModeratedPhotoParameters(Closed):
    """Parameters of `getModeratedPhoto`."""

    photo_id: Uuid


class ReinstatePhotoParameters(Closed):
    """Parameters of `reinstatePhoto`."""

    photo_id: Uuid


class ListForbiddenWordsParameters(Closed):
    """Parameters of `listForbiddenWords`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class CreateForbiddenWordParameters(Closed):
    """Parameters of `createForbiddenWord`."""

    idempotency_key: Annotated[
        StrictStr | None,
        Field(
            max_length=130,
            min_length=1,
            pattern="^(?:[A-Za-z0-9._:\\-]{1,128}|\\u0022[A-Za-z0-9._:\\-]{1,128}\\u0022)$",
        ),
    ] = None


class GetForbiddenWordParameters(Closed):
    """Parameters of `getForbiddenWord`."""

    word_id: Uuid
    if_none_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ReplaceForbiddenWordParameters(Closed):
    """Parameters of `replaceForbiddenWord`."""

    word_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class DeleteForbiddenWordParameters(Closed):
    """Parameters of `deleteForbiddenWord`."""

    word_id: Uuid
    if_match: Annotated[StrictStr | None, Field(max_length=1024)] = None


class ListOwnActivityParameters(Closed):
    """Parameters of `listOwnActivity`."""

    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class ListAuditEventsParameters(Closed):
    """Parameters of `listAuditEvents`."""

    event: AuditEventName | None = None
    actor_id: Uuid | None = None
    subject_type: AuditSubjectType | None = None
    subject_id: Uuid | None = None
    request_id: RequestReference | None = None
    occurred_from: Annotated[Timestamp | None, Text(max_length=64)] = None
    occurred_before: Annotated[Timestamp | None, Text(max_length=64)] = None
    sort: AuditSort
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool


class GetAuditEventParameters(Closed):
    """Parameters of `getAuditEvent`."""

    event_id: Uuid


class GetUsageParameters(Closed):
    """Parameters of `getUsage`."""

    from_date: Day | None = None
    days: Annotated[StrictInt, Field(ge=1, le=366)]


class ListLogEntriesParameters(Closed):
    """Parameters of `listLogEntries`."""

    level: LogLevel | None = None
    logger: LoggerName | None = None
    request_id: RequestReference | None = None
    logged_from: Annotated[Timestamp | None, Text(max_length=64)] = None
    logged_before: Annotated[Timestamp | None, Text(max_length=64)] = None
    limit: Annotated[StrictInt, Field(ge=1, le=100)]
    cursor: Annotated[StrictStr | None, Field(max_length=2048, min_length=1, pattern="^[A-Za-z0-9_\\-]+$")] = None
    include_total: StrictBool
