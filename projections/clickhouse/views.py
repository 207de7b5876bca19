"""What analysts see: views in the database with the plain name, over the tables of the active generation.

Names stay, generations come and go beneath. Aggregates are merged here, so nobody needs FINAL or to know engines.
"""

from __future__ import annotations

from typing import Final

from projections.clickhouse.closing import CLOSING
from projections.clickhouse.selling import SELLING

VIEWS: Final = {
    "events": "SELECT * FROM {db}.events",
    "conversations": "SELECT * FROM {db}.conversations",
    "message_hours": "SELECT company, instance, hour, direction, kind, sum(h.messages) AS messages, "
    "sum(h.late) AS late FROM {db}.message_hours AS h GROUP BY company, instance, hour, direction, kind",
    # one row a turn that was closed; sent_at and answer_ms are NULL while nothing was sent
    "answers": "SELECT t.company AS company, turn, conversation, instance, centurion, reply, messages, first_at, "
    "closed_at, made_at, nullIf(c.sent_at, toDateTime64(0, 6, 'UTC')) AS sent_at, "
    "dateDiff('millisecond', first_at, sent_at) AS answer_ms FROM ("
    "SELECT company, turn, max(x.conversation) AS conversation, max(x.instance) AS instance, "
    "max(x.centurion) AS centurion, max(x.reply) AS reply, max(x.first_chunk) AS first_chunk, "
    "max(x.messages) AS messages, min(x.first_at) AS first_at, min(x.closed_at) AS closed_at, "
    "min(x.made_at) AS made_at FROM {db}.turns AS x GROUP BY company, turn HAVING isNotNull(closed_at)) AS t "
    "LEFT JOIN (SELECT company, chunk, min(y.sent_at) AS sent_at FROM {db}.chunks AS y GROUP BY company, chunk) AS c "
    "ON c.company = t.company AND c.chunk = t.first_chunk",
    "answer_hours": "SELECT company, instance, centurion, toStartOfHour(assumeNotNull(first_at)) AS hour, "
    "count() AS turns, countIf(isNotNull(answer_ms)) AS answered, avg(answer_ms) AS answer_ms_avg, "
    "quantile(0.5)(answer_ms) AS answer_ms_p50, quantile(0.95)(answer_ms) AS answer_ms_p95 "
    "FROM {answers} WHERE isNotNull(first_at) GROUP BY company, instance, centurion, hour",
    **SELLING,
    **CLOSING,
}
"""View → its SELECT over the generation {db}; `{answers}` and so on: a view before it."""


def selects(database: str) -> dict[str, str]:
    """View → SELECT over this generation's database."""
    made: dict[str, str] = {}
    for name, select in VIEWS.items():
        made[name] = select.format(db=database, **{before: f"({of})" for before, of in made.items()})
    return made


def view_statements(facade: str, database: str) -> list[str]:
    """Points the views in `facade` at the generation; each is replaced atomically."""
    return [f"CREATE OR REPLACE VIEW {facade}.{name} AS {select}" for name, select in selects(database).items()]
