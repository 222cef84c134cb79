-- What each role cost in each round, unusable replies included. Seconds are spent waiting for models, summed over calls.
WITH spent AS (
    SELECT round, 'solve' AS role, model, calls, prompt_tokens, completion_tokens, seconds FROM attempts
    UNION ALL
    SELECT
        round, 'analyze', '', analysis_calls, analysis_prompt_tokens, analysis_completion_tokens, analysis_seconds
    FROM attempts
    UNION ALL
    SELECT round, 'judge', '', verdict_calls, verdict_prompt_tokens, verdict_completion_tokens, verdict_seconds FROM attempts
    UNION ALL
    SELECT
        attempts.round,
        'reflect_' || reflections.stream,
        reflections.model,
        reflections.calls,
        reflections.prompt_tokens,
        reflections.completion_tokens,
        reflections.seconds
    FROM reflections
    JOIN attempts ON attempts.id = reflections.attempt_id
    UNION ALL
    SELECT round, stage, '', calls, prompt_tokens, completion_tokens, seconds FROM failures
    UNION ALL
    SELECT
        round, 'analyze', '', analysis_calls, analysis_prompt_tokens, analysis_completion_tokens, analysis_seconds
    FROM failures
)
SELECT
    round,
    role,
    model,
    sum(calls)::BIGINT AS calls,
    sum(prompt_tokens)::BIGINT AS prompt_tokens,
    sum(completion_tokens)::BIGINT AS completion_tokens,
    round(sum(seconds), 3) AS seconds
FROM spent
GROUP BY round, role, model
HAVING sum(calls) > 0
ORDER BY round, role, model
