"""When a failed try is repeated: pure arithmetic, shared by chat and embeddings."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import ModelError, ModelUnavailable

BACKOFF_BASE_S = 0.5  # first wait is 0.25 s on average: a dropped connection costs little
BACKOFF_CAP_S = 30.0  # a restarting server is asked twice a minute


def backoff_s(number: int, key: str) -> float:
    """Seconds to wait after failed try ``number`` (0 is the first): exponential with full jitter.

    The jitter is a function of ``key`` and ``number``: many requests spread out, and one request waits alike in every run.
    """
    ceiling = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0 ** min(number, 16))
    return random.Random(f"{key}|{number}").uniform(0.0, ceiling)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3), or None where there is none that can be read.

    A date is compared with the answer's own ``Date``, so that the two machines' clocks need not agree.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
        return float(value)
    moment = _date(value)
    if moment is None:
        return None
    return max(0.0, (moment - (_date(headers.get("date", "")) or datetime.now(UTC))).total_seconds())


def next_wait_s(failure: ModelError, number: int, key: str, endpoint: EndpointSettings) -> float | None:
    """Seconds until the next try after ``failure`` of try ``number``, or None when it must be raised."""
    if not failure.retryable or number >= endpoint.max_retries:
        return None
    asked = failure.retry_after_s if isinstance(failure, ModelUnavailable) else None
    if asked is None:
        return min(backoff_s(number, key), endpoint.max_wait_s)
    if asked > endpoint.max_wait_s:
        return None
    return asked + backoff_s(0, key)  # spread out those who were told the same moment


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
