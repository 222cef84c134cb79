-- Every case with what was tried on it: the first and the last verdict, and the guidelines it gave.
WITH tried AS (
    SELECT
        case_key,
        count(*) AS attempts,
        arg_min(verdict_status, (round, id)) AS first_verdict,
        arg_max(verdict_status, (round, id)) AS last_verdict
    FROM attempts
    WHERE arm = 'learn'
    GROUP BY case_key
),
taught AS (
    SELECT case_key, count(*) AS guidelines, count(*) FILTER (accepted) AS accepted FROM candidates GROUP BY case_key
)
SELECT
    cases.case_key,
    cases.id,
    cases.subject,
    cases.answer_type,
    len(cases.image_sha256) AS images,
    coalesce(tried.attempts, 0) AS attempts,
    tried.first_verdict,
    tried.last_verdict,
    coalesce(taught.guidelines, 0) AS guidelines,
    coalesce(taught.accepted, 0) AS accepted_guidelines,
    cases.source
FROM cases
LEFT JOIN tried USING (case_key)
LEFT JOIN taught USING (case_key)
ORDER BY cases.id, cases.case_key
