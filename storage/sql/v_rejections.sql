-- Guidelines that the quality gate refused, by category, with an example.
SELECT
    stream,
    reject_category,
    count(*) AS candidates,
    min_by(reject_reason, id) AS example_reason,
    min_by(guideline, id) AS example_guideline
FROM candidates
WHERE NOT accepted
GROUP BY stream, reject_category
ORDER BY candidates DESC, stream, reject_category
