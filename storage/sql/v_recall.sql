-- Every memory of every attempt, with the verdict, and the same model's verdict on the case without any memory.
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
    SELECT
        id AS attempt_id,
        case_key,
        case_id,
        snapshot_id,
        round,
        arm,
        model,
        verdict_status,
        unnest(hits) AS hit,
        generate_subscripts(hits, 1) AS position
    FROM attempts
    WHERE len(hits) > 0
)
SELECT
    recalled.attempt_id,
    recalled.case_key,
    recalled.case_id,
    recalled.snapshot_id,
    recalled.round,
    recalled.arm,
    recalled.model,
    recalled.hit.memory_id AS memory_id,
    recalled.hit.stream AS stream,
    recalled.position,
    recalled.hit.score AS score,
    recalled.hit.path AS path,
    recalled.verdict_status,
    plain.baseline_status,
    CASE
        WHEN recalled.verdict_status = 'correct' AND plain.baseline_status = 'incorrect' THEN 'helped'
        WHEN recalled.verdict_status = 'incorrect' AND plain.baseline_status = 'correct' THEN 'harmed'
        WHEN recalled.verdict_status = plain.baseline_status AND plain.baseline_status <> 'undetermined' THEN 'unchanged'
        ELSE 'unknown'
    END AS effect
FROM recalled
LEFT JOIN plain USING (case_key, model)
ORDER BY recalled.round, recalled.attempt_id, recalled.position
