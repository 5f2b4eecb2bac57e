"""Parts of inquiries on the wire that their owners and recipients see alike."""

from datetime import date

from generated import replies
from impl.marketplace.capabilities.inquiries.tables import TimingKind, WantedRow


def timing_to_wire(row: WantedRow) -> replies.InquiryTiming:
    begins, ends = row["wanted_from"], row["wanted_until"]
    if row["timing"] == TimingKind.DATES:
        return {"kind": "DATES", "dates": [date.fromisoformat(day) for day in row["wanted_dates"]]}
    if begins is None or ends is None:
        return {"kind": "FLEXIBLE"}
    return {"kind": "WINDOW", "from_date": begins, "until_date": ends}
