-- How often each kind of change happened to memories, and why.
SELECT stream, kind, reason, count(*) AS events, count(DISTINCT memory_id) AS memories
FROM events
GROUP BY stream, kind, reason
ORDER BY events DESC, stream, kind, reason
