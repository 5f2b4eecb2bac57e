# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""The contract's policies as data: roles, permissions, limits, problems and operations."""

from types import MappingProxyType

from openapi.runtime.wire import CachePolicy, Operation, ProblemType, RateLimitPolicy, Role

API_PREFIX = "/api/v1"

PERMISSIONS = MappingProxyType(
    {
        "property:read": "See one's own properties.",
        "property:write": "Add, change and delete one's own properties.",
        "property_area:read": "See in which square kilometre properties are.",
        "favourite:read": "See what one has kept.",
        "favourite:write": "Keep services and businesses, and drop them.",
        "saved_search:read": "See the searches that one has saved.",
        "saved_search:write": "Save searches, change and delete them.",
        "provider_profile:read": "See one's own provider profile.",
        "provider_profile:write": "Change one's own provider profile and submit it for review.",
        "service:read": "See services, one's own or the published ones.",
        "service:write": "Add, change, publish and delete one's own services.",
        "category:read": "See the tree of categories as staff do.",
        "category:write": "Change the tree of categories.",
        "moderation:read": "See what waits for review.",
        "moderation:decide": "Approve, reject and suspend.",
        "verification:read": "See licences and insurances that were sent in, with their documents.",
        "verification:decide": "Verify, reject and revoke licences and insurances.",
        "account:read": "See other people's accounts.",
        "account:write": "Change, suspend and reactivate other people's accounts.",
        "role:read": "See roles and who holds them.",
        "role:write": "Define roles and grant them.",
        "audit:read": "Read the audit trail.",
        "usage:read": "Read figures about the use of the service.",
    }
)

ROLES = MappingProxyType(
    {
        "HOMEOWNER": Role(
            name="HOMEOWNER",
            inherits=(),
            permissions=(
                "favourite:read",
                "favourite:write",
                "property:read",
                "property:write",
                "saved_search:read",
                "saved_search:write",
                "service:read",
            ),
        ),
        "SERVICE_PROVIDER": Role(
            name="SERVICE_PROVIDER",
            inherits=(),
            permissions=(
                "property_area:read",
                "provider_profile:read",
                "provider_profile:write",
                "service:read",
                "service:write",
            ),
        ),
        "STAFF_SUPPORT": Role(name="STAFF_SUPPORT", inherits=(), permissions=("account:read", "property_area:read")),
        "STAFF_MODERATOR": Role(
            name="STAFF_MODERATOR",
            inherits=("STAFF_SUPPORT",),
            permissions=(
                "category:read",
                "category:write",
                "moderation:read",
                "moderation:decide",
                "verification:read",
                "verification:decide",
            ),
        ),
        "STAFF_ADMIN": Role(
            name="STAFF_ADMIN",
            inherits=("STAFF_MODERATOR",),
            permissions=("account:write", "role:read", "role:write", "audit:read", "usage:read"),
        ),
    }
)

RATE_LIMIT_POLICIES = MappingProxyType(
    {
        "public-read": RateLimitPolicy(name="public-read", quota=600, window=60, partition="address"),
        "probe": RateLimitPolicy(name="probe", quota=1200, window=60, partition="address"),
        "sign-in": RateLimitPolicy(name="sign-in", quota=30, window=60, partition="address"),
        "token": RateLimitPolicy(name="token", quota=120, window=60, partition="address"),
        "mail": RateLimitPolicy(name="mail", quota=20, window=600, partition="address"),
        "read": RateLimitPolicy(name="read", quota=600, window=60, partition="caller"),
        "write": RateLimitPolicy(name="write", quota=120, window=60, partition="caller"),
        "upload": RateLimitPolicy(name="upload", quota=30, window=60, partition="caller"),
        "credential": RateLimitPolicy(name="credential", quota=20, window=60, partition="caller"),
        "export": RateLimitPolicy(name="export", quota=5, window=3600, partition="caller"),
    }
)

PROBLEM_TYPES = MappingProxyType(
    {
        "account-suspended": ProblemType(slug="account-suspended", status=403, title="Account suspended"),
        "already-used": ProblemType(slug="already-used", status=422, title="Link already used"),
        "built-in-role": ProblemType(slug="built-in-role", status=409, title="Built-in role"),
        "category-circle": ProblemType(slug="category-circle", status=409, title="A circle in the tree"),
        "category-in-use": ProblemType(slug="category-in-use", status=409, title="Category in use"),
        "category-limit": ProblemType(slug="category-limit", status=409, title="Too many categories"),
        "category-retired": ProblemType(slug="category-retired", status=409, title="Category retired"),
        "category-slug-taken": ProblemType(slug="category-slug-taken", status=409, title="Slug taken"),
        "category-too-deep": ProblemType(slug="category-too-deep", status=409, title="Too many levels"),
        "email-taken": ProblemType(slug="email-taken", status=409, title="E-mail address taken"),
        "exceeds-own-permissions": ProblemType(
            slug="exceeds-own-permissions", status=403, title="More than you may yourself"
        ),
        "forbidden": ProblemType(slug="forbidden", status=403, title="Not allowed"),
        "forbidden-word-taken": ProblemType(slug="forbidden-word-taken", status=409, title="Word on the list"),
        "fresh-sign-in-required": ProblemType(
            slug="fresh-sign-in-required", status=403, title="Fresh sign-in required"
        ),
        "idempotency-in-flight": ProblemType(slug="idempotency-in-flight", status=409, title="Request in flight"),
        "idempotency-key-reused": ProblemType(
            slug="idempotency-key-reused", status=422, title="Idempotency key reused"
        ),
        "identity-taken": ProblemType(slug="identity-taken", status=409, title="Identity belongs to another account"),
        "internal-error": ProblemType(slug="internal-error", status=500, title="Internal error"),
        "invalid-credentials": ProblemType(slug="invalid-credentials", status=401, title="Invalid credentials"),
        "invalid-cursor": ProblemType(slug="invalid-cursor", status=422, title="Invalid cursor"),
        "invalid-mfa-token": ProblemType(slug="invalid-mfa-token", status=401, title="Sign-in expired"),
        "invalid-one-time-token": ProblemType(slug="invalid-one-time-token", status=422, title="Invalid link"),
        "invalid-refresh-token": ProblemType(slug="invalid-refresh-token", status=401, title="Invalid refresh token"),
        "invalid-token": ProblemType(slug="invalid-token", status=401, title="Invalid access token"),
        "invalid-transition": ProblemType(slug="invalid-transition", status=409, title="Not possible in this state"),
        "last-admin": ProblemType(slug="last-admin", status=409, title="Last administrator"),
        "last-way-in": ProblemType(slug="last-way-in", status=409, title="Last way in"),
        "limit-reached": ProblemType(slug="limit-reached", status=409, title="Limit reached"),
        "login-throttled": ProblemType(slug="login-throttled", status=429, title="Too many failed attempts"),
        "malformed-request": ProblemType(slug="malformed-request", status=400, title="Malformed request"),
        "method-not-allowed": ProblemType(slug="method-not-allowed", status=405, title="Method not allowed"),
        "mfa-already-enrolled": ProblemType(
            slug="mfa-already-enrolled", status=409, title="Second factor is switched on"
        ),
        "mfa-enrolment-not-started": ProblemType(
            slug="mfa-enrolment-not-started", status=409, title="No enrolment to confirm"
        ),
        "mfa-enrolment-required": ProblemType(
            slug="mfa-enrolment-required", status=403, title="Second factor must be switched on"
        ),
        "mfa-not-enrolled": ProblemType(slug="mfa-not-enrolled", status=409, title="Second factor is switched off"),
        "mfa-required": ProblemType(slug="mfa-required", status=403, title="Second factor required"),
        "moderation-claimed": ProblemType(slug="moderation-claimed", status=409, title="Claimed by somebody else"),
        "not-acceptable": ProblemType(slug="not-acceptable", status=406, title="Not acceptable"),
        "not-found": ProblemType(slug="not-found", status=404, title="Not found"),
        "own-account": ProblemType(slug="own-account", status=409, title="Your own account"),
        "own-case": ProblemType(slug="own-case", status=403, title="Own case"),
        "own-listing": ProblemType(slug="own-listing", status=409, title="Own listing"),
        "payload-too-large": ProblemType(slug="payload-too-large", status=413, title="Payload too large"),
        "precondition-failed": ProblemType(slug="precondition-failed", status=412, title="Changed meanwhile"),
        "precondition-required": ProblemType(slug="precondition-required", status=428, title="If-Match required"),
        "profile-incomplete": ProblemType(slug="profile-incomplete", status=409, title="Profile incomplete"),
        "profile-required": ProblemType(slug="profile-required", status=409, title="Business profile required"),
        "rate-limited": ProblemType(slug="rate-limited", status=429, title="Too many requests"),
        "reauthentication-required": ProblemType(slug="reauthentication-required", status=403, title="Sign in again"),
        "role-in-use": ProblemType(slug="role-in-use", status=409, title="Role in use"),
        "role-name-taken": ProblemType(slug="role-name-taken", status=409, title="Role name taken"),
        "role-refused": ProblemType(slug="role-refused", status=422, title="Not a possible role"),
        "unauthenticated": ProblemType(slug="unauthenticated", status=401, title="Sign-in required"),
        "unavailable": ProblemType(slug="unavailable", status=503, title="Unavailable"),
        "unknown-client": ProblemType(slug="unknown-client", status=422, title="Unknown client"),
        "unknown-flow": ProblemType(slug="unknown-flow", status=404, title="Sign-in not known"),
        "unknown-provider": ProblemType(slug="unknown-provider", status=422, title="Unknown identity provider"),
        "unknown-role": ProblemType(slug="unknown-role", status=422, title="Unknown role"),
        "unsupported-media-type": ProblemType(
            slug="unsupported-media-type", status=415, title="Unsupported media type"
        ),
        "username-taken": ProblemType(slug="username-taken", status=409, title="Username taken"),
        "validation-failed": ProblemType(slug="validation-failed", status=422, title="Validation failed"),
        "weak-password": ProblemType(slug="weak-password", status=422, title="Weak password"),
        "wrong-current-password": ProblemType(
            slug="wrong-current-password", status=422, title="Wrong current password"
        ),
        "wrong-mfa-code": ProblemType(slug="wrong-mfa-code", status=422, title="Wrong code"),
    }
)


REGISTER = Operation(
    id="register",
    method="POST",
    path="/api/v1/auth/register",
    tag="registration",
    rate_limit=RATE_LIMIT_POLICIES["mail"],
    statuses=frozenset({202, 400, 406, 409, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="account.registered",
)
VERIFY_EMAIL = Operation(
    id="verifyEmail",
    method="POST",
    path="/api/v1/auth/verify-email",
    tag="registration",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({200, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="account.verified",
)
RESEND_VERIFICATION = Operation(
    id="resendVerification",
    method="POST",
    path="/api/v1/auth/verify-email/resend",
    tag="registration",
    rate_limit=RATE_LIMIT_POLICIES["mail"],
    statuses=frozenset({202, 400, 406, 413, 415, 422, 429, 500, 503}),
    public=True,
)
LOGIN = Operation(
    id="login",
    method="POST",
    path="/api/v1/auth/login",
    tag="sessions",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({200, 400, 401, 403, 406, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="session.started",
    open_parameters=True,
)
REFRESH_SESSION = Operation(
    id="refreshSession",
    method="POST",
    path="/api/v1/auth/refresh",
    tag="sessions",
    rate_limit=RATE_LIMIT_POLICIES["token"],
    statuses=frozenset({200, 400, 401, 403, 406, 413, 415, 422, 429, 500, 503}),
    public=True,
)
LOGOUT = Operation(
    id="logout",
    method="POST",
    path="/api/v1/auth/logout",
    tag="sessions",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 422, 429, 500, 503}),
    audit="session.ended",
)
GET_CURRENT_SESSION = Operation(
    id="getCurrentSession",
    method="GET",
    path="/api/v1/auth/me",
    tag="sessions",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
)
REQUEST_PASSWORD_RESET = Operation(
    id="requestPasswordReset",
    method="POST",
    path="/api/v1/auth/reset-password",
    tag="passwords",
    rate_limit=RATE_LIMIT_POLICIES["mail"],
    statuses=frozenset({202, 400, 406, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="password.reset_requested",
)
CONFIRM_PASSWORD_RESET = Operation(
    id="confirmPasswordReset",
    method="POST",
    path="/api/v1/auth/reset-password/confirm",
    tag="passwords",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({204, 400, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="password.reset",
)
CHANGE_PASSWORD = Operation(
    id="changePassword",
    method="PUT",
    path="/api/v1/users/me/password",
    tag="passwords",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({204, 400, 401, 403, 413, 415, 422, 429, 500, 503}),
    audit="password.changed",
)
COMPLETE_LOGIN = Operation(
    id="completeLogin",
    method="POST",
    path="/api/v1/auth/login/mfa",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({200, 400, 401, 403, 406, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="session.started",
)
GET_MFA = Operation(
    id="getMfa",
    method="GET",
    path="/api/v1/users/me/mfa",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
)
START_TOTP_ENROLMENT = Operation(
    id="startTotpEnrolment",
    method="POST",
    path="/api/v1/users/me/mfa/totp",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({200, 401, 403, 406, 409, 422, 429, 500, 503}),
    audit="mfa.enrolment_started",
)
CONFIRM_TOTP_ENROLMENT = Operation(
    id="confirmTotpEnrolment",
    method="POST",
    path="/api/v1/users/me/mfa/totp/confirm",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({200, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    audit="mfa.enabled",
)
DISABLE_TOTP = Operation(
    id="disableTotp",
    method="POST",
    path="/api/v1/users/me/mfa/totp/disable",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({204, 400, 401, 403, 409, 413, 415, 422, 429, 500, 503}),
    audit="mfa.disabled",
)
RENEW_RECOVERY_CODES = Operation(
    id="renewRecoveryCodes",
    method="POST",
    path="/api/v1/users/me/mfa/recovery-codes",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({200, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    audit="mfa.recovery_codes_renewed",
)
RESET_USER_MFA = Operation(
    id="resetUserMfa",
    method="POST",
    path="/api/v1/users/{user_id}/mfa/reset",
    tag="mfa",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 404, 409, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="mfa.reset",
)
LIST_IDENTITY_PROVIDERS = Operation(
    id="listIdentityProviders",
    method="GET",
    path="/api/v1/auth/providers",
    tag="oauth",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 406, 422, 429, 500, 503}),
    public=True,
)
BEGIN_SIGN_IN = Operation(
    id="beginSignIn",
    method="POST",
    path="/api/v1/auth/authorize",
    tag="oauth",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({200, 400, 406, 413, 415, 422, 429, 500, 503}),
    public=True,
)
REQUEST_AUTHORIZATION = Operation(
    id="requestAuthorization",
    method="GET",
    path="/api/v1/auth/authorize",
    tag="oauth",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({303, 422, 429, 500, 503}),
    public=True,
    open_parameters=True,
    pages=(422, 429, 500, 503),
)
START_SIGN_IN = Operation(
    id="startSignIn",
    method="GET",
    path="/api/v1/auth/start/{flow}",
    tag="oauth",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({303, 404, 422, 429, 500, 503}),
    public=True,
    pages=(404, 422, 429, 500, 503),
)
FINISH_SIGN_IN = Operation(
    id="finishSignIn",
    method="GET",
    path="/api/v1/auth/callback/{provider}",
    tag="oauth",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({303, 404, 422, 429, 500, 503}),
    public=True,
    audit="sign_in.identified",
    open_parameters=True,
    pages=(404, 422, 429, 500, 503),
)
EXCHANGE_TOKEN = Operation(
    id="exchangeToken",
    method="POST",
    path="/api/v1/auth/token",
    tag="oauth-token",
    rate_limit=RATE_LIMIT_POLICIES["token"],
    statuses=frozenset({200, 400, 429, 500, 503}),
    public=True,
    audit="session.started",
    open_parameters=True,
    errors="oauth",
)
REVOKE_TOKEN = Operation(
    id="revokeToken",
    method="POST",
    path="/api/v1/auth/revoke",
    tag="oauth-token",
    rate_limit=RATE_LIMIT_POLICIES["token"],
    statuses=frozenset({200, 400, 429, 500, 503}),
    public=True,
    audit="session.ended",
    open_parameters=True,
    errors="oauth",
)
LIST_IDENTITIES = Operation(
    id="listIdentities",
    method="GET",
    path="/api/v1/users/me/identities",
    tag="identities",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
)
BEGIN_IDENTITY_LINK = Operation(
    id="beginIdentityLink",
    method="POST",
    path="/api/v1/users/me/identities",
    tag="identities",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({200, 400, 401, 403, 406, 413, 415, 422, 429, 500, 503}),
)
CONFIRM_IDENTITY_LINK = Operation(
    id="confirmIdentityLink",
    method="POST",
    path="/api/v1/users/me/identity-links",
    tag="identities",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({200, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    audit="identity.linked",
)
DELETE_IDENTITY = Operation(
    id="deleteIdentity",
    method="DELETE",
    path="/api/v1/users/me/identities/{identity_id}",
    tag="identities",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({204, 401, 403, 404, 409, 422, 429, 500, 503}),
    audit="identity.unlinked",
)
GET_ACCOUNT = Operation(
    id="getAccount",
    method="GET",
    path="/api/v1/users/me",
    tag="account",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 406, 422, 429, 500, 503}),
)
REPLACE_ACCOUNT = Operation(
    id="replaceAccount",
    method="PUT",
    path="/api/v1/users/me",
    tag="account",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 406, 409, 412, 413, 415, 422, 429, 500, 503}),
    audit="account.changed",
)
UPDATE_ACCOUNT = Operation(
    id="updateAccount",
    method="PATCH",
    path="/api/v1/users/me",
    tag="account",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 406, 409, 412, 413, 415, 422, 429, 500, 503}),
    audit="account.changed",
)
CLOSE_ACCOUNT = Operation(
    id="closeAccount",
    method="DELETE",
    path="/api/v1/users/me",
    tag="closure",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({204, 400, 401, 403, 409, 413, 415, 422, 429, 500, 503}),
    audit="account.closed",
)
RESTORE_ACCOUNT = Operation(
    id="restoreAccount",
    method="POST",
    path="/api/v1/auth/restore",
    tag="closure",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({204, 400, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="account.restored",
)
REQUEST_EMAIL_CHANGE = Operation(
    id="requestEmailChange",
    method="POST",
    path="/api/v1/users/me/email",
    tag="email-change",
    rate_limit=RATE_LIMIT_POLICIES["credential"],
    statuses=frozenset({202, 400, 401, 403, 406, 413, 415, 422, 429, 500, 503}),
    audit="email.change_requested",
)
CONFIRM_EMAIL_CHANGE = Operation(
    id="confirmEmailChange",
    method="POST",
    path="/api/v1/users/me/email/confirm",
    tag="email-change",
    rate_limit=RATE_LIMIT_POLICIES["sign-in"],
    statuses=frozenset({204, 400, 401, 413, 415, 422, 429, 500, 503}),
    public=True,
    audit="email.changed",
)
LIST_OWN_SESSIONS = Operation(
    id="listOwnSessions",
    method="GET",
    path="/api/v1/users/me/sessions",
    tag="own-sessions",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
)
END_OWN_SESSION = Operation(
    id="endOwnSession",
    method="DELETE",
    path="/api/v1/users/me/sessions/{session_id}",
    tag="own-sessions",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 404, 422, 429, 500, 503}),
    audit="session.ended",
)
LOGOUT_EVERYWHERE = Operation(
    id="logoutEverywhere",
    method="POST",
    path="/api/v1/auth/logout-all",
    tag="own-sessions",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 422, 429, 500, 503}),
    audit="session.all_ended",
)
EXPORT_OWN_DATA = Operation(
    id="exportOwnData",
    method="GET",
    path="/api/v1/users/me/export",
    tag="export",
    rate_limit=RATE_LIMIT_POLICIES["export"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    audit="account.exported",
)
LIST_USERS = Operation(
    id="listUsers",
    method="GET",
    path="/api/v1/users",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("account:read",),
    audit="account.listed",
)
CREATE_USER = Operation(
    id="createUser",
    method="POST",
    path="/api/v1/users",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("account:write",),
    idempotent=True,
    audit="account.created",
)
GET_USER = Operation(
    id="getUser",
    method="GET",
    path="/api/v1/users/{user_id}",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("account:read",),
    audit="account.read",
)
REPLACE_USER = Operation(
    id="replaceUser",
    method="PUT",
    path="/api/v1/users/{user_id}",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("account:write",),
    audit="account.changed",
)
DELETE_USER = Operation(
    id="deleteUser",
    method="DELETE",
    path="/api/v1/users/{user_id}",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 409, 412, 422, 428, 429, 500, 503}),
    permissions=("account:write",),
    audit="account.closed",
)
SUSPEND_USER = Operation(
    id="suspendUser",
    method="POST",
    path="/api/v1/users/{user_id}/suspend",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="account.suspended",
)
REACTIVATE_USER = Operation(
    id="reactivateUser",
    method="POST",
    path="/api/v1/users/{user_id}/reactivate",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="account.reactivated",
)
UNLOCK_USER = Operation(
    id="unlockUser",
    method="POST",
    path="/api/v1/users/{user_id}/unlock",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 404, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="account.unlocked",
)
REQUEST_USER_PASSWORD_RESET = Operation(
    id="requestUserPasswordReset",
    method="POST",
    path="/api/v1/users/{user_id}/password-reset",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({202, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="password.reset_requested",
)
LIST_USER_SESSIONS = Operation(
    id="listUserSessions",
    method="GET",
    path="/api/v1/users/{user_id}/sessions",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("account:read",),
    audit="account.sessions_read",
)
END_USER_SESSIONS = Operation(
    id="endUserSessions",
    method="DELETE",
    path="/api/v1/users/{user_id}/sessions",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 404, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="session.all_ended",
)
END_USER_SESSION = Operation(
    id="endUserSession",
    method="DELETE",
    path="/api/v1/users/{user_id}/sessions/{session_id}",
    tag="accounts",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 404, 422, 429, 500, 503}),
    permissions=("account:write",),
    audit="session.ended",
)
LIST_PERMISSIONS = Operation(
    id="listPermissions",
    method="GET",
    path="/api/v1/permissions",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("role:read",),
)
LIST_ROLES = Operation(
    id="listRoles",
    method="GET",
    path="/api/v1/roles",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("role:read",),
)
CREATE_ROLE = Operation(
    id="createRole",
    method="POST",
    path="/api/v1/roles",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("role:write",),
    idempotent=True,
    audit="role.created",
)
GET_ROLE = Operation(
    id="getRole",
    method="GET",
    path="/api/v1/roles/{role_id}",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("role:read",),
)
REPLACE_ROLE = Operation(
    id="replaceRole",
    method="PUT",
    path="/api/v1/roles/{role_id}",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("role:write",),
    audit="role.changed",
)
DELETE_ROLE = Operation(
    id="deleteRole",
    method="DELETE",
    path="/api/v1/roles/{role_id}",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 409, 412, 422, 428, 429, 500, 503}),
    permissions=("role:write",),
    audit="role.deleted",
)
GET_USER_ROLES = Operation(
    id="getUserRoles",
    method="GET",
    path="/api/v1/users/{user_id}/roles",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("role:read",),
)
REPLACE_USER_ROLES = Operation(
    id="replaceUserRoles",
    method="PUT",
    path="/api/v1/users/{user_id}/roles",
    tag="roles",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("role:write",),
    audit="account.roles_changed",
)
LIST_PROPERTIES = Operation(
    id="listProperties",
    method="GET",
    path="/api/v1/homeowners/properties",
    tag="properties",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("property:read",),
)
CREATE_PROPERTY = Operation(
    id="createProperty",
    method="POST",
    path="/api/v1/homeowners/properties",
    tag="properties",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("property:write",),
    idempotent=True,
)
GET_PROPERTY = Operation(
    id="getProperty",
    method="GET",
    path="/api/v1/homeowners/properties/{property_id}",
    tag="properties",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("property:read",),
)
REPLACE_PROPERTY = Operation(
    id="replaceProperty",
    method="PUT",
    path="/api/v1/homeowners/properties/{property_id}",
    tag="properties",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429, 500, 503}),
    permissions=("property:write",),
)
UPDATE_PROPERTY = Operation(
    id="updateProperty",
    method="PATCH",
    path="/api/v1/homeowners/properties/{property_id}",
    tag="properties",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429, 500, 503}),
    permissions=("property:write",),
)
DELETE_PROPERTY = Operation(
    id="deleteProperty",
    method="DELETE",
    path="/api/v1/homeowners/properties/{property_id}",
    tag="properties",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 412, 422, 429, 500, 503}),
    permissions=("property:write",),
)
LIST_PROPERTY_AREAS = Operation(
    id="listPropertyAreas",
    method="GET",
    path="/api/v1/properties",
    tag="property-areas",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("property_area:read",),
)
LIST_FAVOURITES = Operation(
    id="listFavourites",
    method="GET",
    path="/api/v1/homeowners/favourites",
    tag="favourites",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("favourite:read",),
)
KEEP_SERVICE = Operation(
    id="keepService",
    method="PUT",
    path="/api/v1/homeowners/favourites/services/{service_id}",
    tag="favourites",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("favourite:write",),
)
DROP_SERVICE = Operation(
    id="dropService",
    method="DELETE",
    path="/api/v1/homeowners/favourites/services/{service_id}",
    tag="favourites",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 422, 429, 500, 503}),
    permissions=("favourite:write",),
)
KEEP_PROVIDER = Operation(
    id="keepProvider",
    method="PUT",
    path="/api/v1/homeowners/favourites/providers/{profile_id}",
    tag="favourites",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("favourite:write",),
)
DROP_PROVIDER = Operation(
    id="dropProvider",
    method="DELETE",
    path="/api/v1/homeowners/favourites/providers/{profile_id}",
    tag="favourites",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 422, 429, 500, 503}),
    permissions=("favourite:write",),
)
LIST_SAVED_SEARCHES = Operation(
    id="listSavedSearches",
    method="GET",
    path="/api/v1/homeowners/saved-searches",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("saved_search:read",),
)
CREATE_SAVED_SEARCH = Operation(
    id="createSavedSearch",
    method="POST",
    path="/api/v1/homeowners/saved-searches",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("saved_search:write",),
    idempotent=True,
)
GET_SAVED_SEARCH = Operation(
    id="getSavedSearch",
    method="GET",
    path="/api/v1/homeowners/saved-searches/{saved_search_id}",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("saved_search:read",),
)
REPLACE_SAVED_SEARCH = Operation(
    id="replaceSavedSearch",
    method="PUT",
    path="/api/v1/homeowners/saved-searches/{saved_search_id}",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429, 500, 503}),
    permissions=("saved_search:write",),
)
DELETE_SAVED_SEARCH = Operation(
    id="deleteSavedSearch",
    method="DELETE",
    path="/api/v1/homeowners/saved-searches/{saved_search_id}",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 412, 422, 429, 500, 503}),
    permissions=("saved_search:write",),
)
OPEN_UNSUBSCRIBE_PAGE = Operation(
    id="openUnsubscribePage",
    method="GET",
    path="/api/v1/unsubscribe/{subscription}",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({303, 422, 429, 500, 503}),
    public=True,
    pages=(422, 429, 500, 503),
)
UNSUBSCRIBE = Operation(
    id="unsubscribe",
    method="POST",
    path="/api/v1/unsubscribe/{subscription}",
    tag="saved-searches",
    rate_limit=RATE_LIMIT_POLICIES["token"],
    statuses=frozenset({204, 404, 422, 429, 500, 503}),
    public=True,
    audit="saved_search.unsubscribed",
)
GET_PROVIDER_PROFILE = Operation(
    id="getProviderProfile",
    method="GET",
    path="/api/v1/service-providers/profile",
    tag="provider-profile",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("provider_profile:read",),
)
REPLACE_PROVIDER_PROFILE = Operation(
    id="replaceProviderProfile",
    method="PUT",
    path="/api/v1/service-providers/profile",
    tag="provider-profile",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 201, 400, 401, 403, 406, 409, 412, 413, 415, 422, 429, 500, 503}),
    permissions=("provider_profile:write",),
)
SUBMIT_PROVIDER_PROFILE = Operation(
    id="submitProviderProfile",
    method="POST",
    path="/api/v1/service-providers/profile/submit",
    tag="provider-profile",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("provider_profile:write",),
)
LIST_PROVIDER_SERVICES = Operation(
    id="listProviderServices",
    method="GET",
    path="/api/v1/service-providers/services",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("service:read",),
)
CREATE_SERVICE = Operation(
    id="createService",
    method="POST",
    path="/api/v1/service-providers/services",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("service:write",),
    idempotent=True,
)
GET_PROVIDER_SERVICE = Operation(
    id="getProviderService",
    method="GET",
    path="/api/v1/service-providers/services/{service_id}",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("service:read",),
)
REPLACE_SERVICE = Operation(
    id="replaceService",
    method="PUT",
    path="/api/v1/service-providers/services/{service_id}",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429, 500, 503}),
    permissions=("service:write",),
)
UPDATE_SERVICE = Operation(
    id="updateService",
    method="PATCH",
    path="/api/v1/service-providers/services/{service_id}",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 412, 413, 415, 422, 429, 500, 503}),
    permissions=("service:write",),
)
DELETE_SERVICE = Operation(
    id="deleteService",
    method="DELETE",
    path="/api/v1/service-providers/services/{service_id}",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 412, 422, 429, 500, 503}),
    permissions=("service:write",),
)
SUBMIT_SERVICE = Operation(
    id="submitService",
    method="POST",
    path="/api/v1/service-providers/services/{service_id}/submit",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("service:write",),
)
PAUSE_SERVICE = Operation(
    id="pauseService",
    method="POST",
    path="/api/v1/service-providers/services/{service_id}/pause",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("service:write",),
)
RESUME_SERVICE = Operation(
    id="resumeService",
    method="POST",
    path="/api/v1/service-providers/services/{service_id}/resume",
    tag="provider-services",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("service:write",),
)
LIST_PROPERTY_PHOTOS = Operation(
    id="listPropertyPhotos",
    method="GET",
    path="/api/v1/homeowners/properties/{property_id}/photos",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("property:read",),
)
ADD_PROPERTY_PHOTO = Operation(
    id="addPropertyPhoto",
    method="POST",
    path="/api/v1/homeowners/properties/{property_id}/photos",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["upload"],
    statuses=frozenset({201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("property:write",),
    idempotent=True,
    audit="photo.added",
    max_body=12713984,
)
LIST_SERVICE_PHOTOS = Operation(
    id="listServicePhotos",
    method="GET",
    path="/api/v1/service-providers/services/{service_id}/photos",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("service:read",),
)
ADD_SERVICE_PHOTO = Operation(
    id="addServicePhoto",
    method="POST",
    path="/api/v1/service-providers/services/{service_id}/photos",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["upload"],
    statuses=frozenset({201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("service:write",),
    idempotent=True,
    audit="photo.added",
    max_body=12713984,
)
LIST_PROFILE_PHOTOS = Operation(
    id="listProfilePhotos",
    method="GET",
    path="/api/v1/service-providers/profile/photos",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("provider_profile:read",),
)
ADD_PROFILE_PHOTO = Operation(
    id="addProfilePhoto",
    method="POST",
    path="/api/v1/service-providers/profile/photos",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["upload"],
    statuses=frozenset({201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("provider_profile:write",),
    idempotent=True,
    audit="photo.added",
    max_body=12713984,
)
GET_PHOTO = Operation(
    id="getPhoto",
    method="GET",
    path="/api/v1/photos/{photo_id}",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 406, 422, 429, 500, 503}),
)
UPDATE_PHOTO = Operation(
    id="updatePhoto",
    method="PATCH",
    path="/api/v1/photos/{photo_id}",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 413, 415, 422, 429, 500, 503}),
)
DELETE_PHOTO = Operation(
    id="deletePhoto",
    method="DELETE",
    path="/api/v1/photos/{photo_id}",
    tag="photos",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 401, 403, 404, 422, 429, 500, 503}),
    audit="photo.deleted",
)
LIST_OWN_VERIFICATIONS = Operation(
    id="listOwnVerifications",
    method="GET",
    path="/api/v1/service-providers/verifications",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("provider_profile:read",),
)
CREATE_VERIFICATION = Operation(
    id="createVerification",
    method="POST",
    path="/api/v1/service-providers/verifications",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["upload"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("provider_profile:write",),
    idempotent=True,
    audit="verification.submitted",
    max_body=10551296,
)
GET_OWN_VERIFICATION = Operation(
    id="getOwnVerification",
    method="GET",
    path="/api/v1/service-providers/verifications/{verification_id}",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("provider_profile:read",),
)
DELETE_VERIFICATION = Operation(
    id="deleteVerification",
    method="DELETE",
    path="/api/v1/service-providers/verifications/{verification_id}",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 412, 422, 429, 500, 503}),
    permissions=("provider_profile:write",),
    audit="verification.withdrawn",
)
GET_OWN_VERIFICATION_DOCUMENT = Operation(
    id="getOwnVerificationDocument",
    method="GET",
    path="/api/v1/service-providers/verifications/{verification_id}/document",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 422, 429, 500, 503}),
    permissions=("provider_profile:read",),
    audit="verification.document_read",
)
LIST_VERIFICATIONS = Operation(
    id="listVerifications",
    method="GET",
    path="/api/v1/admin/verifications",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("verification:read",),
)
GET_VERIFICATION = Operation(
    id="getVerification",
    method="GET",
    path="/api/v1/admin/verifications/{verification_id}",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("verification:read",),
)
GET_VERIFICATION_DOCUMENT = Operation(
    id="getVerificationDocument",
    method="GET",
    path="/api/v1/admin/verifications/{verification_id}/document",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 422, 429, 500, 503}),
    permissions=("verification:read",),
    audit="verification.document_read",
)
DECIDE_VERIFICATION = Operation(
    id="decideVerification",
    method="POST",
    path="/api/v1/admin/verifications/{verification_id}/decision",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("verification:decide",),
    audit="verification.decided",
)
REVOKE_VERIFICATION = Operation(
    id="revokeVerification",
    method="POST",
    path="/api/v1/admin/verifications/{verification_id}/revoke",
    tag="verifications",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("verification:decide",),
    audit="verification.revoked",
)
LIST_CATEGORIES = Operation(
    id="listCategories",
    method="GET",
    path="/api/v1/categories",
    tag="catalogue",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=300),
)
SEARCH_SERVICES = Operation(
    id="searchServices",
    method="GET",
    path="/api/v1/services",
    tag="catalogue",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
COUNT_SERVICES = Operation(
    id="countServices",
    method="GET",
    path="/api/v1/services/facets",
    tag="catalogue",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
SUGGEST_SERVICES = Operation(
    id="suggestServices",
    method="GET",
    path="/api/v1/services/suggest",
    tag="catalogue",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=60),
)
GET_SERVICE = Operation(
    id="getService",
    method="GET",
    path="/api/v1/services/{service_id}",
    tag="catalogue",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 404, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
SEARCH_PROVIDERS = Operation(
    id="searchProviders",
    method="GET",
    path="/api/v1/providers",
    tag="providers",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
GET_PROVIDER = Operation(
    id="getProvider",
    method="GET",
    path="/api/v1/providers/{slug}",
    tag="providers",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 301, 304, 404, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
LIST_SERVICES_OF_PROVIDER = Operation(
    id="listServicesOfProvider",
    method="GET",
    path="/api/v1/providers/{slug}/services",
    tag="providers",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 301, 304, 404, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
LIST_OWN_REPORTS = Operation(
    id="listOwnReports",
    method="GET",
    path="/api/v1/reports",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
)
CREATE_REPORT = Operation(
    id="createReport",
    method="POST",
    path="/api/v1/reports",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    idempotent=True,
)
GET_OWN_REPORT = Operation(
    id="getOwnReport",
    method="GET",
    path="/api/v1/reports/{report_id}",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
)
LIST_REPORTS = Operation(
    id="listReports",
    method="GET",
    path="/api/v1/admin/reports",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("moderation:read",),
)
GET_REPORT = Operation(
    id="getReport",
    method="GET",
    path="/api/v1/admin/reports/{report_id}",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("moderation:read",),
)
TRIAGE_REPORT = Operation(
    id="triageReport",
    method="POST",
    path="/api/v1/admin/reports/{report_id}/triage",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="report.triaged",
)
DECIDE_REPORT = Operation(
    id="decideReport",
    method="POST",
    path="/api/v1/admin/reports/{report_id}/decision",
    tag="reports",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="report.decided",
)
SUGGEST_PLACES = Operation(
    id="suggestPlaces",
    method="GET",
    path="/api/v1/places",
    tag="places",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=300),
)
GET_CATEGORY_QUESTIONS = Operation(
    id="getCategoryQuestions",
    method="GET",
    path="/api/v1/categories/{slug}/questions",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["public-read"],
    statuses=frozenset({200, 304, 404, 406, 422, 429, 500, 503}),
    public=True,
    cache=CachePolicy(scope="public", max_age=30),
)
LIST_MANAGED_CATEGORIES = Operation(
    id="listManagedCategories",
    method="GET",
    path="/api/v1/admin/categories",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("category:read",),
)
CREATE_CATEGORY = Operation(
    id="createCategory",
    method="POST",
    path="/api/v1/admin/categories",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("category:write",),
    idempotent=True,
    audit="category.created",
)
GET_MANAGED_CATEGORY = Operation(
    id="getManagedCategory",
    method="GET",
    path="/api/v1/admin/categories/{category_id}",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("category:read",),
)
REPLACE_CATEGORY = Operation(
    id="replaceCategory",
    method="PUT",
    path="/api/v1/admin/categories/{category_id}",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("category:write",),
    audit="category.renamed",
)
DELETE_CATEGORY = Operation(
    id="deleteCategory",
    method="DELETE",
    path="/api/v1/admin/categories/{category_id}",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 409, 412, 422, 428, 429, 500, 503}),
    permissions=("category:write",),
    audit="category.deleted",
)
MOVE_CATEGORY = Operation(
    id="moveCategory",
    method="POST",
    path="/api/v1/admin/categories/{category_id}/move",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("category:write",),
    audit="category.moved",
)
RETIRE_CATEGORY = Operation(
    id="retireCategory",
    method="POST",
    path="/api/v1/admin/categories/{category_id}/retire",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("category:write",),
    audit="category.retired",
)
GET_MANAGED_CATEGORY_QUESTIONS = Operation(
    id="getManagedCategoryQuestions",
    method="GET",
    path="/api/v1/admin/categories/{category_id}/questions",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("category:read",),
)
REPLACE_CATEGORY_QUESTIONS = Operation(
    id="replaceCategoryQuestions",
    method="PUT",
    path="/api/v1/admin/categories/{category_id}/questions",
    tag="categories",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("category:write",),
    audit="category.questions_changed",
)
LIST_MODERATION_ITEMS = Operation(
    id="listModerationItems",
    method="GET",
    path="/api/v1/admin/moderation",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("moderation:read",),
)
GET_MODERATION_ITEM = Operation(
    id="getModerationItem",
    method="GET",
    path="/api/v1/admin/moderation/{item_id}",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("moderation:read",),
)
CLAIM_MODERATION_ITEM = Operation(
    id="claimModerationItem",
    method="POST",
    path="/api/v1/admin/moderation/{item_id}/claim",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="moderation.claimed",
)
RELEASE_MODERATION_ITEM = Operation(
    id="releaseModerationItem",
    method="POST",
    path="/api/v1/admin/moderation/{item_id}/release",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="moderation.released",
)
DECIDE_MODERATION_ITEM = Operation(
    id="decideModerationItem",
    method="POST",
    path="/api/v1/admin/moderation/{item_id}/decision",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="moderation.decided",
)
SUSPEND_PROVIDER = Operation(
    id="suspendProvider",
    method="POST",
    path="/api/v1/admin/providers/{profile_id}/suspend",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="provider.suspended",
)
REINSTATE_PROVIDER = Operation(
    id="reinstateProvider",
    method="POST",
    path="/api/v1/admin/providers/{profile_id}/reinstate",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="provider.reinstated",
)
REINSTATE_SERVICE = Operation(
    id="reinstateService",
    method="POST",
    path="/api/v1/admin/services/{service_id}/reinstate",
    tag="moderation",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 401, 403, 404, 406, 409, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="service.reinstated",
)
LIST_FORBIDDEN_WORDS = Operation(
    id="listForbiddenWords",
    method="GET",
    path="/api/v1/admin/forbidden-words",
    tag="forbidden-words",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("moderation:read",),
)
CREATE_FORBIDDEN_WORD = Operation(
    id="createForbiddenWord",
    method="POST",
    path="/api/v1/admin/forbidden-words",
    tag="forbidden-words",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({201, 400, 401, 403, 406, 409, 413, 415, 422, 429, 500, 503}),
    permissions=("moderation:decide",),
    idempotent=True,
    audit="forbidden_word.created",
)
GET_FORBIDDEN_WORD = Operation(
    id="getForbiddenWord",
    method="GET",
    path="/api/v1/admin/forbidden-words/{word_id}",
    tag="forbidden-words",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 304, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("moderation:read",),
)
REPLACE_FORBIDDEN_WORD = Operation(
    id="replaceForbiddenWord",
    method="PUT",
    path="/api/v1/admin/forbidden-words/{word_id}",
    tag="forbidden-words",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({200, 400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="forbidden_word.changed",
)
DELETE_FORBIDDEN_WORD = Operation(
    id="deleteForbiddenWord",
    method="DELETE",
    path="/api/v1/admin/forbidden-words/{word_id}",
    tag="forbidden-words",
    rate_limit=RATE_LIMIT_POLICIES["write"],
    statuses=frozenset({204, 400, 401, 403, 404, 412, 422, 428, 429, 500, 503}),
    permissions=("moderation:decide",),
    audit="forbidden_word.deleted",
)
LIST_OWN_ACTIVITY = Operation(
    id="listOwnActivity",
    method="GET",
    path="/api/v1/users/me/activity",
    tag="audit",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
)
LIST_AUDIT_EVENTS = Operation(
    id="listAuditEvents",
    method="GET",
    path="/api/v1/admin/audit-events",
    tag="audit",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 406, 422, 429, 500, 503}),
    permissions=("audit:read",),
    audit="audit.read",
)
GET_AUDIT_EVENT = Operation(
    id="getAuditEvent",
    method="GET",
    path="/api/v1/admin/audit-events/{event_id}",
    tag="audit",
    rate_limit=RATE_LIMIT_POLICIES["read"],
    statuses=frozenset({200, 401, 403, 404, 406, 422, 429, 500, 503}),
    permissions=("audit:read",),
    audit="audit.read",
)
GET_HEALTH = Operation(
    id="getHealth",
    method="GET",
    path="/api/v1/health",
    tag="health",
    rate_limit=RATE_LIMIT_POLICIES["probe"],
    statuses=frozenset({200, 406, 422, 429, 500, 503}),
    public=True,
)
GET_LIVENESS = Operation(
    id="getLiveness",
    method="GET",
    path="/api/v1/health/live",
    tag="health",
    rate_limit=RATE_LIMIT_POLICIES["probe"],
    statuses=frozenset({200, 406, 422, 429, 500}),
    public=True,
)
GET_READINESS = Operation(
    id="getReadiness",
    method="GET",
    path="/api/v1/health/ready",
    tag="health",
    rate_limit=RATE_LIMIT_POLICIES["probe"],
    statuses=frozenset({200, 406, 422, 429, 500, 503}),
    public=True,
)

OPERATIONS: tuple[Operation, ...] = (
    REGISTER,
    VERIFY_EMAIL,
    RESEND_VERIFICATION,
    LOGIN,
    REFRESH_SESSION,
    LOGOUT,
    GET_CURRENT_SESSION,
    REQUEST_PASSWORD_RESET,
    CONFIRM_PASSWORD_RESET,
    CHANGE_PASSWORD,
    COMPLETE_LOGIN,
    GET_MFA,
    START_TOTP_ENROLMENT,
    CONFIRM_TOTP_ENROLMENT,
    DISABLE_TOTP,
    RENEW_RECOVERY_CODES,
    RESET_USER_MFA,
    LIST_IDENTITY_PROVIDERS,
    BEGIN_SIGN_IN,
    REQUEST_AUTHORIZATION,
    START_SIGN_IN,
    FINISH_SIGN_IN,
    EXCHANGE_TOKEN,
    REVOKE_TOKEN,
    LIST_IDENTITIES,
    BEGIN_IDENTITY_LINK,
    CONFIRM_IDENTITY_LINK,
    DELETE_IDENTITY,
    GET_ACCOUNT,
    REPLACE_ACCOUNT,
    UPDATE_ACCOUNT,
    CLOSE_ACCOUNT,
    RESTORE_ACCOUNT,
    REQUEST_EMAIL_CHANGE,
    CONFIRM_EMAIL_CHANGE,
    LIST_OWN_SESSIONS,
    END_OWN_SESSION,
    LOGOUT_EVERYWHERE,
    EXPORT_OWN_DATA,
    LIST_USERS,
    CREATE_USER,
    GET_USER,
    REPLACE_USER,
    DELETE_USER,
    SUSPEND_USER,
    REACTIVATE_USER,
    UNLOCK_USER,
    REQUEST_USER_PASSWORD_RESET,
    LIST_USER_SESSIONS,
    END_USER_SESSIONS,
    END_USER_SESSION,
    LIST_PERMISSIONS,
    LIST_ROLES,
    CREATE_ROLE,
    GET_ROLE,
    REPLACE_ROLE,
    DELETE_ROLE,
    GET_USER_ROLES,
    REPLACE_USER_ROLES,
    LIST_PROPERTIES,
    CREATE_PROPERTY,
    GET_PROPERTY,
    REPLACE_PROPERTY,
    UPDATE_PROPERTY,
    DELETE_PROPERTY,
    LIST_PROPERTY_AREAS,
    LIST_FAVOURITES,
    KEEP_SERVICE,
    DROP_SERVICE,
    KEEP_PROVIDER,
    DROP_PROVIDER,
    LIST_SAVED_SEARCHES,
    CREATE_SAVED_SEARCH,
    GET_SAVED_SEARCH,
    REPLACE_SAVED_SEARCH,
    DELETE_SAVED_SEARCH,
    OPEN_UNSUBSCRIBE_PAGE,
    UNSUBSCRIBE,
    GET_PROVIDER_PROFILE,
    REPLACE_PROVIDER_PROFILE,
    SUBMIT_PROVIDER_PROFILE,
    LIST_PROVIDER_SERVICES,
    CREATE_SERVICE,
    GET_PROVIDER_SERVICE,
    REPLACE_SERVICE,
    UPDATE_SERVICE,
    DELETE_SERVICE,
    SUBMIT_SERVICE,
    PAUSE_SERVICE,
    RESUME_SERVICE,
    LIST_PROPERTY_PHOTOS,
    ADD_PROPERTY_PHOTO,
    LIST_SERVICE_PHOTOS,
    ADD_SERVICE_PHOTO,
    LIST_PROFILE_PHOTOS,
    ADD_PROFILE_PHOTO,
    GET_PHOTO,
    UPDATE_PHOTO,
    DELETE_PHOTO,
    LIST_OWN_VERIFICATIONS,
    CREATE_VERIFICATION,
    GET_OWN_VERIFICATION,
    DELETE_VERIFICATION,
    GET_OWN_VERIFICATION_DOCUMENT,
    LIST_VERIFICATIONS,
    GET_VERIFICATION,
    GET_VERIFICATION_DOCUMENT,
    DECIDE_VERIFICATION,
    REVOKE_VERIFICATION,
    LIST_CATEGORIES,
    SEARCH_SERVICES,
    COUNT_SERVICES,
    SUGGEST_SERVICES,
    GET_SERVICE,
    SEARCH_PROVIDERS,
    GET_PROVIDER,
    LIST_SERVICES_OF_PROVIDER,
    LIST_OWN_REPORTS,
    CREATE_REPORT,
    GET_OWN_REPORT,
    LIST_REPORTS,
    GET_REPORT,
    TRIAGE_REPORT,
    DECIDE_REPORT,
    SUGGEST_PLACES,
    GET_CATEGORY_QUESTIONS,
    LIST_MANAGED_CATEGORIES,
    CREATE_CATEGORY,
    GET_MANAGED_CATEGORY,
    REPLACE_CATEGORY,
    DELETE_CATEGORY,
    MOVE_CATEGORY,
    RETIRE_CATEGORY,
    GET_MANAGED_CATEGORY_QUESTIONS,
    REPLACE_CATEGORY_QUESTIONS,
    LIST_MODERATION_ITEMS,
    GET_MODERATION_ITEM,
    CLAIM_MODERATION_ITEM,
    RELEASE_MODERATION_ITEM,
    DECIDE_MODERATION_ITEM,
    SUSPEND_PROVIDER,
    REINSTATE_PROVIDER,
    REINSTATE_SERVICE,
    LIST_FORBIDDEN_WORDS,
    CREATE_FORBIDDEN_WORD,
    GET_FORBIDDEN_WORD,
    REPLACE_FORBIDDEN_WORD,
    DELETE_FORBIDDEN_WORD,
    LIST_OWN_ACTIVITY,
    LIST_AUDIT_EVENTS,
    GET_AUDIT_EVENT,
    GET_HEALTH,
    GET_LIVENESS,
    GET_READINESS,
)
