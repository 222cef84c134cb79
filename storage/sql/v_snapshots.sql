-- Releases, oldest first; the latest is the one that is in use.
SELECT
    snapshots.*,
    snapshots.id = (SELECT snapshot_id FROM latest) AS is_latest
FROM snapshots
ORDER BY created_at, id
