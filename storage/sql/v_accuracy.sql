-- Verdicts of each round and arm; the snapshot tells runs over the same cases, and the arms of an evaluation, apart. Accuracy is over the determined ones; undetermined is nobody's mistake.
SELECT
    round,
    arm,
    model,
    snapshot_id,
    count(*) AS attempts,
    count(*) FILTER (verdict_status = 'correct') AS correct,
    count(*) FILTER (verdict_status = 'incorrect') AS incorrect,
    count(*) FILTER (verdict_status = 'undetermined') AS undetermined,
    round(count(*) FILTER (verdict_status = 'correct') / nullif(count(*) FILTER (verdict_status <> 'undetermined'), 0), 4) AS accuracy,
    count(*) FILTER (len(hits) > 0) AS with_memory,
    round(
        count(*) FILTER (len(hits) > 0 AND verdict_status = 'correct')
        / nullif(count(*) FILTER (len(hits) > 0 AND verdict_status <> 'undetermined'), 0),
        4
    ) AS accuracy_with_memory
FROM attempts
GROUP BY round, arm, model, snapshot_id
ORDER BY round, arm, model, snapshot_id
