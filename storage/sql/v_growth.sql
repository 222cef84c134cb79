-- What each round added: guidelines by the gate's word, and the memories whose first member is of that round.
WITH logged AS (
    SELECT round, stream, count(*) AS candidates, count(*) FILTER (accepted) AS accepted, count(*) FILTER (NOT accepted) AS rejected
    FROM candidates
    GROUP BY round, stream
),
born AS (
    SELECT min(candidates.round) AS round, memories.stream
    FROM memories
    JOIN lineage ON lineage.memory_id = memories.id
    JOIN candidates ON candidates.id = lineage.candidate_id
    WHERE memories.state = 'active'
    GROUP BY memories.id, memories.stream
),
arrived AS (
    SELECT round, stream, count(*) AS memories FROM born GROUP BY round, stream
)
SELECT
    round,
    stream,
    candidates,
    accepted,
    rejected,
    coalesce(memories, 0) AS new_memories,
    sum(accepted) OVER so_far AS accepted_total,
    sum(coalesce(memories, 0)) OVER so_far AS memories_total
FROM logged
LEFT JOIN arrived USING (round, stream)
WINDOW so_far AS (PARTITION BY stream ORDER BY round)
ORDER BY round, stream
