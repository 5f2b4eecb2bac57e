# Generated from hestami.yaml by openapi/codegen. Change that, then `make generate`.
"""What requests hold, and every enum."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from openapi.runtime.formats import (
    EMAIL_SHAPE,
    ONE_LINE,
    URI_SHAPE,
    Closed,
    Day,
    NotNull,
    Patch,
    PatternMessage,
    Text,
    Timestamp,
    Unique,
    Uuid,
)
from openapi.runtime.forms import Upload

type Email = Annotated[
    StrictStr,
    Field(
        max_length=254,
        min_length=6,
        pattern="^[A-Za-z0-9!#$%&\\u0027*+\\/=?^_\\u0060\\{\\|\\}~\\-]+(?:\\.[A-Za-z0-9!#$%&\\u0027*+\\/=?^_\\u0060\\{\\|\\}~\\-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z](?:[A-Za-z0-9\\-]{0,61}[A-Za-z0-9])$",
    ),
    EMAIL_SHAPE,
]


type Username = Annotated[
    StrictStr,
    Field(max_length=30, min_length=3, pattern="^[A-Za-z0-9][A-Za-z0-9._\\-]{1,28}[A-Za-z0-9]$"),
    PatternMessage("must be letters and digits, with dots, hyphens and underscores between them only"),
]


type NewPassword = Annotated[
    StrictStr,
    Field(
        max_length=128,
        min_length=8,
        pattern="^[^\\u0000]*(?:[^\\u0000-\\u0040\\u005B-\\u0060\\u007B-\\u00BF][^\\u0000]*[0-9]|[0-9][^\\u0000]*[^\\u0000-\\u0040\\u005B-\\u0060\\u007B-\\u00BF])[^\\u0000]*$",
    ),
    PatternMessage("must have at least one letter and one digit"),
]


type PresentPassword = Annotated[StrictStr, Field(max_length=128, min_length=1, pattern="^[^\\u0000]+$")]


type LoginName = Annotated[StrictStr, Field(max_length=254, min_length=1), Text(patterns=("^[^\\u0000]*$",))]


type IgnoredText = Annotated[StrictStr, Field(max_length=1000), Text(patterns=("^[^\\u0000]*$",))]


type PersonName = Annotated[
    StrictStr,
    Field(max_length=100, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type PhoneNumber = Annotated[
    StrictStr,
    Field(max_length=16, min_length=8, pattern="^\\+[1-9][0-9]{6,14}$"),
    PatternMessage("must be a number with its country and without spaces, such as +15035550142"),
]


type Locale = Annotated[
    StrictStr,
    Field(max_length=12, min_length=2, pattern="^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"),
    PatternMessage("must be a language, such as en or pt-BR"),
]


type SearchText = Annotated[
    StrictStr,
    Field(max_length=200, min_length=1, pattern="^[^\\u0000-\\u001F\\u007F]+$"),
    PatternMessage("must be text on one line"),
]


type Slug = Annotated[
    StrictStr,
    Field(max_length=80, min_length=1, pattern="^[a-z0-9]+(-[a-z0-9]+)*$"),
    PatternMessage("must be lower-case letters and digits, with single hyphens between them, such as drain-cleaning"),
]


type WebAddress = Annotated[
    StrictStr,
    Field(
        max_length=300,
        min_length=12,
        pattern="^[Hh][Tt][Tt][Pp][Ss]?:\\/\\/([A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?\\.)+([A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9\\-]{0,57}[A-Za-z0-9])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(\\/([\\/A-Za-z0-9._~!$&\\u0027\\(\\)*+,;=:@\\-]|%[0-9A-Fa-f]{2})*)?(\\?([\\/?A-Za-z0-9._~!$&\\u0027\\(\\)*+,;=:@\\-]|%[0-9A-Fa-f]{2})*)?(#([\\/?A-Za-z0-9._~!$&\\u0027\\(\\)*+,;=:@\\-]|%[0-9A-Fa-f]{2})*)?$",
    ),
    URI_SHAPE,
    PatternMessage("must be a web address, such as https://www.example.com"),
]


type OneTimeToken = Annotated[StrictStr, Field(max_length=512, min_length=1, pattern="^[A-Za-z0-9._~\\-]+$")]


type RoleName = Annotated[
    StrictStr,
    Field(max_length=64, min_length=2, pattern="^[A-Z][A-Z0-9_]*$"),
    PatternMessage("must be capital letters, digits and underscores, such as STAFF_SUPPORT"),
]


type PermissionName = Annotated[StrictStr, Field(max_length=64, min_length=3, pattern="^[a-z_]+:[a-z_]+$")]


class Coordinates(Closed):
    """A point on the globe (WGS 84)."""

    latitude: Annotated[StrictFloat, Field(ge=-90.0, le=90.0)]
    """Degrees north."""
    longitude: Annotated[StrictFloat, Field(ge=-180.0, le=180.0)]
    """Degrees east."""


class CurrencyCode(StrEnum):
    """A currency in circulation (ISO 4217)."""

    AED = "AED"
    AFN = "AFN"
    ALL = "ALL"
    AMD = "AMD"
    AOA = "AOA"
    ARS = "ARS"
    AUD = "AUD"
    AWG = "AWG"
    AZN = "AZN"
    BAM = "BAM"
    BBD = "BBD"
    BDT = "BDT"
    BGN = "BGN"
    BHD = "BHD"
    BIF = "BIF"
    BMD = "BMD"
    BND = "BND"
    BOB = "BOB"
    BRL = "BRL"
    BSD = "BSD"
    BTN = "BTN"
    BWP = "BWP"
    BYN = "BYN"
    BZD = "BZD"
    CAD = "CAD"
    CDF = "CDF"
    CHF = "CHF"
    CLP = "CLP"
    CNY = "CNY"
    COP = "COP"
    CRC = "CRC"
    CUP = "CUP"
    CVE = "CVE"
    CZK = "CZK"
    DJF = "DJF"
    DKK = "DKK"
    DOP = "DOP"
    DZD = "DZD"
    EGP = "EGP"
    ERN = "ERN"
    ETB = "ETB"
    EUR = "EUR"
    FJD = "FJD"
    FKP = "FKP"
    GBP = "GBP"
    GEL = "GEL"
    GHS = "GHS"
    GIP = "GIP"
    GMD = "GMD"
    GNF = "GNF"
    GTQ = "GTQ"
    GYD = "GYD"
    HKD = "HKD"
    HNL = "HNL"
    HTG = "HTG"
    HUF = "HUF"
    IDR = "IDR"
    ILS = "ILS"
    INR = "INR"
    IQD = "IQD"
    IRR = "IRR"
    ISK = "ISK"
    JMD = "JMD"
    JOD = "JOD"
    JPY = "JPY"
    KES = "KES"
    KGS = "KGS"
    KHR = "KHR"
    KMF = "KMF"
    KPW = "KPW"
    KRW = "KRW"
    KWD = "KWD"
    KYD = "KYD"
    KZT = "KZT"
    LAK = "LAK"
    LBP = "LBP"
    LKR = "LKR"
    LRD = "LRD"
    LSL = "LSL"
    LYD = "LYD"
    MAD = "MAD"
    MDL = "MDL"
    MGA = "MGA"
    MKD = "MKD"
    MMK = "MMK"
    MNT = "MNT"
    MOP = "MOP"
    MRU = "MRU"
    MUR = "MUR"
    MVR = "MVR"
    MWK = "MWK"
    MXN = "MXN"
    MYR = "MYR"
    MZN = "MZN"
    NAD = "NAD"
    NGN = "NGN"
    NIO = "NIO"
    NOK = "NOK"
    NPR = "NPR"
    NZD = "NZD"
    OMR = "OMR"
    PAB = "PAB"
    PEN = "PEN"
    PGK = "PGK"
    PHP = "PHP"
    PKR = "PKR"
    PLN = "PLN"
    PYG = "PYG"
    QAR = "QAR"
    RON = "RON"
    RSD = "RSD"
    RUB = "RUB"
    RWF = "RWF"
    SAR = "SAR"
    SBD = "SBD"
    SCR = "SCR"
    SDG = "SDG"
    SEK = "SEK"
    SGD = "SGD"
    SHP = "SHP"
    SLE = "SLE"
    SOS = "SOS"
    SRD = "SRD"
    SSP = "SSP"
    STN = "STN"
    SVC = "SVC"
    SYP = "SYP"
    SZL = "SZL"
    THB = "THB"
    TJS = "TJS"
    TMT = "TMT"
    TND = "TND"
    TOP = "TOP"
    TRY = "TRY"
    TTD = "TTD"
    TWD = "TWD"
    TZS = "TZS"
    UAH = "UAH"
    UGX = "UGX"
    USD = "USD"
    UYU = "UYU"
    UZS = "UZS"
    VES = "VES"
    VND = "VND"
    VUV = "VUV"
    WST = "WST"
    XAF = "XAF"
    XCD = "XCD"
    XCG = "XCG"
    XOF = "XOF"
    XPF = "XPF"
    YER = "YER"
    ZAR = "ZAR"
    ZMW = "ZMW"
    ZWG = "ZWG"


class CountryCode(StrEnum):
    """A country (ISO 3166-1 alpha-2)."""

    AD = "AD"
    AE = "AE"
    AF = "AF"
    AG = "AG"
    AI = "AI"
    AL = "AL"
    AM = "AM"
    AO = "AO"
    AQ = "AQ"
    AR = "AR"
    AS = "AS"
    AT = "AT"
    AU = "AU"
    AW = "AW"
    AX = "AX"
    AZ = "AZ"
    BA = "BA"
    BB = "BB"
    BD = "BD"
    BE = "BE"
    BF = "BF"
    BG = "BG"
    BH = "BH"
    BI = "BI"
    BJ = "BJ"
    BL = "BL"
    BM = "BM"
    BN = "BN"
    BO = "BO"
    BQ = "BQ"
    BR = "BR"
    BS = "BS"
    BT = "BT"
    BV = "BV"
    BW = "BW"
    BY = "BY"
    BZ = "BZ"
    CA = "CA"
    CC = "CC"
    CD = "CD"
    CF = "CF"
    CG = "CG"
    CH = "CH"
    CI = "CI"
    CK = "CK"
    CL = "CL"
    CM = "CM"
    CN = "CN"
    CO = "CO"
    CR = "CR"
    CU = "CU"
    CV = "CV"
    CW = "CW"
    CX = "CX"
    CY = "CY"
    CZ = "CZ"
    DE = "DE"
    DJ = "DJ"
    DK = "DK"
    DM = "DM"
    DO = "DO"
    DZ = "DZ"
    EC = "EC"
    EE = "EE"
    EG = "EG"
    EH = "EH"
    ER = "ER"
    ES = "ES"
    ET = "ET"
    FI = "FI"
    FJ = "FJ"
    FK = "FK"
    FM = "FM"
    FO = "FO"
    FR = "FR"
    GA = "GA"
    GB = "GB"
    GD = "GD"
    GE = "GE"
    GF = "GF"
    GG = "GG"
    GH = "GH"
    GI = "GI"
    GL = "GL"
    GM = "GM"
    GN = "GN"
    GP = "GP"
    GQ = "GQ"
    GR = "GR"
    GS = "GS"
    GT = "GT"
    GU = "GU"
    GW = "GW"
    GY = "GY"
    HK = "HK"
    HM = "HM"
    HN = "HN"
    HR = "HR"
    HT = "HT"
    HU = "HU"
    ID = "ID"
    IE = "IE"
    IL = "IL"
    IM = "IM"
    IN = "IN"
    IO = "IO"
    IQ = "IQ"
    IR = "IR"
    IS = "IS"
    IT = "IT"
    JE = "JE"
    JM = "JM"
    JO = "JO"
    JP = "JP"
    KE = "KE"
    KG = "KG"
    KH = "KH"
    KI = "KI"
    KM = "KM"
    KN = "KN"
    KP = "KP"
    KR = "KR"
    KW = "KW"
    KY = "KY"
    KZ = "KZ"
    LA = "LA"
    LB = "LB"
    LC = "LC"
    LI = "LI"
    LK = "LK"
    LR = "LR"
    LS = "LS"
    LT = "LT"
    LU = "LU"
    LV = "LV"
    LY = "LY"
    MA = "MA"
    MC = "MC"
    MD = "MD"
    ME = "ME"
    MF = "MF"
    MG = "MG"
    MH = "MH"
    MK = "MK"
    ML = "ML"
    MM = "MM"
    MN = "MN"
    MO = "MO"
    MP = "MP"
    MQ = "MQ"
    MR = "MR"
    MS = "MS"
    MT = "MT"
    MU = "MU"
    MV = "MV"
    MW = "MW"
    MX = "MX"
    MY = "MY"
    MZ = "MZ"
    NA = "NA"
    NC = "NC"
    NE = "NE"
    NF = "NF"
    NG = "NG"
    NI = "NI"
    NL = "NL"
    NO = "NO"
    NP = "NP"
    NR = "NR"
    NU = "NU"
    NZ = "NZ"
    OM = "OM"
    PA = "PA"
    PE = "PE"
    PF = "PF"
    PG = "PG"
    PH = "PH"
    PK = "PK"
    PL = "PL"
    PM = "PM"
    PN = "PN"
    PR = "PR"
    PS = "PS"
    PT = "PT"
    PW = "PW"
    PY = "PY"
    QA = "QA"
    RE = "RE"
    RO = "RO"
    RS = "RS"
    RU = "RU"
    RW = "RW"
    SA = "SA"
    SB = "SB"
    SC = "SC"
    SD = "SD"
    SE = "SE"
    SG = "SG"
    SH = "SH"
    SI = "SI"
    SJ = "SJ"
    SK = "SK"
    SL = "SL"
    SM = "SM"
    SN = "SN"
    SO = "SO"
    SR = "SR"
    SS = "SS"
    ST = "ST"
    SV = "SV"
    SX = "SX"
    SY = "SY"
    SZ = "SZ"
    TC = "TC"
    TD = "TD"
    TF = "TF"
    TG = "TG"
    TH = "TH"
    TJ = "TJ"
    TK = "TK"
    TL = "TL"
    TM = "TM"
    TN = "TN"
    TO = "TO"
    TR = "TR"
    TT = "TT"
    TV = "TV"
    TW = "TW"
    TZ = "TZ"
    UA = "UA"
    UG = "UG"
    UM = "UM"
    US = "US"
    UY = "UY"
    UZ = "UZ"
    VA = "VA"
    VC = "VC"
    VE = "VE"
    VG = "VG"
    VI = "VI"
    VN = "VN"
    VU = "VU"
    WF = "WF"
    WS = "WS"
    YE = "YE"
    YT = "YT"
    ZA = "ZA"
    ZM = "ZM"
    ZW = "ZW"


class RegistrationRole(StrEnum):
    """A role that people give themselves when they register."""

    HOMEOWNER = "HOMEOWNER"
    SERVICE_PROVIDER = "SERVICE_PROVIDER"


class EmailVerification(Closed):
    """The token of the mailed link, and the password that shows that its reader is the one who registered."""

    token: OneTimeToken
    password: PresentPassword
    username: Annotated[Username | None, NotNull()] = None


class PasswordProof(Closed):
    """The account's password."""

    method: Literal["PASSWORD"]
    password: PresentPassword


class SessionProof(Closed):
    """The access token of a live session of the account."""

    method: Literal["SESSION"]
    access_token: Annotated[StrictStr, Field(max_length=4096, min_length=1, pattern="^[A-Za-z0-9._~+\\/=\\-]+$")]
    """As it would stand after `Bearer`."""


class VerificationRequest(Closed):
    """Where to mail the link."""

    email: Email


class LoginRequest(Closed):
    """Credentials."""

    login: LoginName
    """The e-mail address or the username."""
    password: PresentPassword
    device_token: Annotated[
        StrictStr | None, Field(max_length=512, min_length=1, pattern="^[A-Za-z0-9._~\\-]+$"), NotNull()
    ] = None
    """The `device_token` that an earlier login of this account returned on this device."""


class LoginForm(Closed):
    """The OAuth 2 password grant (RFC 6749, section 4.3). Members that are not listed here are ignored."""

    grant_type: Annotated[Literal["password"] | None, NotNull()] = None
    """Always `password`; may be left out."""
    username: LoginName
    """The e-mail address or the username."""
    password: PresentPassword
    device_token: Annotated[
        StrictStr | None, Field(max_length=512, min_length=1, pattern="^[A-Za-z0-9._~\\-]+$"), NotNull()
    ] = None
    """The `device_token` that an earlier login of this account returned on this device; an optional extension of the grant."""
    scope: Annotated[IgnoredText | None, NotNull()] = None
    """Accepted for compatibility and ignored; a token always has all permissions of its account."""
    client_id: Annotated[IgnoredText | None, NotNull()] = None
    """Accepted for compatibility and ignored."""
    client_secret: Annotated[IgnoredText | None, NotNull()] = None
    """Accepted for compatibility and ignored."""


class RefreshRequest(Closed):
    """The refresh token to trade in."""

    refresh_token: Annotated[StrictStr, Field(max_length=512, min_length=1, pattern="^[A-Za-z0-9._~\\-]+$")]
    """The newest refresh token of the session."""


class PasswordResetRequest(Closed):
    """Whose password was forgotten."""

    email: Email


class PasswordReset(Closed):
    """The token of the mailed link and the new password."""

    token: OneTimeToken
    new_password: NewPassword


class PasswordChange(Closed):
    """The password as it is and as it shall be."""

    current_password: PresentPassword
    new_password: NewPassword


class MfaMethod(StrEnum):
    """What can be presented as second factor: a code of the authenticator app (`TOTP`), or one of the recovery codes (`RECOVERY_CODE`)."""

    TOTP = "TOTP"
    RECOVERY_CODE = "RECOVERY_CODE"


class RecoveryCodeProof(Closed):
    """One of the recovery codes."""

    method: Literal["RECOVERY_CODE"]
    recovery_code: Annotated[
        StrictStr,
        Field(
            max_length=64,
            min_length=12,
            pattern="^[ \\u00A0\\u3000]*(?:[0-9A-Za-z\\uFF10-\\uFF19\\uFF21-\\uFF3A\\uFF41-\\uFF5A][ \\u00A0\\u3000\\uFF0D\\-]*){12}$",
        ),
        PatternMessage("must be a recovery code, such as 5E8P-Z0Z0-0Y78"),
    ]
    """As it was shown; case does not matter, dashes and spaces may be left out or put anywhere, and full-width characters are as good."""


type TotpCode = Annotated[
    StrictStr,
    Field(
        max_length=32,
        min_length=6,
        pattern="^[ \\u00A0\\u3000]*(?:[0-9\\uFF10-\\uFF19][ \\u00A0\\u3000\\uFF0D\\-]*){6}$",
    ),
    PatternMessage("must be the six digits that the authenticator app shows"),
]


class TotpConfirmation(Closed):
    """The proof that the authenticator app has the secret."""

    code: TotpCode


class AccountReplace(Closed):
    """All that the owner sets."""

    full_name: PersonName
    username: Username | None = None
    """Null or left out means none."""
    phone: PhoneNumber | None = None
    """Null or left out means none."""
    locale: Locale


class AccountUpdate(Closed):
    """What the owner changes."""

    full_name: Annotated[PersonName | None, NotNull()] = None
    username: Username | None = None
    """Null clears it."""
    phone: PhoneNumber | None = None
    """Null clears it."""
    locale: Annotated[Locale | None, NotNull()] = None


type ProviderName = Annotated[StrictStr, Field(max_length=32, min_length=1, pattern="^[a-z][a-z0-9\\-]*$")]


type ClientName = Annotated[StrictStr, Field(max_length=64, min_length=1, pattern="^[A-Za-z0-9._\\-]+$")]


type RedirectUri = Annotated[
    StrictStr, Field(max_length=500, min_length=1, pattern="^[A-Za-z0-9\\-._~:\\/?\\[\\]@!$&\\u0027\\(\\)\\+,;=%]+$")
]


type ClientState = Annotated[StrictStr, Field(max_length=512, min_length=1, pattern="^[\\x20-\\x7E]+$")]


class SignInStart(Closed):
    """Who signs in where, and where to answer."""

    provider: ProviderName
    client: ClientName
    redirect_uri: RedirectUri
    state: ClientState
    code_challenge: Annotated[StrictStr, Field(max_length=43, min_length=43, pattern="^[A-Za-z0-9_\\-]+$")]
    """The SHA-256 of the PKCE verifier in base64url without padding (RFC 7636, S256)."""


class TokenForm(Closed):
    """A grant of RFC 6749. Members that are not listed here are ignored."""

    grant_type: Annotated[StrictStr, Field(max_length=100, min_length=1, pattern="^[\\x20-\\x7E]+$")]
    """`authorization_code` or `refresh_token`."""
    client_id: Annotated[StrictStr, Field(max_length=255, min_length=1, pattern="^[\\x20-\\x7E]+$")]
    """The client; public clients have no secret."""
    code: Annotated[StrictStr | None, Field(max_length=512, min_length=1, pattern="^[\\x20-\\x7E]+$"), NotNull()] = None
    """For `authorization_code`. The one-time code."""
    redirect_uri: Annotated[
        StrictStr | None, Field(max_length=500, min_length=1, pattern="^[\\x20-\\x7E]+$"), NotNull()
    ] = None
    """For `authorization_code`. The redirect URI that the sign-in began with."""
    code_verifier: Annotated[
        StrictStr | None, Field(max_length=128, min_length=43, pattern="^[A-Za-z0-9._~\\-]+$"), NotNull()
    ] = None
    """For `authorization_code`. What `code_challenge` was made from (RFC 7636)."""
    refresh_token: Annotated[
        StrictStr | None, Field(max_length=512, min_length=1, pattern="^[\\x20-\\x7E]+$"), NotNull()
    ] = None
    """For `refresh_token`. The newest of the session."""


class RevocationForm(Closed):
    """A token to give back (RFC 7009). Members that are not listed here are ignored."""

    token: Annotated[StrictStr, Field(max_length=4096, min_length=1, pattern="^[\\x20-\\x7E]+$")]
    """A refresh token or an access token."""
    token_type_hint: Annotated[StrictStr | None, Field(max_length=100, pattern="^[\\x20-\\x7E]*$"), NotNull()] = None
    """Which of the two it is; optional."""
    client_id: Annotated[StrictStr, Field(max_length=255, min_length=1, pattern="^[\\x20-\\x7E]+$")]
    """The client to which it was issued."""


class IdentityLinkStart(Closed):
    """What to link, and where to answer."""

    provider: ProviderName
    client: ClientName
    redirect_uri: RedirectUri
    state: ClientState


class IdentityLinkConfirm(Closed):
    """The code that came to the redirect URI."""

    code: Annotated[StrictStr, Field(max_length=512, min_length=1, pattern="^[\\x20-\\x7E]+$")]
    """The one-time code."""


class AccountClosure(Closed):
    """The proof that it is the owner who closes the account; an empty object where the account has no password."""

    current_password: Annotated[PresentPassword | None, NotNull()] = None


class AccountRestoration(Closed):
    """The token of the mailed link."""

    token: OneTimeToken


class EmailChangeRequest(Closed):
    """The new address, and the proof that it is the owner who asks; without a password where the account has none."""

    new_email: Email
    current_password: Annotated[PresentPassword | None, NotNull()] = None


class UserSort(StrEnum):
    """The order of accounts, by creation or by e-mail address; a leading minus means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"
    EMAIL = "email"
    EMAIL_DESC = "-email"


class UserCreate(Closed):
    """Somebody who is invited."""

    email: Email
    full_name: PersonName
    username: Annotated[Username | None, NotNull()] = None
    phone: Annotated[PhoneNumber | None, NotNull()] = None
    locale: Annotated[Locale | None, NotNull()] = None
    roles: Annotated[list[RoleName] | None, Field(max_length=20, min_length=1), NotNull()] = None
    """Left out means `HOMEOWNER`."""


class UserReplace(Closed):
    """All that staff set of an account."""

    email: Email
    full_name: PersonName
    username: Username | None = None
    """Null or left out means none."""
    phone: PhoneNumber | None = None
    """Null or left out means none."""
    locale: Locale


type SuspensionReason = Annotated[
    StrictStr,
    Field(max_length=500, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type RoleDescription = Annotated[
    StrictStr,
    Field(max_length=500, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class RoleCreate(Closed):
    """A new role for staff."""

    name: RoleName
    description: RoleDescription
    inherits: Annotated[list[RoleName], Field(max_length=20)]
    """The roles whose permissions it has, too. A chain of roles that inherit from one another has 8 of them at most."""
    permissions: Annotated[list[PermissionName], Field(max_length=100)]
    """The permissions that it has besides."""


class RoleReplace(Closed):
    """All that can be changed of a role."""

    description: RoleDescription
    inherits: Annotated[list[RoleName], Field(max_length=20)]
    """The roles whose permissions it has, too. A chain of roles that inherit from one another has 8 of them at most."""
    permissions: Annotated[list[PermissionName], Field(max_length=100)]
    """The permissions that it has besides."""


class UserRolesReplace(Closed):
    """The roles that an account shall hold."""

    roles: Annotated[list[RoleName], Field(max_length=100)]
    """All of them; a role that is not named is taken away."""


class PropertyType(StrEnum):
    """What kind of property it is."""

    SINGLE_FAMILY_HOME = "SINGLE_FAMILY_HOME"
    TOWNHOUSE = "TOWNHOUSE"
    APARTMENT = "APARTMENT"
    CONDOMINIUM = "CONDOMINIUM"
    DUPLEX = "DUPLEX"
    MULTI_FAMILY = "MULTI_FAMILY"
    MOBILE_HOME = "MOBILE_HOME"
    LAND = "LAND"
    OTHER = "OTHER"


class PropertySort(StrEnum):
    """The order of properties, by creation; a leading minus means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"


type PropertyLabel = Annotated[
    StrictStr,
    Field(max_length=80, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type PropertyNotes = Annotated[
    StrictStr,
    Field(max_length=4000),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type AddressLine = Annotated[
    StrictStr,
    Field(max_length=120, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type AddressPart = Annotated[
    StrictStr,
    Field(max_length=80, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type PostalCode = Annotated[
    StrictStr,
    Field(max_length=12, min_length=2, pattern="^[A-Za-z0-9][A-Za-z0-9 \\-]{0,10}[A-Za-z0-9]$"),
    PatternMessage("must be letters and digits, with spaces and hyphens between them only"),
]


class AddressInput(Closed):
    """Where it stands."""

    line1: AddressLine
    line2: AddressLine | None = None
    city: AddressPart
    region: AddressPart | None = None
    """State, province or county, where the country has them."""
    postal_code: PostalCode | None = None
    country: CountryCode


class AddressUpdate(Closed):
    """What changes of the address."""

    line1: Annotated[AddressLine | None, NotNull()] = None
    line2: AddressLine | None = None
    """Null clears it."""
    city: Annotated[AddressPart | None, NotNull()] = None
    region: AddressPart | None = None
    """Null clears it."""
    postal_code: PostalCode | None = None
    """Null clears it."""
    country: Annotated[CountryCode | None, NotNull()] = None


class PropertyCreate(Closed):
    """A new property."""

    label: PropertyLabel
    type: PropertyType
    address: AddressInput
    coordinates: Coordinates | None = None
    """
    The exact location, used for distances; others see only a cell of about 1 km. Null or left out means unknown: then they are those of the postal code or the
    town, and `coordinates_approximate`.
    """
    size_m2: Annotated[StrictInt | None, Field(ge=1, le=1000000)] = None
    """The living area in square metres; for land, its area. Null or left out means unknown."""
    year_built: Annotated[StrictInt | None, Field(ge=1000, le=2100)] = None
    """Null or left out means unknown."""
    notes: PropertyNotes | None = None
    """For the owner alone. Null or left out means none."""


class PropertyReplace(Closed):
    """All that the owner sets of a property."""

    label: PropertyLabel
    type: PropertyType
    address: AddressInput
    coordinates: Coordinates | None = None
    """
    The exact location, used for distances; others see only a cell of about 1 km. Null or left out means unknown: then they are those of the postal code or the
    town, and `coordinates_approximate`.
    """
    size_m2: Annotated[StrictInt | None, Field(ge=1, le=1000000)] = None
    """The living area in square metres; for land, its area. Null or left out means unknown."""
    year_built: Annotated[StrictInt | None, Field(ge=1000, le=2100)] = None
    """Null or left out means unknown."""
    notes: PropertyNotes | None = None
    """For the owner alone. Null or left out means none."""


class PropertyUpdate(Closed):
    """What changes of a property."""

    label: Annotated[PropertyLabel | None, NotNull()] = None
    type: Annotated[PropertyType | None, NotNull()] = None
    address: Annotated[AddressUpdate | None, NotNull()] = None
    coordinates: Coordinates | None = None
    """The exact location, used for distances; others see only a cell of about 1 km. Null clears it."""
    size_m2: Annotated[StrictInt | None, Field(ge=1, le=1000000)] = None
    """The living area in square metres; for land, its area. Null clears it."""
    year_built: Annotated[StrictInt | None, Field(ge=1000, le=2100)] = None
    """Null clears it."""
    notes: PropertyNotes | None = None
    """For the owner alone. Null clears them."""


class PropertyAreaSort(StrEnum):
    """The order of areas, the newest property (`-created_at`) or the nearest (`distance`) first."""

    CREATED_AT_DESC = "-created_at"
    DISTANCE = "distance"


type BusinessName = Annotated[
    StrictStr,
    Field(max_length=120, min_length=2),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type ProfileText = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type LicenceText = Annotated[
    StrictStr,
    Field(max_length=120, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class LicenceInput(Closed):
    """A licence to work in a trade."""

    title: LicenceText
    number: LicenceText
    authority: LicenceText
    expires_date: Day | None = None
    """The last day on which it holds; null or left out when it does not expire."""


class ProviderProfileReplace(Closed):
    """A business profile, as its provider edits it."""

    business_name: BusinessName
    about: ProfileText | None = None
    """Needed for a review."""
    phone: PhoneNumber | None = None
    """For customers. A review needs a phone number or a website."""
    website: WebAddress | None = None
    """For customers. A review needs a phone number or a website."""
    base_point: Coordinates | None = None
    """Where the business sets out from; never shown to others. Needed for a review, as a point or by `base_place`."""
    base_place: Uuid | None = None
    """
    The `id` of a place that `GET /places` has suggested, instead of `base_point`: its point becomes the `base_point`. Both are 422, and so is a place that is
    not there (`unknown_place`).
    """
    service_radius_km: Annotated[StrictInt | None, Field(ge=1, le=300)] = None
    """How far the business travels, in kilometres. Needed for a review."""
    licences: Annotated[list[LicenceInput] | None, Field(max_length=20), NotNull()] = None
    """Left out means none."""


class ServiceScope(StrEnum):
    """The caller's own services, or the published ones of all."""

    MINE = "mine"
    CATALOG = "catalog"


class ServiceSort(StrEnum):
    """The order of services, by creation, or in `scope=catalog` by publication; a leading minus means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"


type ServiceTitle = Annotated[
    StrictStr,
    Field(max_length=120, min_length=5),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type ServiceDescription = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type ServiceTag = Annotated[
    StrictStr,
    Field(max_length=30, min_length=1, pattern="^[a-z0-9]+(-[a-z0-9]+)*$"),
    PatternMessage("must be lower-case letters and digits, with single hyphens between them, such as drain-cleaning"),
]


class PricingKind(StrEnum):
    """
    How a service is priced: one price for the whole (`FIXED`), for each hour of work (`HOURLY`) or each unit (`PER_UNIT`), from a price on (`STARTING_AT`), or on request
    (`QUOTE`).
    """

    FIXED = "FIXED"
    HOURLY = "HOURLY"
    STARTING_AT = "STARTING_AT"
    PER_UNIT = "PER_UNIT"
    QUOTE = "QUOTE"


type PricingUnit = Annotated[
    StrictStr,
    Field(max_length=30, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class PricingQuote(Closed):
    """No price; it is quoted on request."""

    kind: Literal["QUOTE"]


class CatalogueSort(StrEnum):
    """
    The order of services, by publication or by price, where a leading minus means descending; or the best match of `q` (`relevance`), the nearest (`distance`), or the best
    rated (`rating`) first.
    """

    PUBLISHED_AT = "published_at"
    PUBLISHED_AT_DESC = "-published_at"
    PRICE = "price"
    PRICE_DESC = "-price"
    RELEVANCE = "relevance"
    DISTANCE = "distance"
    RATING = "rating"


type MinRating = Annotated[StrictInt, Field(ge=1, le=5)]


class FavouriteKind(StrEnum):
    """`SERVICE`: a listing of the catalogue. `PROVIDER`: a business, by the id of its profile."""

    SERVICE = "SERVICE"
    PROVIDER = "PROVIDER"


class ProviderSort(StrEnum):
    """
    The order of businesses: the newest (`-published_at`), by name (`name`), or the best match of `q` (`relevance`), the nearest (`distance`), or the best rated (`rating`)
    first.
    """

    PUBLISHED_AT_DESC = "-published_at"
    NAME = "name"
    RELEVANCE = "relevance"
    DISTANCE = "distance"
    RATING = "rating"


type ReviewText = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class ReviewCreate(Closed):
    """What a party of a job says of the other."""

    rating: Annotated[StrictInt, Field(ge=1, le=5)]
    """The overall rating, from 1 (bad) to 5 (very good)."""
    punctuality: Annotated[StrictInt | None, Field(ge=1, le=5)] = None
    """The punctuality; null if it was not rated."""
    quality: Annotated[StrictInt | None, Field(ge=1, le=5)] = None
    """The quality of the work; null if it was not rated."""
    value: Annotated[StrictInt | None, Field(ge=1, le=5)] = None
    """The value for the money; null if it was not rated."""
    text: ReviewText


class ReviewUpdate(Patch):
    """What changes; the rest stays."""

    min_properties: ClassVar[int] = 1
    rating: Annotated[StrictInt | None, Field(ge=1, le=5), NotNull()] = None
    """The overall rating, from 1 (bad) to 5 (very good)."""
    punctuality: Annotated[StrictInt | None, Field(ge=1, le=5)] = None
    """The punctuality; null if it was not rated."""
    quality: Annotated[StrictInt | None, Field(ge=1, le=5)] = None
    """The quality of the work; null if it was not rated."""
    value: Annotated[StrictInt | None, Field(ge=1, le=5)] = None
    """The value for the money; null if it was not rated."""
    text: Annotated[ReviewText | None, NotNull()] = None


class ReviewReplyCreate(Closed):
    """A reply to a review."""

    text: ReviewText


type PriceBound = Annotated[StrictInt, Field(ge=0, le=100000000000)]


type NearPoint = Annotated[
    StrictStr,
    Field(
        max_length=24,
        min_length=3,
        pattern="^-?(90(\\.0{1,6})?|[0-8]?[0-9](\\.[0-9]{1,6})?),-?(180(\\.0{1,6})?|(1[0-7][0-9]|[0-9]{1,2})(\\.[0-9]{1,6})?)$",
    ),
    PatternMessage("must be a latitude and a longitude, such as 45.52,-122.68"),
]


type RadiusKm = Annotated[StrictInt, Field(ge=1, le=300)]


type SavedSearchName = Annotated[
    StrictStr,
    Field(max_length=80, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class SavedSearchFrequency(StrEnum):
    """How often a mail lists new results; `NEVER` for no mails."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    NEVER = "NEVER"


class ServiceFilters(Closed):
    """The filters of `GET /services`, with the same names and rules as its query parameters."""

    q: Annotated[SearchText | None, NotNull()] = None
    category: Annotated[Slug | None, NotNull()] = None
    pricing: Annotated[PricingKind | None, NotNull()] = None
    currency: Annotated[CurrencyCode | None, NotNull()] = None
    min_price_minor: Annotated[PriceBound | None, NotNull()] = None
    max_price_minor: Annotated[PriceBound | None, NotNull()] = None
    near: Annotated[NearPoint | None, NotNull()] = None
    place: Annotated[Uuid | None, NotNull()] = None
    """The `id` of a place that `GET /places` has suggested, instead of `near`."""
    radius_km: Annotated[RadiusKm | None, NotNull()] = None
    include_remote: Annotated[StrictBool | None, NotNull()] = None
    """Whether to include providers who do not come that far."""
    verified: Annotated[StrictBool | None, NotNull()] = None
    """Whether to leave out businesses without a verified licence that is valid."""
    min_rating: Annotated[MinRating | None, NotNull()] = None


class SavedSearchCreate(Closed):
    """A search to save."""

    name: SavedSearchName
    filters: ServiceFilters
    frequency: SavedSearchFrequency


class SavedSearchReplace(Closed):
    """All that the owner sets of a saved search."""

    name: SavedSearchName
    filters: ServiceFilters
    frequency: SavedSearchFrequency


type TimeZone = Annotated[
    StrictStr,
    Field(max_length=64, min_length=1, pattern="^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$"),
    PatternMessage("must be a time zone, such as America/New_York"),
]


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


type ClockTime = Annotated[
    StrictStr,
    Field(max_length=5, min_length=5, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    PatternMessage("must be a time of the day, such as 08:30"),
]


type ClosingTime = Annotated[
    StrictStr,
    Field(max_length=5, min_length=5, pattern="^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    PatternMessage("must be a time of the day, such as 17:30 or 24:00"),
]


class OpenHours(Closed):
    """Hours of one day."""

    starts: ClockTime
    ends: ClosingTime


class WeeklyHours(Closed):
    """Hours that repeat each week."""

    weekday: Weekday
    starts: ClockTime
    ends: ClosingTime


class AvailabilityException(Closed):
    """A day with other hours than its weekday has; without hours, a day off."""

    on_date: Day
    """The day, in the time zone of the business."""
    hours: Annotated[list[OpenHours], Field(max_length=6)]
    """The hours instead."""


class AvailabilityReplace(Closed):
    """When a business works."""

    time_zone: TimeZone
    weekly: Annotated[list[WeeklyHours], Field(max_length=42)]
    """The hours of a week."""
    exceptions: Annotated[list[AvailabilityException] | None, Field(max_length=400), NotNull()] = None
    """Days with other hours; left out means none."""
    notice_minutes: Annotated[StrictInt | None, Field(ge=0, le=43200), NotNull()] = None
    """The notice period, in minutes, before a slot begins; 0 if absent."""
    step_minutes: Annotated[StrictInt | None, Field(ge=15, le=240, multiple_of=15), NotNull()] = None
    """The time from one slot's beginning to that of the next; left out means 30."""


class RecipientDeclineReason(StrEnum):
    """
    Why a provider declines: no time for it (`NO_CAPACITY`), the place is too far away (`TOO_FAR`), it is not the kind of work that they do (`NOT_OUR_WORK`), the budget does
    not suffice (`BUDGET`), the inquiry does not say enough (`UNCLEAR`), or another reason, which the note may tell (`OTHER`).
    """

    NO_CAPACITY = "NO_CAPACITY"
    TOO_FAR = "TOO_FAR"
    NOT_OUR_WORK = "NOT_OUR_WORK"
    BUDGET = "BUDGET"
    UNCLEAR = "UNCLEAR"
    OTHER = "OTHER"


class RecipientLostReason(StrEnum):
    """Why it is lost: another one was chosen (`OTHER_CHOSEN`), it was withdrawn, it expired, or the recipient's account is gone (`ACCOUNT_CLOSED`)."""

    OTHER_CHOSEN = "OTHER_CHOSEN"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


type InquiryTitle = Annotated[
    StrictStr,
    Field(max_length=120, min_length=5),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type InquiryDetails = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type InquiryNote = Annotated[
    StrictStr,
    Field(max_length=1000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type AnswerWords = Annotated[
    StrictStr,
    Field(max_length=4000),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class TimingFlexible(Closed):
    """At any time."""

    kind: Literal["FLEXIBLE"]


class TimingDates(Closed):
    """On one of these days."""

    kind: Literal["DATES"]
    dates: Annotated[list[Day], Field(max_length=10, min_length=1), Unique()]
    """The days, each once."""


class TimingWindow(Closed):
    """Between two days, both included."""

    kind: Literal["WINDOW"]
    from_date: Day
    """The first day."""
    until_date: Day
    """The last day, not before the first one."""


class RecipientKind(StrEnum):
    """Whom an `id` names: the business that offers a published service (`SERVICE`), or a business by its profile (`PROVIDER`)."""

    SERVICE = "SERVICE"
    PROVIDER = "PROVIDER"


class InquiryRecipientChoice(Closed):
    """A recipient, by a service or by a profile."""

    kind: RecipientKind
    id: Uuid
    """The service, or the profile."""


class InquiryDecline(Closed):
    """Why it is declined."""

    decline_reason: RecipientDeclineReason
    note: InquiryNote | None = None
    """A short note to the homeowner."""


class TimingKind(StrEnum):
    """When the work is wanted: at any time (`FLEXIBLE`), on one of some days (`DATES`), or between two days (`WINDOW`)."""

    FLEXIBLE = "FLEXIBLE"
    DATES = "DATES"
    WINDOW = "WINDOW"


class ThreadSide(StrEnum):
    """Which side of the thread wrote it."""

    HOMEOWNER = "HOMEOWNER"
    PROVIDER = "PROVIDER"


class ContactKind(StrEnum):
    """A kind of contact detail."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    LINK = "LINK"
    ADDRESS = "ADDRESS"


class MessageRemoval(StrEnum):
    """Why the text is missing; its author's account was erased (`ERASED`), or staff have hidden it (`HIDDEN`)."""

    ERASED = "ERASED"
    HIDDEN = "HIDDEN"


type MessageText = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class InquiryMessageCreate(Closed):
    """What is written."""

    text: MessageText
    attachment_ids: Annotated[list[Uuid] | None, Field(max_length=5), Unique(), NotNull()] = None
    """What goes with it, in this order. Each was sent for this thread by the caller, and goes with one message. 422 for all else."""


class MessageAttachmentKind(StrEnum):
    """What an attachment is."""

    PHOTO = "PHOTO"
    DOCUMENT = "DOCUMENT"


type AttachmentName = Annotated[
    StrictStr,
    Field(max_length=250, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class MessageAttachmentCreate(Closed):
    """A form with a file, and the thread that it is for."""

    file: Upload
    """The picture or the PDF."""
    inquiry_id: Uuid
    """The inquiry of the thread."""
    recipient_id: Annotated[Uuid | None, NotNull()] = None
    """The recipient whose thread it is for; sent by the owner of the inquiry only, who has a thread with each recipient."""
    name: Annotated[AttachmentName | None, NotNull()] = None


class ReadMarker(Closed):
    """How far somebody has read."""

    last_read_id: Uuid
    """The last message that was read."""


class NotificationKind(StrEnum):
    """What has happened to which thing; `..._ENDING` says that something ends soon. New kinds may be added; show an unknown one by the notification's `title`."""

    INQUIRY_RECEIVED = "INQUIRY_RECEIVED"
    INQUIRY_DECLINED = "INQUIRY_DECLINED"
    INQUIRY_ENDING = "INQUIRY_ENDING"
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    QUOTE_RECEIVED = "QUOTE_RECEIVED"
    QUOTE_REVISED = "QUOTE_REVISED"
    QUOTE_ACCEPTED = "QUOTE_ACCEPTED"
    QUOTE_DECLINED = "QUOTE_DECLINED"
    QUOTE_LOST = "QUOTE_LOST"
    QUOTE_WITHDRAWN = "QUOTE_WITHDRAWN"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    JOB_STARTED = "JOB_STARTED"
    JOB_DELIVERED = "JOB_DELIVERED"
    JOB_COMPLETED = "JOB_COMPLETED"
    JOB_CHANGES_REQUESTED = "JOB_CHANGES_REQUESTED"
    JOB_CANCELLED = "JOB_CANCELLED"
    JOB_SCHEDULED = "JOB_SCHEDULED"
    JOB_TIME_PROPOSED = "JOB_TIME_PROPOSED"
    JOB_TIME_ACCEPTED = "JOB_TIME_ACCEPTED"
    JOB_TIME_DECLINED = "JOB_TIME_DECLINED"
    JOB_DISPUTED = "JOB_DISPUTED"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"
    VISIT_REQUESTED = "VISIT_REQUESTED"
    VISIT_BOOKED = "VISIT_BOOKED"
    VISIT_DECLINED = "VISIT_DECLINED"
    VISIT_CANCELLED = "VISIT_CANCELLED"
    REVIEW_PUBLISHED = "REVIEW_PUBLISHED"
    REVIEW_REPLIED = "REVIEW_REPLIED"
    REVIEW_HIDDEN = "REVIEW_HIDDEN"
    PROFILE_APPROVED = "PROFILE_APPROVED"
    PROFILE_REJECTED = "PROFILE_REJECTED"
    SERVICE_APPROVED = "SERVICE_APPROVED"
    SERVICE_REJECTED = "SERVICE_REJECTED"
    SERVICE_REINSTATED = "SERVICE_REINSTATED"
    PROVIDER_SUSPENDED = "PROVIDER_SUSPENDED"
    PROVIDER_REINSTATED = "PROVIDER_REINSTATED"
    PHOTO_REINSTATED = "PHOTO_REINSTATED"
    REPORT_DECIDED = "REPORT_DECIDED"
    REPORTED_THING_DECIDED = "REPORTED_THING_DECIDED"
    VERIFICATION_VERIFIED = "VERIFICATION_VERIFIED"
    VERIFICATION_REJECTED = "VERIFICATION_REJECTED"
    VERIFICATION_REVOKED = "VERIFICATION_REVOKED"
    VERIFICATION_ENDING = "VERIFICATION_ENDING"
    VERIFICATION_EXPIRED = "VERIFICATION_EXPIRED"
    SAVED_SEARCH_NEWS = "SAVED_SEARCH_NEWS"


class NotificationSubjectKind(StrEnum):
    """What a notification is about. A `THREAD` is named by its recipient, and the reviews of a job by the `JOB`."""

    INQUIRY = "INQUIRY"
    THREAD = "THREAD"
    MESSAGE = "MESSAGE"
    QUOTE = "QUOTE"
    JOB = "JOB"
    VISIT = "VISIT"
    SERVICE = "SERVICE"
    PROVIDER_PROFILE = "PROVIDER_PROFILE"
    PHOTO = "PHOTO"
    REPORT = "REPORT"
    VERIFICATION = "VERIFICATION"
    SAVED_SEARCH = "SAVED_SEARCH"


type NotificationNumber = Annotated[StrictInt, Field(ge=1, le=9007199254740991)]


class NotificationsRead(Closed):
    """The number up to which notifications were shown."""

    last_number: NotificationNumber


class MailChannel(StrEnum):
    """Whether mails of a group are sent at once (`IMMEDIATE`), together once a day (`DIGEST`), or not at all (`OFF`)."""

    IMMEDIATE = "IMMEDIATE"
    DIGEST = "DIGEST"
    OFF = "OFF"


class NotificationLanguage(StrEnum):
    """The language of notifications and of their mails."""

    EN = "EN"
    DE = "DE"


class NotificationChannelChoice(Closed):
    """The channels by which a person wants to receive the events of a group."""

    in_app: StrictBool
    """Whether they are listed in the application, from now on."""
    mail: MailChannel


class NotificationGroupChoices(Closed):
    """The groups that differ from the default, which is the application and an immediate mail."""

    inquiries: Annotated[NotificationChannelChoice | None, NotNull()] = None
    messages: Annotated[NotificationChannelChoice | None, NotNull()] = None
    quotes: Annotated[NotificationChannelChoice | None, NotNull()] = None
    jobs: Annotated[NotificationChannelChoice | None, NotNull()] = None
    reviews: Annotated[NotificationChannelChoice | None, NotNull()] = None
    decisions: Annotated[NotificationChannelChoice | None, NotNull()] = None
    verifications: Annotated[NotificationChannelChoice | None, NotNull()] = None
    saved_searches: Annotated[NotificationChannelChoice | None, NotNull()] = None


class QuietHoursChoice(Closed):
    """Hours of each day in which no mails are sent."""

    starts: ClockTime
    ends: ClockTime


class NotificationPreferencesReplace(Closed):
    """New notification preferences."""

    groups: NotificationGroupChoices
    quiet_hours: QuietHoursChoice | None
    """When no mails are sent; null for never."""
    time_zone: TimeZone
    language: NotificationLanguage | None
    """The language of notifications; null for the account's, or English."""


class ProviderMatchRequest(Closed):
    """The work for which providers are looked for."""

    property_id: Uuid
    """One of the caller's properties."""
    category_id: Uuid
    """The category of the work."""


class MatchReasonKind(StrEnum):
    """
    Why a business fits: its base is near (`NEAR`), it has a verified licence (`LICENSED`) or insurance (`INSURED`), it answers within hours (`RESPONDS_QUICKLY`), has good
    reviews (`WELL_RATED`), has few open inquiries (`HAS_CAPACITY`), or has a free time within two weeks (`FREE_SOON`).
    """

    NEAR = "NEAR"
    LICENSED = "LICENSED"
    INSURED = "INSURED"
    RESPONDS_QUICKLY = "RESPONDS_QUICKLY"
    WELL_RATED = "WELL_RATED"
    HAS_CAPACITY = "HAS_CAPACITY"
    FREE_SOON = "FREE_SOON"


class QuoteDeclineReason(StrEnum):
    """Why a homeowner declines a quote: it costs too much (`PRICE`), comes at the wrong time (`TIMING`), offers other work than was asked for (`SCOPE`), or another reason (`OTHER`)."""

    PRICE = "PRICE"
    TIMING = "TIMING"
    SCOPE = "SCOPE"
    OTHER = "OTHER"


class QuoteEndReason(StrEnum):
    """Why a quote ended with something else: a revision was sent (`SUPERSEDED`), another quote was accepted (`OTHER_CHOSEN`), the inquiry was withdrawn (`INQUIRY_WITHDRAWN`) or expired (`INQUIRY_EXPIRED`), or the account of a party is gone (`ACCOUNT_CLOSED`)."""

    SUPERSEDED = "SUPERSEDED"
    OTHER_CHOSEN = "OTHER_CHOSEN"
    INQUIRY_WITHDRAWN = "INQUIRY_WITHDRAWN"
    INQUIRY_EXPIRED = "INQUIRY_EXPIRED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


type QuoteLineText = Annotated[
    StrictStr,
    Field(max_length=200, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type QuoteUnit = Annotated[
    StrictStr,
    Field(max_length=20, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type QuoteTerms = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type QuoteQuantity = Annotated[StrictInt, Field(ge=1, le=1000000000)]


type QuoteAmount = Annotated[StrictInt, Field(ge=0, le=100000000000)]


type QuoteRate = Annotated[StrictInt, Field(ge=0, le=10000)]


class QuoteLineCreate(Closed):
    """A line of a quote."""

    description: QuoteLineText
    quantity_thousandths: QuoteQuantity
    unit: QuoteUnit
    unit_price_minor: QuoteAmount
    tax_basis_points: QuoteRate
    discount_basis_points: Annotated[QuoteRate | None, NotNull()] = None


class DiscountPercent(Closed):
    """A part of the sum of the lines."""

    kind: Literal["PERCENT"]
    basis_points: QuoteRate


class DiscountAmount(Closed):
    """An amount, not above the sum of the lines."""

    kind: Literal["AMOUNT"]
    amount_minor: QuoteAmount


class QuoteDecline(Closed):
    """Why it is declined."""

    decline_reason: QuoteDeclineReason
    note: InquiryNote | None = None
    """A short note to the author of the quote."""


class PhotoSubjectKind(StrEnum):
    """What a photo shows."""

    PROPERTY = "PROPERTY"
    SERVICE = "SERVICE"
    PROFILE = "PROFILE"
    INQUIRY = "INQUIRY"
    MESSAGE = "MESSAGE"
    REVIEW = "REVIEW"


class PhotoFault(StrEnum):
    """
    Why it is no picture for us: `EMPTY`, no JPEG, PNG or WebP (`UNSUPPORTED`), `ANIMATED`, fewer than 16 pixels on a side (`TOO_SMALL`), too many pixels (`TOO_LARGE`: a
    JPEG may have 120 million, a PNG or WebP what takes 40 MB in memory), or damaged (`UNREADABLE`).
    """

    EMPTY = "EMPTY"
    UNSUPPORTED = "UNSUPPORTED"
    ANIMATED = "ANIMATED"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    UNREADABLE = "UNREADABLE"


type AltText = Annotated[
    StrictStr,
    Field(max_length=250, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class PhotoCreate(Closed):
    """A form with a file."""

    file: Upload
    """The picture. Its type is read from its first bytes; name and media type are ignored."""
    alt_text: Annotated[AltText | None, NotNull()] = None


class PhotoUpdate(Patch):
    """The members to change; absent members stay."""

    min_properties: ClassVar[int] = 1
    alt_text: AltText | None = None
    position: Annotated[StrictInt | None, Field(ge=0, le=19), NotNull()] = None
    """Its place in the order, from 0."""


class VerificationKind(StrEnum):
    """A licence to work in a trade, or an insurance against damage."""

    LICENCE = "LICENCE"
    INSURANCE = "INSURANCE"


class VerificationSort(StrEnum):
    """The order of licences and insurances, by submission; a leading minus means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"


class VerificationRejectionReason(StrEnum):
    """
    Why it is not verified: the document cannot be read (`UNREADABLE`) or does not show all that it should (`INCOMPLETE`), it says something else than was entered, or is not of this
    business (`MISMATCH`), who has issued it does not know it (`NOT_CONFIRMED`), it has ended (`ENDED`), or something that the note tells (`OTHER`).
    """

    UNREADABLE = "UNREADABLE"
    INCOMPLETE = "INCOMPLETE"
    MISMATCH = "MISMATCH"
    NOT_CONFIRMED = "NOT_CONFIRMED"
    ENDED = "ENDED"
    OTHER = "OTHER"


type VerificationText = Annotated[
    StrictStr,
    Field(max_length=120, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type VerificationNumber = Annotated[
    StrictStr,
    Field(max_length=60, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class VerificationCreate(Closed):
    """A form with the document of a licence or insurance."""

    kind: VerificationKind
    title: VerificationText
    number: VerificationNumber
    authority: VerificationText
    country: CountryCode
    admin_area: Annotated[VerificationText | None, NotNull()] = None
    expires_date: Annotated[Day | None, NotNull()] = None
    """The last day on which it is valid; left out when it does not end."""
    document: Upload
    """The document. Its type is read from its first bytes; name and media type are ignored."""


class DocumentType(StrEnum):
    """The type of a document, read from its first bytes."""

    PDF = "PDF"
    JPEG = "JPEG"
    PNG = "PNG"


class VerificationApproval(Closed):
    """Verifies it; it is shown on the page of the business while it is valid."""

    decision: Literal["VERIFY"]


class WebhookEventType(StrEnum):
    """What happened, by the names of the section `webhooks`. `ping` is sent when it is asked for, whether or not it was chosen."""

    INQUIRY_RECEIVED = "inquiry.received"
    INQUIRY_WITHDRAWN = "inquiry.withdrawn"
    INQUIRY_EXPIRED = "inquiry.expired"
    INQUIRY_LOST = "inquiry.lost"
    MESSAGE_RECEIVED = "message.received"
    QUOTE_ACCEPTED = "quote.accepted"
    QUOTE_DECLINED = "quote.declined"
    QUOTE_EXPIRED = "quote.expired"
    JOB_CREATED = "job.created"
    JOB_SCHEDULED = "job.scheduled"
    JOB_STARTED = "job.started"
    JOB_DELIVERED = "job.delivered"
    JOB_CHANGES_REQUESTED = "job.changes_requested"
    JOB_COMPLETED = "job.completed"
    JOB_CANCELLED = "job.cancelled"
    JOB_DISPUTED = "job.disputed"
    VISIT_REQUESTED = "visit.requested"
    VISIT_BOOKED = "visit.booked"
    VISIT_DECLINED = "visit.declined"
    VISIT_CANCELLED = "visit.cancelled"
    REVIEW_PUBLISHED = "review.published"
    PING = "ping"


type WebhookUrl = Annotated[
    StrictStr,
    Field(
        max_length=500,
        min_length=12,
        pattern="^https://(localhost|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?)(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~!$&()*+,;=:@%/-]*)?(\\?[A-Za-z0-9._~!$&()*+,;=:@%/?-]*)?$",
    ),
    PatternMessage("must be an https address in lower case, such as https://hooks.example.com/hestami"),
]


type WebhookDescription = Annotated[
    StrictStr,
    Field(max_length=200, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class WebhookDisabledReason(StrEnum):
    """The answer was 410 (`GONE`), or nothing was taken for five days (`FAILING`)."""

    GONE = "GONE"
    FAILING = "FAILING"


class WebhookDeliveryStatus(StrEnum):
    """It waits for its next attempt (`PENDING`), was taken (`DELIVERED`), or is not tried any more (`FAILED`)."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookDeliveryError(StrEnum):
    """
    Why the last attempt failed: the answer was no 2xx (`REFUSED`) or took more than 10 seconds (`TIMEOUT`), the host's name leads nowhere (`NAME`) or to an address that is not public
    (`ADDRESS`), there was no connection (`CONNECTION`), or none whose certificate is good (`TLS`).
    """

    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    CONNECTION = "CONNECTION"
    TLS = "TLS"


class WebhookEndpointCreate(Closed):
    """A webhook endpoint to register."""

    url: WebhookUrl
    events: Annotated[list[WebhookEventType], Field(max_length=30, min_length=1), Unique()]
    """The events that are sent to it."""
    description: WebhookDescription | None
    """What it is for, in the owner's words; null for none."""


class WebhookEndpointReplace(Closed):
    """All that the owner sets of a webhook endpoint."""

    url: WebhookUrl
    events: Annotated[list[WebhookEventType], Field(max_length=30, min_length=1), Unique()]
    """The events that are sent to it."""
    description: WebhookDescription | None
    """What it is for, in the owner's words; null for none."""


class JobSide(StrEnum):
    """A party of a job."""

    HOMEOWNER = "HOMEOWNER"
    PROVIDER = "PROVIDER"


class JobActor(StrEnum):
    """Who did something: a party, staff who decided a dispute, or the service by its clock."""

    HOMEOWNER = "HOMEOWNER"
    PROVIDER = "PROVIDER"
    STAFF = "STAFF"
    SERVICE = "SERVICE"


class JobCancelReason(StrEnum):
    """
    Why a party cancels: the work is not needed any more (`NO_LONGER_NEEDED`), the agreed time cannot be kept (`CANNOT_KEEP_TIME`), the other party did not come (`NO_SHOW`), the
    work is another than was agreed (`SCOPE_CHANGED`), the parties do not agree on how to go on (`NO_AGREEMENT`), or another reason (`OTHER`).
    """

    NO_LONGER_NEEDED = "NO_LONGER_NEEDED"
    CANNOT_KEEP_TIME = "CANNOT_KEEP_TIME"
    NO_SHOW = "NO_SHOW"
    SCOPE_CHANGED = "SCOPE_CHANGED"
    NO_AGREEMENT = "NO_AGREEMENT"
    OTHER = "OTHER"


class JobCancelledReason(StrEnum):
    """Why it was cancelled, by a party, by staff (`DISPUTE_DECIDED`), or because a party's account is gone (`ACCOUNT_CLOSED`)."""

    NO_LONGER_NEEDED = "NO_LONGER_NEEDED"
    CANNOT_KEEP_TIME = "CANNOT_KEEP_TIME"
    NO_SHOW = "NO_SHOW"
    SCOPE_CHANGED = "SCOPE_CHANGED"
    NO_AGREEMENT = "NO_AGREEMENT"
    OTHER = "OTHER"
    DISPUTE_DECIDED = "DISPUTE_DECIDED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


type JobNote = Annotated[
    StrictStr,
    Field(max_length=1000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type JobWords = Annotated[
    StrictStr,
    Field(max_length=4000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class JobTime(Closed):
    """When the work is done."""

    starts_at: Timestamp
    """When it begins."""
    ends_at: Timestamp
    """When it ends, after it begins and at most 30 days later."""


class JobChangeRequest(Closed):
    """The changes that the homeowner requests."""

    text: JobWords


class JobCancel(Closed):
    """Why it is cancelled."""

    cancel_reason: JobCancelReason
    note: JobNote | None = None
    """A few words to the other party."""


class JobDisputeOpen(Closed):
    """What staff are to decide about."""

    text: JobWords


class VisitEndReason(StrEnum):
    """With what a visit was cancelled: its inquiry was withdrawn or expired, its recipient declined it (`INQUIRY_DECLINED`) or lost it (`OTHER_CHOSEN`), the job was cancelled, or an account was closed."""

    INQUIRY_WITHDRAWN = "INQUIRY_WITHDRAWN"
    INQUIRY_EXPIRED = "INQUIRY_EXPIRED"
    INQUIRY_DECLINED = "INQUIRY_DECLINED"
    OTHER_CHOSEN = "OTHER_CHOSEN"
    JOB_CANCELLED = "JOB_CANCELLED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


class VisitRequest(Closed):
    """When the provider is to come."""

    starts_at: Timestamp
    """When one of the provider's free hours begins."""


class JobOutcome(StrEnum):
    """How a dispute ends."""

    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class JobDecide(Closed):
    """A decision on a dispute."""

    outcome: JobOutcome
    statement: JobWords


class ReportSubjectKind(StrEnum):
    """`SERVICE`: a listing of the catalogue. `PROVIDER`: a business, by the id of its profile. `PHOTO`: a photo of either. `MESSAGE`: a message of one of the caller's threads. `REVIEW`: a review that everybody or the caller sees."""

    SERVICE = "SERVICE"
    PROVIDER = "PROVIDER"
    PHOTO = "PHOTO"
    MESSAGE = "MESSAGE"
    REVIEW = "REVIEW"


class ReportReason(StrEnum):
    """
    What is wrong with it: it is a fraud (`FRAUD`), says what is not true (`MISLEADING`), insults (`OFFENSIVE`), offers what is forbidden (`PROHIBITED`), shows personal data
    (`PERSONAL_DATA`), or something else (`OTHER`).
    """

    FRAUD = "FRAUD"
    MISLEADING = "MISLEADING"
    OFFENSIVE = "OFFENSIVE"
    PROHIBITED = "PROHIBITED"
    PERSONAL_DATA = "PERSONAL_DATA"
    OTHER = "OTHER"


class ReportAction(StrEnum):
    """
    What staff do about a report that is right. `TAKE_DOWN`: nobody else sees the thing any more. `NONE`: nothing is left to do, as with what is corrected or taken
    down already.
    """

    NONE = "NONE"
    TAKE_DOWN = "TAKE_DOWN"


class ReportSort(StrEnum):
    """The order of reports, by creation; a leading minus means descending."""

    CREATED_AT = "created_at"
    CREATED_AT_DESC = "-created_at"


type ReportText = Annotated[
    StrictStr,
    Field(max_length=2000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


type StatementOfReasons = Annotated[
    StrictStr,
    Field(max_length=2000, min_length=10),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class ReportCreate(Closed):
    """The reported content and the reason."""

    subject_kind: ReportSubjectKind
    subject_id: Uuid
    """The listing's id, the id of the business's profile (`provider.id` of its listings), the photo's id, or the message's id."""
    reason: ReportReason
    text: Annotated[ReportText | None, NotNull()] = None


class ReportUpheld(Closed):
    """The report is right."""

    outcome: Literal["ACTIONED"]
    action: ReportAction
    statement: StatementOfReasons


class ReportDismissal(Closed):
    """There is nothing to act on."""

    outcome: Literal["DISMISSED"]
    statement: StatementOfReasons


type ReportDecision = Annotated[ReportUpheld | ReportDismissal, Field(discriminator="outcome")]


class PlaceKind(StrEnum):
    """What a place is."""

    TOWN = "TOWN"
    POSTAL_CODE = "POSTAL_CODE"


type ShownCategoryName = Annotated[
    StrictStr,
    Field(max_length=100, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


class CategoryCreate(Closed):
    """A new category."""

    parent_id: Uuid | None
    """The parent category; null at the top level."""
    slug: Slug
    name: ShownCategoryName


class CategoryReplace(Closed):
    """What a category is called."""

    slug: Slug
    name: ShownCategoryName


class CategoryMove(Closed):
    """Where a category stands."""

    parent_id: Uuid | None
    """The new parent category; null for the top level."""
    after_id: Uuid | None
    """The neighbour that it follows below the same parent; null makes it the first."""


class CategoryRetire(Closed):
    """What takes the place of a category."""

    replacement_id: Uuid
    """The category to which its services are moved."""


type QuestionKey = Annotated[
    StrictStr,
    Field(max_length=40, min_length=1, pattern="^[a-z][a-z0-9_]*$"),
    PatternMessage("must be lower-case letters, digits and underscores, beginning with a letter"),
]


type QuestionLabel = Annotated[
    StrictStr,
    Field(max_length=200, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type QuestionHelp = Annotated[
    StrictStr,
    Field(max_length=500),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class QuestionOption(Closed):
    """Something to choose."""

    key: QuestionKey
    label: QuestionLabel


class QuestionText(Closed):
    """Answered in words."""

    kind: Literal["TEXT"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: StrictBool
    """Whether it has to be answered."""
    max_length: Annotated[StrictInt, Field(ge=1, le=4000)]
    """The largest number of characters of the answer."""


class QuestionChoice(Closed):
    """Answered by the key of one choice."""

    kind: Literal["CHOICE"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: StrictBool
    """Whether it has to be answered."""
    choices: Annotated[list[QuestionOption], Field(max_length=50, min_length=2)]
    """The choices, in the order to show."""


class QuestionMultiple(Closed):
    """Answered by the keys of some choices."""

    kind: Literal["MULTIPLE"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: StrictBool
    """Whether it has to be answered."""
    choices: Annotated[list[QuestionOption], Field(max_length=50, min_length=2)]
    """The choices, in the order to show."""
    max_choices: Annotated[StrictInt | None, Field(ge=1, le=50)]
    """The largest number of choices; null means any number."""


class QuestionNumber(Closed):
    """Answered by a number."""

    kind: Literal["NUMBER"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: StrictBool
    """Whether it has to be answered."""
    minimum: Annotated[StrictInt | None, Field(ge=-1000000000000, le=1000000000000)]
    """The lowest number, inclusive; null means none."""
    maximum: Annotated[StrictInt | None, Field(ge=-1000000000000, le=1000000000000)]
    """The highest number, inclusive; null means none."""


class QuestionDate(Closed):
    """Answered by a day."""

    kind: Literal["DATE"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: StrictBool
    """Whether it has to be answered."""


class QuestionBoolean(Closed):
    """Answered by yes or no."""

    kind: Literal["BOOLEAN"]
    key: QuestionKey
    label: QuestionLabel
    help: QuestionHelp
    required: StrictBool
    """Whether it has to be answered."""


class SubmissionKind(StrEnum):
    """What was submitted."""

    PROFILE = "PROFILE"
    SERVICE = "SERVICE"


class ModerationClaim(StrEnum):
    """Who has claimed it."""

    ME = "ME"
    NOBODY = "NOBODY"


class ModerationSort(StrEnum):
    """The order of items, by submission; a leading minus means descending."""

    SUBMITTED_AT = "submitted_at"
    SUBMITTED_AT_DESC = "-submitted_at"


class RejectionReason(StrEnum):
    """
    Why it was rejected, which the note says in words: something is missing (`INCOMPLETE`) or not true (`MISLEADING`), it holds contact details (`CONTACT_DETAILS`) or what is
    forbidden (`FORBIDDEN_CONTENT`), there is such a listing already (`DUPLICATE`), it stands in the wrong category (`WRONG_CATEGORY`), or another reason (`OTHER`).
    """

    INCOMPLETE = "INCOMPLETE"
    MISLEADING = "MISLEADING"
    CONTACT_DETAILS = "CONTACT_DETAILS"
    FORBIDDEN_CONTENT = "FORBIDDEN_CONTENT"
    DUPLICATE = "DUPLICATE"
    WRONG_CATEGORY = "WRONG_CATEGORY"
    OTHER = "OTHER"


type ModerationNote = Annotated[
    StrictStr,
    Field(max_length=2000, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class MaterialField(StrEnum):
    """
    The fields whose edit is reviewed again when the profile or service is published: whatever is words. `PRICING` waits when its kind or its unit changes. Everything
    else goes live at once: an amount and its currency, `duration_minutes`, `base_point` and `service_radius_km`.
    """

    BUSINESS_NAME = "BUSINESS_NAME"
    ABOUT = "ABOUT"
    PHONE = "PHONE"
    WEBSITE = "WEBSITE"
    LICENCES = "LICENCES"
    CATEGORY = "CATEGORY"
    TITLE = "TITLE"
    DESCRIPTION = "DESCRIPTION"
    PRICING = "PRICING"
    TAGS = "TAGS"


class RevisionState(StrEnum):
    """`PENDING`: staff will look at it. `REJECTED`: they did; edit it and it is reviewed again (a rejected first submission becomes a draft with the edit)."""

    PENDING = "PENDING"
    REJECTED = "REJECTED"


class HintKind(StrEnum):
    """
    What the service noticed in a text: an e-mail address, a telephone number or a web address in it, a word of `GET /admin/forbidden-words` (`FORBIDDEN_WORD`), or another
    listing that says nearly the same (`DUPLICATE`).
    """

    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    PHONE_NUMBER = "PHONE_NUMBER"
    WEB_ADDRESS = "WEB_ADDRESS"
    FORBIDDEN_WORD = "FORBIDDEN_WORD"
    DUPLICATE = "DUPLICATE"


type TextVersion = Annotated[StrictStr, Field(max_length=32, min_length=32, pattern="^[0-9a-f]{32}$")]


class ModerationApproval(Closed):
    """It is published as the item shows it."""

    decision: Literal["APPROVE"]
    text_version: TextVersion


class ModerationRejection(Closed):
    """Rejects the text with reasons for its owner."""

    decision: Literal["REJECT"]
    text_version: TextVersion
    rejection_reason: RejectionReason
    note: ModerationNote


type ModerationDecision = Annotated[ModerationApproval | ModerationRejection, Field(discriminator="decision")]


class ProviderSuspend(Closed):
    """Why a business is suspended."""

    note: ModerationNote


type ForbiddenText = Annotated[
    StrictStr,
    Field(max_length=100, min_length=1),
    Text(
        patterns=(
            "^[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]([^\\u0000-\\u001F\\u007F-\\u009F\\u115F\\u1160\\u17B4\\u17B5\\u2028-\\u202E\\u2066-\\u206F\\u2800\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF])?$",
        )
    ),
    ONE_LINE,
    PatternMessage("must be text on one line that begins and ends with a visible character, not a space"),
]


type ForbiddenNote = Annotated[
    StrictStr,
    Field(max_length=500, min_length=1),
    Text(
        patterns=(
            "^([^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD\\u0300-\\u036F\\u0483-\\u0489\\u0591-\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5\\u05C7\\u0610-\\u061C\\u064B-\\u065F\\u0670\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u1AB0-\\u1AFF\\u1DC0-\\u1DFF\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u20D0-\\u20FF\\u2800\\u3000\\u302A-\\u302F\\u3099\\u309A\\u3164\\uFE00-\\uFE0F\\uFE20-\\uFE2F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u202A-\\u202E\\u2066-\\u206F\\uFFF0-\\uFFFB\\uFFFE\\uFFFF]*)?$",
        )
    ),
    PatternMessage("must be text with a visible character, and without control characters"),
]


class ForbiddenWordCreate(Closed):
    """A word for the list."""

    word: ForbiddenText
    note: ForbiddenNote | None = None
    """A note for other staff; null or absent for none."""


class ForbiddenWordReplace(Closed):
    """A word of the list, anew."""

    word: ForbiddenText
    note: ForbiddenNote | None = None
    """A note for other staff; null or absent for none."""


type AuditEventName = Annotated[StrictStr, Field(max_length=64, min_length=3, pattern="^[a-z_]+(\\.[a-z_]+)+$")]


type AuditSubjectType = Annotated[StrictStr, Field(max_length=32, min_length=1, pattern="^[a-z_]+$")]


class AuditSort(StrEnum):
    """The order of events, by the time at which they occurred; a leading minus means descending."""

    OCCURRED_AT = "occurred_at"
    OCCURRED_AT_DESC = "-occurred_at"


type RequestReference = Annotated[StrictStr, Field(max_length=64, min_length=8, pattern="^[A-Za-z0-9._\\-]+$")]


class AuditIntegrityState(StrEnum):
    """
    `INTACT`: the last walk over the trail found it as the service wrote it. `BROKEN`: there are events that the service has not written, or some
    were changed or removed past it; `audit verify` names them. `UNVERIFIED`: nobody has walked over it for two days, as where no worker runs.
    """

    INTACT = "INTACT"
    BROKEN = "BROKEN"
    UNVERIFIED = "UNVERIFIED"


class ActivityBy(StrEnum):
    """
    `SELF`: the account itself. `SOMEBODY_ELSE`: another account, our staff for example. `NOBODY`: no one who was signed in, for example whoever
    tried a wrong password.
    """

    SELF = "SELF"
    SOMEBODY_ELSE = "SOMEBODY_ELSE"
    NOBODY = "NOBODY"


class HealthStatus(StrEnum):
    """`UP`: all is well. `DEGRADED`: requests are served, and something is missing that the service can do without for a while. What cannot serve answers 503."""

    UP = "UP"
    DEGRADED = "DEGRADED"


class UsageStep(StrEnum):
    """`INQUIRY`: one was sent. `QUOTE`: one was sent for an inquiry. `JOB`: a quote was accepted. `REVIEW`: a party of a job wrote one."""

    INQUIRY = "INQUIRY"
    QUOTE = "QUOTE"
    JOB = "JOB"
    REVIEW = "REVIEW"


class LogLevel(StrEnum):
    """How serious it is. Processes that log less (`LOG_LEVEL`) have less to tell."""

    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


type LoggerName = Annotated[StrictStr, Field(max_length=100, min_length=1, pattern="^[!-~]+$")]


class Dependency(StrEnum):
    """
    `DATABASE`: it answers, takes changes, and has the schema of this release. `REDIS`: shared limits. `STORAGE`: photos and documents. `MAIL`: the mail server lets us in.
    `OUTBOX`: nothing has been due for more than five minutes. `WORKER`: it is at work, and no task of it fails. `PASSWORD_HASHING`: few wait for it. `AUDIT_CHAIN`: the audit trail was
    verified within two days, and holds.
    """

    DATABASE = "DATABASE"
    REDIS = "REDIS"
    STORAGE = "STORAGE"
    MAIL = "MAIL"
    OUTBOX = "OUTBOX"
    WORKER = "WORKER"
    PASSWORD_HASHING = "PASSWORD_HASHING"
    AUDIT_CHAIN = "AUDIT_CHAIN"


class DependencyState(StrEnum):
    """`UP`: all is well. `DEGRADED`: it works, and not as it should. `DOWN`: it does not work. `OFF`: this deployment does without it."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    OFF = "OFF"


class Money(Closed):
    """An amount of money."""

    amount_minor: Annotated[StrictInt, Field(ge=0, le=100000000000)]
    """The amount in the currency's minor unit, as ISO 4217 has it; 12900 is 129.00 in USD and 12,900 in JPY."""
    currency: CurrencyCode


class Registration(Closed):
    """A new account."""

    email: Email
    password: NewPassword
    full_name: PersonName
    username: Annotated[Username | None, NotNull()] = None
    phone: Annotated[PhoneNumber | None, NotNull()] = None
    locale: Annotated[Locale | None, NotNull()] = None
    roles: Annotated[list[RegistrationRole] | None, Field(max_length=2, min_length=1), Unique(), NotNull()] = None
    """What the account is for; `[HOMEOWNER]` when left out."""


type VerificationProof = Annotated[PasswordProof | SessionProof, Field(discriminator="method")]


class TotpProof(Closed):
    """A code of the authenticator app."""

    method: Literal["TOTP"]
    code: TotpCode


class EmailChangeConfirmation(Closed):
    """The token of the mailed link, and the proof that its reader is the owner of the account."""

    token: OneTimeToken
    proof: VerificationProof


class UserSuspend(Closed):
    """Why an account is suspended."""

    reason: SuspensionReason


class PricingFixed(Closed):
    """One price for the whole service."""

    kind: Literal["FIXED"]
    price: Money


class PricingHourly(Closed):
    """A price for each hour of work."""

    kind: Literal["HOURLY"]
    price: Money


class PricingStartingAt(Closed):
    """The price begins here; what it comes to depends on the work."""

    kind: Literal["STARTING_AT"]
    price: Money


class PricingPerUnit(Closed):
    """A price for each unit."""

    kind: Literal["PER_UNIT"]
    price: Money
    unit: PricingUnit


class ReviewHiding(Closed):
    """Why a review is hidden."""

    statement: StatementOfReasons


class AnswerText(Closed):
    """An answer in words."""

    kind: Literal["TEXT"]
    key: QuestionKey
    text: AnswerWords


class AnswerChoice(Closed):
    """An answer by one choice."""

    kind: Literal["CHOICE"]
    key: QuestionKey
    choice: QuestionKey


class AnswerMultiple(Closed):
    """An answer by some choices."""

    kind: Literal["MULTIPLE"]
    key: QuestionKey
    choices: Annotated[list[QuestionKey], Field(max_length=50)]
    """The keys of the choices."""


class AnswerNumber(Closed):
    """An answer by a number."""

    kind: Literal["NUMBER"]
    key: QuestionKey
    number: Annotated[StrictFloat, Field(ge=-1000000000000.0, le=1000000000000.0)]
    """The number."""


class AnswerDay(Closed):
    """An answer by a day."""

    kind: Literal["DATE"]
    key: QuestionKey
    answer_date: Day
    """The day."""


class AnswerBoolean(Closed):
    """An answer by yes or no."""

    kind: Literal["BOOLEAN"]
    key: QuestionKey
    boolean: StrictBool
    """Whether it is so."""


type InquiryTiming = Annotated[TimingFlexible | TimingDates | TimingWindow, Field(discriminator="kind")]


class InquiryUpdate(Patch):
    """The members to change; absent members stay."""

    min_properties: ClassVar[int] = 1
    title: Annotated[InquiryTitle | None, NotNull()] = None
    details: Annotated[InquiryDetails | None, NotNull()] = None
    timing: Annotated[InquiryTiming | None, NotNull()] = None
    budget: Money | None = None
    """The most that the work may cost; null or left out for none."""


type QuoteDiscount = Annotated[DiscountPercent | DiscountAmount, Field(discriminator="kind")]


class QuoteCreate(Closed):
    """The offer and its validity."""

    currency: CurrencyCode
    lines: Annotated[list[QuoteLineCreate], Field(max_length=50, min_length=1)]
    """The lines of the quote, in the order to show them."""
    discount: QuoteDiscount | None = None
    """A discount on the whole; null or left out for none."""
    valid_days: Annotated[StrictInt, Field(ge=1, le=90)]
    """For how many days it is valid once it is sent."""
    terms: QuoteTerms | None = None
    """Further terms; null or absent for none."""


class QuoteUpdate(Patch):
    """The members to change; absent members stay."""

    min_properties: ClassVar[int] = 1
    currency: Annotated[CurrencyCode | None, NotNull()] = None
    lines: Annotated[list[QuoteLineCreate] | None, Field(max_length=50, min_length=1), NotNull()] = None
    """The lines of the quote, in the order to show them."""
    discount: QuoteDiscount | None = None
    """A discount on the whole; null for none."""
    valid_days: Annotated[StrictInt | None, Field(ge=1, le=90), NotNull()] = None
    """For how many days it is valid once it is sent."""
    terms: QuoteTerms | None = None
    """Further terms; null for none."""


class VerificationRejection(Closed):
    """Rejects it with reasons for its owner."""

    decision: Literal["REJECT"]
    rejection_reason: VerificationRejectionReason
    note: ModerationNote


type VerificationDecision = Annotated[VerificationApproval | VerificationRejection, Field(discriminator="decision")]


class VerificationRevocation(Closed):
    """Why a licence or insurance is no longer taken for verified."""

    note: ModerationNote


type Question = Annotated[
    QuestionText | QuestionChoice | QuestionMultiple | QuestionNumber | QuestionDate | QuestionBoolean,
    Field(discriminator="kind"),
]


class CategoryQuestionsReplace(Closed):
    """All questions of a category."""

    questions: Annotated[list[Question], Field(max_length=30)]
    """The questions, in the order to ask them."""


type MfaProof = Annotated[TotpProof | RecoveryCodeProof, Field(discriminator="method")]


class LoginCompletion(Closed):
    """The second step of a sign-in."""

    mfa_token: Annotated[StrictStr, Field(max_length=512, min_length=1, pattern="^[A-Za-z0-9._~\\-]+$")]
    """The `mfa_token` of the problem `mfa-required`."""
    proof: MfaProof


class MfaAuthorization(Closed):
    """The proof that the caller has the second factor."""

    proof: MfaProof


type Pricing = Annotated[
    PricingFixed | PricingHourly | PricingStartingAt | PricingPerUnit | PricingQuote, Field(discriminator="kind")
]


class ServiceCreate(Closed):
    """A new service."""

    category_id: Uuid
    """The category; 404 when there is no such category, or it is retired."""
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: Annotated[StrictInt | None, Field(ge=5, le=100000)] = None
    """The usual duration in minutes. Null or absent means unknown."""
    tags: Annotated[list[ServiceTag] | None, Field(max_length=10), Unique(), NotNull()] = None
    """Left out means none."""


class ServiceReplace(Closed):
    """All that the provider sets of a service."""

    category_id: Uuid
    """The category; 404 when there is no such category, or it is retired."""
    title: ServiceTitle
    description: ServiceDescription
    pricing: Pricing
    duration_minutes: Annotated[StrictInt | None, Field(ge=5, le=100000)] = None
    """The usual duration in minutes. Null or absent means unknown."""
    tags: Annotated[list[ServiceTag] | None, Field(max_length=10), Unique(), NotNull()] = None
    """Left out means none."""


class ServiceUpdate(Closed):
    """What changes of a service."""

    category_id: Annotated[Uuid | None, NotNull()] = None
    """The category; 404 when there is no such category, or it is retired."""
    title: Annotated[ServiceTitle | None, NotNull()] = None
    description: Annotated[ServiceDescription | None, NotNull()] = None
    pricing: Annotated[Pricing | None, NotNull()] = None
    duration_minutes: Annotated[StrictInt | None, Field(ge=5, le=100000)] = None
    """The usual duration in minutes. Null clears it."""
    tags: Annotated[list[ServiceTag] | None, Field(max_length=10), Unique(), NotNull()] = None
    """They replace the ones that were there."""


type InquiryAnswer = Annotated[
    AnswerText | AnswerChoice | AnswerMultiple | AnswerNumber | AnswerDay | AnswerBoolean, Field(discriminator="kind")
]


class InquiryCreate(Closed):
    """A new inquiry, with its recipients."""

    property_id: Uuid
    """One of the caller's properties."""
    category_id: Uuid
    """The category of the work."""
    title: InquiryTitle
    details: InquiryDetails
    questions_version: Annotated[StrictInt, Field(ge=0, le=1000000)]
    """The version of the category's questions that is answered; 0 where there are none."""
    answers: Annotated[list[InquiryAnswer], Field(max_length=30)]
    """The answers to the category's questions, each question once at the most."""
    timing: InquiryTiming
    budget: Money | None = None
    """The most that the work may cost; null or left out for none."""
    recipients: Annotated[list[InquiryRecipientChoice], Field(max_length=5, min_length=1)]
    """Who is asked."""
