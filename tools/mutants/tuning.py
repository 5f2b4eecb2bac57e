"""Numbers of tuning, by module: how fast something goes, and not what comes of it; one more or one less is as right.

A number that the contract, a document or a test's name promises is none of these, whatever it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

type Names = Mapping[str, frozenset[str]]


def _by_module(text: str) -> Names:
    found: dict[str, frozenset[str]] = {}
    for line in text.strip().splitlines():
        module, *names = line.split()
        found[module] = found.get(module, frozenset()).union(names)
    return found


# How much a process remembers of what it can make again; what is compared with these is left out as well.
REMEMBERED: Final = _by_module("""
impl/edge/compression.py _INLINE_BYTES_MAX _KEPT _KEPT_BYTES_MAX
impl/edge/limits.py _CAPACITY
impl/edge/negotiation.py _KEPT_LENGTH
impl/identity/capabilities/access_control/service.py _MAX_KEPT
impl/kernel/statements.py _SHAPES_MAX TEXTS_MAX
impl/marketplace/capabilities/stemming/service.py _KNOWN
""")
# How many rows, lines or writes one step takes.
_STEPS: Final = _by_module("""
impl/edge/denials.py _ADDRESSES_COUNTED
impl/edge/log_entries.py WAITING_MOST _BATCH
impl/edge/logs.py _GATHERED_MAX
impl/edge/page_cache.py _USELESS_MAX _WAITING_MAX
impl/identity/capabilities/second_factor/service.py _ENCRYPTED_AT_ONCE
impl/identity/closure/service.py _BATCH
impl/kernel/audit.py _ERASED_AT_ONCE
impl/kernel/engines/replicas.py _SAMPLES_MAX
impl/kernel/pending_writes.py _TOGETHER
impl/kernel/retention.py BATCH
impl/kernel/table_changes.py _TOGETHER _WORTH_IT
impl/marketplace/capabilities/notice_mails/service.py _AT_ONCE
impl/marketplace/capabilities/search/service.py TOGETHER
impl/marketplace/capabilities/spelling/service.py _CHANGES_AT_ONCE
impl/marketplace/capabilities/webhook_endpoints/service.py _AT_ONCE
impl/marketplace/categories/service.py PARTS TOGETHER
impl/marketplace/inquiries/service.py _AT_ONCE
impl/marketplace/jobs/service.py _AT_ONCE
impl/marketplace/notification_stream/service.py _PAGE
impl/marketplace/quotes/service.py _AT_ONCE
impl/marketplace/reviews/service.py _AT_ONCE
impl/marketplace/saved_searches/service.py _AT_ONCE
impl/marketplace/verifications/service.py _AT_ONCE
impl/operations/capabilities/audit_chain/service.py BATCH
impl/operations/capabilities/audit_intake/service.py BATCH
impl/operations/capabilities/dead_letters/service.py BATCH
impl/operations/usage/service.py _AT_ONCE
""")
# How long to wait before the next look or attempt, and for what may be out.
_WAITS: Final = _by_module("""
impl/edge/connections.py _LAST_LOOK_SECONDS
impl/edge/denials.py _FLUSH_SECONDS
impl/edge/limits.py _SWEEP_SECONDS
impl/edge/log_entries.py _EVERY_SECONDS _LAST_SECONDS _LONGEST_PAUSE_SECONDS
impl/edge/logs.py _GATHER_SECONDS
impl/edge/metrics.py _LOOK_SECONDS
impl/edge/page_cache.py _FIRST_PAUSE_SECONDS _LEASE
impl/edge/server.py _KEEP_ALIVE_SECONDS
impl/edge/stopping.py _CLOSING_SECONDS
impl/identity/export/service.py _PATIENCE_SECONDS
impl/kernel/engines/connecting.py _MIGRATION_CONNECT_SECONDS
impl/kernel/engines/connection_checks.py _ASKED_EVERY_SECONDS _ASKED_TIMES _PAUSE_SECONDS
impl/kernel/engines/connection_checks.py _SILENT_SECONDS _UNCONFIRMED_SECONDS
impl/kernel/engines/listeners.py _ASKED_EVERY _LOOKED_AT_EVERY
impl/kernel/engines/postgres_database.py _CANCEL_SECONDS
impl/kernel/engines/replicas.py _LONGEST_PAUSE _LOOKS
impl/kernel/engines/sqlite_connections.py _MIGRATION_SECONDS _RETRY_SECONDS
impl/kernel/repeats.py _PAUSES
impl/kernel/wakeups.py _FIRST_PAUSE _LONGEST_PAUSE
impl/marketplace/capabilities/webhook_endpoints/service.py _LEASE
impl/marketplace/categories/service.py PAUSE
impl/operations/capabilities/dependencies/service.py TIMEOUT_SECONDS VALID_SECONDS
impl/operations/capabilities/worker_tasks/service.py WRITTEN_EVERY_SECONDS
impl/operations/health/service.py _DATABASE_SECONDS _DETAILS_SECONDS _PATIENCE_SECONDS _READING_SECONDS _VALID_SECONDS
impl/operations/usage/service.py _LOOKED_EVERY_SECONDS
""")
# How far is looked back, where what is looked for is shorter.
_WINDOWS: Final = _by_module("""
impl/marketplace/capabilities/dialled_numbers/service.py _CUE_LENGTH _SIGN_LENGTH
impl/marketplace/capabilities/street_addresses/service.py _CUE_LENGTH
""")
# How thoroughly something is compressed or measured, and when the collector of garbage runs.
_THOROUGHNESS: Final = _by_module("""
impl/edge/compression.py _GZIP_LEVEL _GZIP_LEVEL_ONCE _ZSTD_LEVEL _ZSTD_LEVEL_ONCE
impl/edge/metrics.py _BUCKETS
impl/edge/server.py _GC_THRESHOLDS
impl/marketplace/capabilities/number_lookups/service.py MOST_TRIES
""")
_KINDS: Final = (REMEMBERED, _STEPS, _WAITS, _WINDOWS, _THOROUGHNESS)
TUNING: Final[Names] = {
    module: frozenset().union(*(kind.get(module, frozenset()) for kind in _KINDS))
    for module in sorted({module for kind in _KINDS for module in kind})
}
