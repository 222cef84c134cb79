-- Every memory with what stands behind it, the largest first.
WITH behind AS (
    SELECT
        lineage.memory_id,
        count(*) AS support,
        count(DISTINCT candidates.case_key) AS cases,
        min(candidates.round) AS first_round,
        max(candidates.round) AS last_round
    FROM lineage
    JOIN candidates ON candidates.id = lineage.candidate_id
    GROUP BY lineage.memory_id
)
SELECT
    memories.id,
    memories.stream,
    memories.state,
    memories.pinned,
    coalesce(behind.support, 0) AS support,
    coalesce(behind.cases, 0) AS cases,
    memories.subject,
    memories.rule,
    memories.rule_origin,
    memories.key_concepts,
    memories.merged_into,
    memories.recalled,
    memories.helped,
    memories.harmed,
    memories.last_used_round,
    behind.first_round,
    behind.last_round
FROM memories
LEFT JOIN behind ON behind.memory_id = memories.id
ORDER BY support DESC, memories.id
