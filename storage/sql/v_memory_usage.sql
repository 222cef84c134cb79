-- What became of the cases that each memory was recalled for, counted from the attempts themselves.
WITH plain AS (
    SELECT
        case_key,
        model,
        arg_max(verdict_status, (verdict_status <> 'undetermined', round, id)) AS baseline_status
    FROM attempts
    WHERE len(hits) = 0
    GROUP BY case_key, model
),
recalled AS (
    SELECT case_key, model, round, verdict_status, unnest(hits).memory_id AS memory_id
    FROM attempts
    WHERE len(hits) > 0
)
SELECT
    recalled.memory_id,
    memories.stream,
    memories.state,
    memories.rule,
    count(*) AS recalls,
    count(DISTINCT recalled.case_key) AS cases,
    count(*) FILTER (recalled.verdict_status = 'correct' AND plain.baseline_status = 'incorrect') AS helped,
    count(*) FILTER (recalled.verdict_status = 'incorrect' AND plain.baseline_status = 'correct') AS harmed,
    max(recalled.round) AS last_round
FROM recalled
LEFT JOIN plain USING (case_key, model)
LEFT JOIN memories ON memories.id = recalled.memory_id
GROUP BY recalled.memory_id, memories.stream, memories.state, memories.rule
ORDER BY recalls DESC, recalled.memory_id
