-- Rules that several guidelines became: the guidelines of each, beside the rule.
SELECT
    memories.id AS memory_id,
    memories.stream,
    memories.rule,
    memories.rule_origin,
    count(*) AS support,
    list(candidates.guideline ORDER BY candidates.round, candidates.id) AS guidelines,
    list(candidates.case_id ORDER BY candidates.round, candidates.id) AS case_ids
FROM memories
JOIN lineage ON lineage.memory_id = memories.id
JOIN candidates ON candidates.id = lineage.candidate_id
WHERE memories.state = 'active'
GROUP BY memories.id, memories.stream, memories.rule, memories.rule_origin
HAVING count(*) > 1
ORDER BY support DESC, memory_id
