-- What went wrong, by stage and error, with an example. A failure is never a verdict.
SELECT
    stage,
    error,
    retryable,
    count(*) AS failures,
    count(DISTINCT case_key) AS cases,
    max(try_number) AS most_tries,
    min_by(message, id) AS example_message
FROM failures
GROUP BY stage, error, retryable
ORDER BY failures DESC, stage, error
