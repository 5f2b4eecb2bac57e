# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""State machines of the contract: the states of things, and which step leads from which to which."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from openapi.runtime.states import StateMachine


class AccountState(StrEnum):
    """`PENDING` until the e-mail address is verified, then `ACTIVE`; `SUSPENDED` by staff and back; `ERASED` at the end."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ERASED = "ERASED"


type AccountStateStep = Literal[
    "register",
    "createUser",
    "finishSignIn",
    "cli.create_admin",
    "verifyEmail",
    "confirmPasswordReset",
    "worker.erase_accounts",
    "suspendUser",
    "replaceUser",
    "reactivateUser",
]

ACCOUNT_STATE_MACHINE: Final[StateMachine[AccountState, AccountStateStep]] = StateMachine(
    states=AccountState,
    starts=MappingProxyType(
        {
            "register": (AccountState.PENDING,),
            "createUser": (AccountState.PENDING,),
            "finishSignIn": (AccountState.ACTIVE,),
            "cli.create_admin": (AccountState.ACTIVE,),
        }
    ),
    moves=MappingProxyType(
        {
            AccountState.PENDING: MappingProxyType(
                {
                    "verifyEmail": (AccountState.ACTIVE,),
                    "confirmPasswordReset": (AccountState.ACTIVE,),
                    "finishSignIn": (AccountState.ACTIVE,),
                    "worker.erase_accounts": (AccountState.ERASED,),
                }
            ),
            AccountState.ACTIVE: MappingProxyType(
                {
                    "suspendUser": (AccountState.SUSPENDED,),
                    "replaceUser": (AccountState.ACTIVE, AccountState.PENDING),
                    "worker.erase_accounts": (AccountState.ERASED,),
                }
            ),
            AccountState.SUSPENDED: MappingProxyType(
                {
                    "reactivateUser": (AccountState.ACTIVE, AccountState.PENDING),
                    "worker.erase_accounts": (AccountState.ERASED,),
                }
            ),
            AccountState.ERASED: MappingProxyType({}),
        }
    ),
    hidden=frozenset({AccountState.ERASED}),
    through=MappingProxyType({}),
    anywhere=frozenset(("verifyEmail", "confirmPasswordReset", "finishSignIn", "replaceUser")),
    reserved=frozenset(),
)


class PropertyState(StrEnum):
    """`ARCHIVED` ones are kept for records and never shown to their owner."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


type PropertyStateStep = Literal["createProperty", "deleteProperty"]

PROPERTY_STATE_MACHINE: Final[StateMachine[PropertyState, PropertyStateStep]] = StateMachine(
    states=PropertyState,
    starts=MappingProxyType({"createProperty": (PropertyState.ACTIVE,)}),
    moves=MappingProxyType(
        {
            PropertyState.ACTIVE: MappingProxyType({"deleteProperty": (PropertyState.ARCHIVED,)}),
            PropertyState.ARCHIVED: MappingProxyType({}),
        }
    ),
    hidden=frozenset({PropertyState.ARCHIVED}),
    through=MappingProxyType({}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class ProfileState(StrEnum):
    """`DRAFT -> PENDING_REVIEW -> APPROVED <-> SUSPENDED`, `PENDING_REVIEW -> REJECTED -> DRAFT`. Only an `APPROVED` profile's services are in the catalogue."""

    DRAFT = "DRAFT"
    PENDING_REVIEW = "PENDING_REVIEW"
    APPROVED = "APPROVED"
    SUSPENDED = "SUSPENDED"
    REJECTED = "REJECTED"


type ProfileStateStep = Literal[
    "replaceProviderProfile",
    "submitProviderProfile",
    "decideModerationItem",
    "suspendProvider",
    "decideReport",
    "reinstateProvider",
]

PROFILE_STATE_MACHINE: Final[StateMachine[ProfileState, ProfileStateStep]] = StateMachine(
    states=ProfileState,
    starts=MappingProxyType({"replaceProviderProfile": (ProfileState.DRAFT,)}),
    moves=MappingProxyType(
        {
            ProfileState.DRAFT: MappingProxyType(
                {
                    "replaceProviderProfile": (ProfileState.DRAFT,),
                    "submitProviderProfile": (ProfileState.PENDING_REVIEW, ProfileState.APPROVED),
                }
            ),
            ProfileState.PENDING_REVIEW: MappingProxyType(
                {
                    "replaceProviderProfile": (ProfileState.PENDING_REVIEW,),
                    "decideModerationItem": (ProfileState.APPROVED, ProfileState.REJECTED),
                }
            ),
            ProfileState.APPROVED: MappingProxyType(
                {
                    "replaceProviderProfile": (ProfileState.APPROVED,),
                    "decideModerationItem": (ProfileState.APPROVED,),
                    "suspendProvider": (ProfileState.SUSPENDED,),
                    "decideReport": (ProfileState.SUSPENDED,),
                }
            ),
            ProfileState.SUSPENDED: MappingProxyType({"reinstateProvider": (ProfileState.APPROVED,)}),
            ProfileState.REJECTED: MappingProxyType({"replaceProviderProfile": (ProfileState.DRAFT,)}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({"decideModerationItem": "SubmissionState", "decideReport": "ReportState"}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class ServiceState(StrEnum):
    """`DRAFT -> PENDING_REVIEW -> PUBLISHED <-> PAUSED -> ARCHIVED`, `PENDING_REVIEW -> REJECTED -> DRAFT`. Staff may take down what is `PUBLISHED` or `PAUSED`: it is
    `REJECTED` then, with their reasons as its `review_note`. `ARCHIVED` ones are kept for records and never shown.
    """

    DRAFT = "DRAFT"
    PENDING_REVIEW = "PENDING_REVIEW"
    PUBLISHED = "PUBLISHED"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"


type ServiceStateStep = Literal[
    "createService",
    "replaceService",
    "updateService",
    "submitService",
    "deleteService",
    "decideModerationItem",
    "pauseService",
    "decideReport",
    "resumeService",
    "reinstateService",
]

SERVICE_STATE_MACHINE: Final[StateMachine[ServiceState, ServiceStateStep]] = StateMachine(
    states=ServiceState,
    starts=MappingProxyType({"createService": (ServiceState.DRAFT,)}),
    moves=MappingProxyType(
        {
            ServiceState.DRAFT: MappingProxyType(
                {
                    "replaceService": (ServiceState.DRAFT,),
                    "updateService": (ServiceState.DRAFT,),
                    "submitService": (ServiceState.PENDING_REVIEW, ServiceState.PUBLISHED),
                    "deleteService": (ServiceState.ARCHIVED,),
                }
            ),
            ServiceState.PENDING_REVIEW: MappingProxyType(
                {
                    "replaceService": (ServiceState.PENDING_REVIEW,),
                    "updateService": (ServiceState.PENDING_REVIEW,),
                    "decideModerationItem": (ServiceState.PUBLISHED, ServiceState.REJECTED),
                    "deleteService": (ServiceState.ARCHIVED,),
                }
            ),
            ServiceState.PUBLISHED: MappingProxyType(
                {
                    "replaceService": (ServiceState.PUBLISHED,),
                    "updateService": (ServiceState.PUBLISHED,),
                    "decideModerationItem": (ServiceState.PUBLISHED,),
                    "pauseService": (ServiceState.PAUSED,),
                    "decideReport": (ServiceState.REJECTED,),
                    "deleteService": (ServiceState.ARCHIVED,),
                }
            ),
            ServiceState.PAUSED: MappingProxyType(
                {
                    "replaceService": (ServiceState.PAUSED,),
                    "updateService": (ServiceState.PAUSED,),
                    "decideModerationItem": (ServiceState.PAUSED,),
                    "resumeService": (ServiceState.PUBLISHED,),
                    "decideReport": (ServiceState.REJECTED,),
                    "deleteService": (ServiceState.ARCHIVED,),
                }
            ),
            ServiceState.ARCHIVED: MappingProxyType({}),
            ServiceState.REJECTED: MappingProxyType(
                {
                    "replaceService": (ServiceState.DRAFT,),
                    "updateService": (ServiceState.DRAFT,),
                    "reinstateService": (ServiceState.PUBLISHED, ServiceState.PAUSED),
                    "deleteService": (ServiceState.ARCHIVED,),
                }
            ),
        }
    ),
    hidden=frozenset({ServiceState.ARCHIVED}),
    through=MappingProxyType({"decideModerationItem": "SubmissionState", "decideReport": "ReportState"}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class ReviewState(StrEnum):
    """`WRITTEN` until both parties have written or the time is over, then `PUBLISHED`; `HIDDEN` by staff."""

    WRITTEN = "WRITTEN"
    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"


type ReviewStateStep = Literal[
    "createReview",
    "updateReview",
    "addReviewPhoto",
    "worker.publish_reviews",
    "replyToReview",
    "hideReview",
    "reinstateReview",
]

REVIEW_STATE_MACHINE: Final[StateMachine[ReviewState, ReviewStateStep]] = StateMachine(
    states=ReviewState,
    starts=MappingProxyType({"createReview": (ReviewState.WRITTEN,)}),
    moves=MappingProxyType(
        {
            ReviewState.WRITTEN: MappingProxyType(
                {
                    "updateReview": (ReviewState.WRITTEN,),
                    "addReviewPhoto": (ReviewState.WRITTEN,),
                    "worker.publish_reviews": (ReviewState.PUBLISHED,),
                }
            ),
            ReviewState.PUBLISHED: MappingProxyType(
                {
                    "updateReview": (ReviewState.PUBLISHED,),
                    "addReviewPhoto": (ReviewState.PUBLISHED,),
                    "replyToReview": (ReviewState.PUBLISHED,),
                    "hideReview": (ReviewState.HIDDEN,),
                }
            ),
            ReviewState.HIDDEN: MappingProxyType({"reinstateReview": (ReviewState.PUBLISHED,)}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class InquiryState(StrEnum):
    """`OPEN -> ACCEPTED | WITHDRAWN | EXPIRED`."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


type InquiryStateStep = Literal[
    "createInquiry",
    "updateInquiry",
    "addInquiryRecipient",
    "addInquiryPhoto",
    "withdrawInquiry",
    "worker.end_inquiries",
    "acceptQuote",
]

INQUIRY_STATE_MACHINE: Final[StateMachine[InquiryState, InquiryStateStep]] = StateMachine(
    states=InquiryState,
    starts=MappingProxyType({"createInquiry": (InquiryState.OPEN,)}),
    moves=MappingProxyType(
        {
            InquiryState.OPEN: MappingProxyType(
                {
                    "updateInquiry": (InquiryState.OPEN,),
                    "addInquiryRecipient": (InquiryState.OPEN,),
                    "addInquiryPhoto": (InquiryState.OPEN,),
                    "withdrawInquiry": (InquiryState.WITHDRAWN,),
                    "worker.end_inquiries": (InquiryState.EXPIRED,),
                    "acceptQuote": (InquiryState.ACCEPTED,),
                }
            ),
            InquiryState.ACCEPTED: MappingProxyType({}),
            InquiryState.WITHDRAWN: MappingProxyType({}),
            InquiryState.EXPIRED: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({"acceptQuote": "QuoteState"}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class RecipientState(StrEnum):
    """`SENT -> VIEWED -> QUOTED`; `DECLINED` from `SENT` or `VIEWED`; `LOST` from any of the first three, when the inquiry ends otherwise. Whose quote is accepted stays `QUOTED`."""

    SENT = "SENT"
    VIEWED = "VIEWED"
    QUOTED = "QUOTED"
    DECLINED = "DECLINED"
    LOST = "LOST"


type RecipientStateStep = Literal[
    "createInquiry",
    "addInquiryRecipient",
    "getReceivedInquiry",
    "declineInquiry",
    "sendReceivedInquiryMessage",
    "sendRecipientMessage",
    "createQuote",
    "sendQuote",
    "acceptQuote",
    "updateInquiry",
    "withdrawInquiry",
    "worker.end_inquiries",
]

RECIPIENT_STATE_MACHINE: Final[StateMachine[RecipientState, RecipientStateStep]] = StateMachine(
    states=RecipientState,
    starts=MappingProxyType({"createInquiry": (RecipientState.SENT,), "addInquiryRecipient": (RecipientState.SENT,)}),
    moves=MappingProxyType(
        {
            RecipientState.SENT: MappingProxyType(
                {
                    "getReceivedInquiry": (RecipientState.VIEWED,),
                    "declineInquiry": (RecipientState.DECLINED,),
                    "sendReceivedInquiryMessage": (RecipientState.VIEWED,),
                    "sendRecipientMessage": (RecipientState.SENT,),
                    "createQuote": (RecipientState.SENT,),
                    "sendQuote": (RecipientState.QUOTED,),
                    "acceptQuote": (RecipientState.LOST,),
                    "updateInquiry": (RecipientState.SENT,),
                    "withdrawInquiry": (RecipientState.LOST,),
                    "worker.end_inquiries": (RecipientState.LOST,),
                }
            ),
            RecipientState.VIEWED: MappingProxyType(
                {
                    "declineInquiry": (RecipientState.DECLINED,),
                    "sendReceivedInquiryMessage": (RecipientState.VIEWED,),
                    "sendRecipientMessage": (RecipientState.VIEWED,),
                    "createQuote": (RecipientState.VIEWED,),
                    "sendQuote": (RecipientState.QUOTED,),
                    "acceptQuote": (RecipientState.LOST,),
                    "withdrawInquiry": (RecipientState.LOST,),
                    "worker.end_inquiries": (RecipientState.LOST,),
                }
            ),
            RecipientState.QUOTED: MappingProxyType(
                {
                    "createQuote": (RecipientState.QUOTED,),
                    "sendReceivedInquiryMessage": (RecipientState.QUOTED,),
                    "sendRecipientMessage": (RecipientState.QUOTED,),
                    "sendQuote": (RecipientState.QUOTED,),
                    "acceptQuote": (RecipientState.QUOTED, RecipientState.LOST),
                    "withdrawInquiry": (RecipientState.LOST,),
                    "worker.end_inquiries": (RecipientState.LOST,),
                }
            ),
            RecipientState.DECLINED: MappingProxyType({}),
            RecipientState.LOST: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType(
        {
            "updateInquiry": "InquiryState",
            "withdrawInquiry": "InquiryState",
            "worker.end_inquiries": "InquiryState",
            "sendQuote": "QuoteState",
            "acceptQuote": "QuoteState",
        }
    ),
    anywhere=frozenset(("getReceivedInquiry",)),
    reserved=frozenset(),
)


class QuoteState(StrEnum):
    """`DRAFT -> SENT -> ACCEPTED | DECLINED | WITHDRAWN | EXPIRED`. Only its author sees a `DRAFT`; deleted drafts are not shown."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"


type QuoteStateStep = Literal[
    "createQuote",
    "updateQuote",
    "sendQuote",
    "deleteQuote",
    "withdrawQuote",
    "acceptQuote",
    "declineQuote",
    "worker.end_quotes",
    "service.supersede_quote",
    "service.choose_another_quote",
    "withdrawInquiry",
    "worker.end_inquiries",
]

QUOTE_STATE_MACHINE: Final[StateMachine[QuoteState, QuoteStateStep]] = StateMachine(
    states=QuoteState,
    starts=MappingProxyType({"createQuote": (QuoteState.DRAFT,)}),
    moves=MappingProxyType(
        {
            QuoteState.DRAFT: MappingProxyType(
                {
                    "updateQuote": (QuoteState.DRAFT,),
                    "sendQuote": (QuoteState.SENT,),
                    "deleteQuote": (QuoteState.DELETED,),
                }
            ),
            QuoteState.SENT: MappingProxyType(
                {
                    "withdrawQuote": (QuoteState.WITHDRAWN,),
                    "acceptQuote": (QuoteState.ACCEPTED,),
                    "declineQuote": (QuoteState.DECLINED,),
                    "worker.end_quotes": (QuoteState.EXPIRED,),
                    "service.supersede_quote": (QuoteState.WITHDRAWN,),
                    "service.choose_another_quote": (QuoteState.DECLINED,),
                    "withdrawInquiry": (QuoteState.DECLINED,),
                    "worker.end_inquiries": (QuoteState.EXPIRED,),
                }
            ),
            QuoteState.ACCEPTED: MappingProxyType({}),
            QuoteState.DECLINED: MappingProxyType({}),
            QuoteState.WITHDRAWN: MappingProxyType({}),
            QuoteState.EXPIRED: MappingProxyType({}),
            QuoteState.DELETED: MappingProxyType({}),
        }
    ),
    hidden=frozenset({QuoteState.DELETED}),
    through=MappingProxyType({"withdrawInquiry": "InquiryState", "worker.end_inquiries": "InquiryState"}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class PhotoState(StrEnum):
    """`PENDING -> READY | REJECTED`. Staff may take down what is `READY`: it is `HIDDEN` then, from its owner too, until they reinstate it."""

    PENDING = "PENDING"
    READY = "READY"
    REJECTED = "REJECTED"
    HIDDEN = "HIDDEN"


type PhotoStateStep = Literal[
    "addPropertyPhoto",
    "addServicePhoto",
    "addProfilePhoto",
    "addInquiryPhoto",
    "addReviewPhoto",
    "worker.render_photos",
    "decideReport",
    "reinstatePhoto",
]

PHOTO_STATE_MACHINE: Final[StateMachine[PhotoState, PhotoStateStep]] = StateMachine(
    states=PhotoState,
    starts=MappingProxyType(
        {
            "addPropertyPhoto": (PhotoState.PENDING,),
            "addServicePhoto": (PhotoState.PENDING,),
            "addProfilePhoto": (PhotoState.PENDING,),
            "addInquiryPhoto": (PhotoState.PENDING,),
            "addReviewPhoto": (PhotoState.PENDING,),
        }
    ),
    moves=MappingProxyType(
        {
            PhotoState.PENDING: MappingProxyType({"worker.render_photos": (PhotoState.READY, PhotoState.REJECTED)}),
            PhotoState.READY: MappingProxyType({"decideReport": (PhotoState.HIDDEN,)}),
            PhotoState.REJECTED: MappingProxyType({}),
            PhotoState.HIDDEN: MappingProxyType({"reinstatePhoto": (PhotoState.READY,)}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({"decideReport": "ReportState"}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class VerificationState(StrEnum):
    """`PENDING -> VERIFIED | REJECTED`, `VERIFIED -> EXPIRED | REVOKED`."""

    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


type VerificationStateStep = Literal[
    "createVerification", "decideVerification", "revokeVerification", "worker.end_verifications"
]

VERIFICATION_STATE_MACHINE: Final[StateMachine[VerificationState, VerificationStateStep]] = StateMachine(
    states=VerificationState,
    starts=MappingProxyType({"createVerification": (VerificationState.PENDING,)}),
    moves=MappingProxyType(
        {
            VerificationState.PENDING: MappingProxyType(
                {"decideVerification": (VerificationState.VERIFIED, VerificationState.REJECTED)}
            ),
            VerificationState.VERIFIED: MappingProxyType(
                {
                    "revokeVerification": (VerificationState.REVOKED,),
                    "worker.end_verifications": (VerificationState.EXPIRED,),
                }
            ),
            VerificationState.REJECTED: MappingProxyType({}),
            VerificationState.EXPIRED: MappingProxyType({}),
            VerificationState.REVOKED: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class JobState(StrEnum):
    """`SCHEDULED -> IN_PROGRESS -> DELIVERED -> COMPLETED`, by itself 14 days after the delivery; `DELIVERED -> CHANGES_REQUESTED -> DELIVERED`; `CANCELLED`; `DISPUTED` until staff decide."""

    SCHEDULED = "SCHEDULED"
    IN_PROGRESS = "IN_PROGRESS"
    DELIVERED = "DELIVERED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    DISPUTED = "DISPUTED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


type JobStateStep = Literal[
    "acceptQuote",
    "startJob",
    "cancelJob",
    "scheduleJob",
    "acceptJobSchedule",
    "declineJobSchedule",
    "deliverJob",
    "disputeJob",
    "completeJob",
    "requestJobChanges",
    "worker.complete_jobs",
    "decideDispute",
]

JOB_STATE_MACHINE: Final[StateMachine[JobState, JobStateStep]] = StateMachine(
    states=JobState,
    starts=MappingProxyType({"acceptQuote": (JobState.SCHEDULED,)}),
    moves=MappingProxyType(
        {
            JobState.SCHEDULED: MappingProxyType(
                {
                    "startJob": (JobState.IN_PROGRESS,),
                    "cancelJob": (JobState.CANCELLED,),
                    "scheduleJob": (JobState.SCHEDULED,),
                    "acceptJobSchedule": (JobState.SCHEDULED,),
                    "declineJobSchedule": (JobState.SCHEDULED,),
                }
            ),
            JobState.IN_PROGRESS: MappingProxyType(
                {
                    "deliverJob": (JobState.DELIVERED,),
                    "cancelJob": (JobState.CANCELLED,),
                    "disputeJob": (JobState.DISPUTED,),
                }
            ),
            JobState.DELIVERED: MappingProxyType(
                {
                    "completeJob": (JobState.COMPLETED,),
                    "requestJobChanges": (JobState.CHANGES_REQUESTED,),
                    "disputeJob": (JobState.DISPUTED,),
                    "worker.complete_jobs": (JobState.COMPLETED,),
                }
            ),
            JobState.CHANGES_REQUESTED: MappingProxyType(
                {
                    "deliverJob": (JobState.DELIVERED,),
                    "cancelJob": (JobState.CANCELLED,),
                    "disputeJob": (JobState.DISPUTED,),
                }
            ),
            JobState.DISPUTED: MappingProxyType({"decideDispute": (JobState.COMPLETED, JobState.CANCELLED)}),
            JobState.COMPLETED: MappingProxyType({}),
            JobState.CANCELLED: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class VisitState(StrEnum):
    """`REQUESTED` until the provider answers: `BOOKED` or `DECLINED`; `CANCELLED` by either side, or with what it was for: when the inquiry ends, its recipient declines or loses it, the job is cancelled, or a side closes its
    account. A `BOOKED` one that has begun by then stays as it is, and so do those of the provider whose quote is accepted.
    """

    REQUESTED = "REQUESTED"
    BOOKED = "BOOKED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"


type VisitStateStep = Literal[
    "requestVisit",
    "acceptVisit",
    "declineVisit",
    "cancelVisit",
    "declineInquiry",
    "withdrawInquiry",
    "worker.end_inquiries",
    "acceptQuote",
    "cancelJob",
    "service.close_account",
]

VISIT_STATE_MACHINE: Final[StateMachine[VisitState, VisitStateStep]] = StateMachine(
    states=VisitState,
    starts=MappingProxyType({"requestVisit": (VisitState.REQUESTED,)}),
    moves=MappingProxyType(
        {
            VisitState.REQUESTED: MappingProxyType(
                {
                    "acceptVisit": (VisitState.BOOKED,),
                    "declineVisit": (VisitState.DECLINED,),
                    "cancelVisit": (VisitState.CANCELLED,),
                    "declineInquiry": (VisitState.CANCELLED,),
                    "withdrawInquiry": (VisitState.CANCELLED,),
                    "worker.end_inquiries": (VisitState.CANCELLED,),
                    "acceptQuote": (VisitState.REQUESTED, VisitState.CANCELLED),
                    "cancelJob": (VisitState.CANCELLED,),
                    "service.close_account": (VisitState.CANCELLED,),
                }
            ),
            VisitState.BOOKED: MappingProxyType(
                {
                    "cancelVisit": (VisitState.CANCELLED,),
                    "declineInquiry": (VisitState.BOOKED, VisitState.CANCELLED),
                    "withdrawInquiry": (VisitState.BOOKED, VisitState.CANCELLED),
                    "worker.end_inquiries": (VisitState.BOOKED, VisitState.CANCELLED),
                    "acceptQuote": (VisitState.BOOKED, VisitState.CANCELLED),
                    "cancelJob": (VisitState.BOOKED, VisitState.CANCELLED),
                    "service.close_account": (VisitState.BOOKED, VisitState.CANCELLED),
                }
            ),
            VisitState.DECLINED: MappingProxyType({}),
            VisitState.CANCELLED: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType(
        {
            "declineInquiry": "RecipientState",
            "withdrawInquiry": "InquiryState",
            "worker.end_inquiries": "InquiryState",
            "acceptQuote": "QuoteState",
            "cancelJob": "JobState",
        }
    ),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class ReportState(StrEnum):
    """`OPEN -> TRIAGED -> ACTIONED | DISMISSED`."""

    OPEN = "OPEN"
    TRIAGED = "TRIAGED"
    ACTIONED = "ACTIONED"
    DISMISSED = "DISMISSED"


type ReportStateStep = Literal["createReport", "triageReport", "decideReport"]

REPORT_STATE_MACHINE: Final[StateMachine[ReportState, ReportStateStep]] = StateMachine(
    states=ReportState,
    starts=MappingProxyType({"createReport": (ReportState.OPEN,)}),
    moves=MappingProxyType(
        {
            ReportState.OPEN: MappingProxyType({"triageReport": (ReportState.TRIAGED,)}),
            ReportState.TRIAGED: MappingProxyType({"decideReport": (ReportState.ACTIONED, ReportState.DISMISSED)}),
            ReportState.ACTIONED: MappingProxyType({}),
            ReportState.DISMISSED: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType({}),
    anywhere=frozenset(),
    reserved=frozenset(),
)


class SubmissionState(StrEnum):
    """`PENDING -> APPROVED | REJECTED`; `WITHDRAWN` when its owner deleted the service or undid the edit."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


type SubmissionStateStep = Literal[
    "submitProviderProfile",
    "replaceProviderProfile",
    "submitService",
    "replaceService",
    "updateService",
    "reinstateService",
    "claimModerationItem",
    "releaseModerationItem",
    "decideModerationItem",
    "deleteService",
    "decideReport",
]

SUBMISSION_STATE_MACHINE: Final[StateMachine[SubmissionState, SubmissionStateStep]] = StateMachine(
    states=SubmissionState,
    starts=MappingProxyType(
        {
            "submitProviderProfile": (SubmissionState.PENDING,),
            "replaceProviderProfile": (SubmissionState.PENDING,),
            "submitService": (SubmissionState.PENDING,),
            "replaceService": (SubmissionState.PENDING,),
            "updateService": (SubmissionState.PENDING,),
            "reinstateService": (SubmissionState.PENDING,),
        }
    ),
    moves=MappingProxyType(
        {
            SubmissionState.PENDING: MappingProxyType(
                {
                    "claimModerationItem": (SubmissionState.PENDING,),
                    "releaseModerationItem": (SubmissionState.PENDING,),
                    "decideModerationItem": (SubmissionState.APPROVED, SubmissionState.REJECTED),
                    "replaceProviderProfile": (SubmissionState.PENDING, SubmissionState.WITHDRAWN),
                    "replaceService": (SubmissionState.PENDING, SubmissionState.WITHDRAWN),
                    "updateService": (SubmissionState.PENDING, SubmissionState.WITHDRAWN),
                    "deleteService": (SubmissionState.WITHDRAWN,),
                    "decideReport": (SubmissionState.WITHDRAWN,),
                }
            ),
            SubmissionState.APPROVED: MappingProxyType({}),
            SubmissionState.REJECTED: MappingProxyType({}),
            SubmissionState.WITHDRAWN: MappingProxyType({}),
        }
    ),
    hidden=frozenset(),
    through=MappingProxyType(
        {
            "replaceProviderProfile": "ProfileState",
            "replaceService": "ServiceState",
            "updateService": "ServiceState",
            "deleteService": "ServiceState",
            "decideReport": "ReportState",
        }
    ),
    anywhere=frozenset(),
    reserved=frozenset(),
)
