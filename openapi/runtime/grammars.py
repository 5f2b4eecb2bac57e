"""Grammars of JSON Schema's formats, as patterns whose parts are named as in the standards.

The engine (Rust's regex) reads them in linear time and knows no look-ahead.
"""

_HEX = "[0-9A-Fa-f]"

# RFC 3339, section 5.6; which days a month has is left to the calendar.
_FULL_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_PARTIAL_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_TIME_OFFSET = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
DATE = rf"^{_FULL_DATE}$"
DATE_TIME = rf"^{_FULL_DATE}[Tt]{_PARTIAL_TIME}{_TIME_OFFSET}$"

# RFC 9562, section 4.
UUID = rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"

# RFC 3986, appendix A.
_DEC_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_DEC_OCTET}(?:\.{_DEC_OCTET}){{3}}"
_H16 = f"{_HEX}{{1,4}}"
_LS32 = f"(?:{_H16}:{_H16}|{_IPV4})"
_IPV6 = "(?:{})".format(
    "|".join(
        (
            f"(?:{_H16}:){{6}}{_LS32}",
            f"::(?:{_H16}:){{5}}{_LS32}",
            *(f"(?:(?:{_H16}:){{0,{5 - n}}}{_H16})?::(?:{_H16}:){{{n}}}{_LS32}" for n in range(5)),
            f"(?:(?:{_H16}:){{0,5}}{_H16})?::{_H16}",
            f"(?:(?:{_H16}:){{0,6}}{_H16})?::",
        )
    )
)
_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = r"!$&'()*+,;="
_PCT_ENCODED = f"%{_HEX}{{2}}"
_PCHAR = f"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_PCT_ENCODED})"
_IP_FUTURE = rf"[Vv]{_HEX}+\.[{_UNRESERVED}{_SUB_DELIMS}:]+"
_HOST = rf"(?:\[(?:{_IPV6}|{_IP_FUTURE})\]|(?:[{_UNRESERVED}{_SUB_DELIMS}]|{_PCT_ENCODED})*)"
_USERINFO = f"(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_PCT_ENCODED})*"
_AUTHORITY = f"(?:{_USERINFO}@)?{_HOST}(?::[0-9]*)?"
_PATH_ABEMPTY = f"(?:/{_PCHAR}*)*"
_PATH_ABSOLUTE = f"/(?:{_PCHAR}+{_PATH_ABEMPTY})?"
_PATH_ROOTLESS = f"{_PCHAR}+{_PATH_ABEMPTY}"
_PATH_NOSCHEME = f"(?:[{_UNRESERVED}{_SUB_DELIMS}@]|{_PCT_ENCODED})+{_PATH_ABEMPTY}"
_QUERY_AND_FRAGMENT = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
_HIER_PART = f"(?://{_AUTHORITY}{_PATH_ABEMPTY}|{_PATH_ABSOLUTE}|{_PATH_ROOTLESS}|)"
_RELATIVE_PART = f"(?://{_AUTHORITY}{_PATH_ABEMPTY}|{_PATH_ABSOLUTE}|{_PATH_NOSCHEME}|)"
_URI = rf"[A-Za-z][A-Za-z0-9+.\-]*:{_HIER_PART}{_QUERY_AND_FRAGMENT}"
URI = f"^{_URI}$"
URI_REFERENCE = f"^(?:{_URI}|{_RELATIVE_PART}{_QUERY_AND_FRAGMENT})$"

# RFC 5321, section 4.1.2 (Mailbox), labels of domains as RFC 1035 bounds them.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_QUOTED_STRING = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_ADDRESS_LITERAL = rf"\[(?:{_IPV4}|[Ii][Pp][Vv]6:{_IPV6})\]"
EMAIL = rf"^(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED_STRING})@(?:{_LABEL}(?:\.{_LABEL})*|{_ADDRESS_LITERAL})$"
# Section 4.5.3.1: 64 octets before the last at sign, 255 after it.
EMAIL_BOUNDS = r"^.{1,64}@[^@]{1,255}$"
