-- Gives back runs that this worker has claimed without getting to know it, because the reply was lost. Nobody has
-- begun to work them: the attempt is not counted. $1 owner, $2 the runs that it holds or has worked.
WITH unheld AS MATERIALIZED (
    SELECT id
    FROM public.diagnosis_runs
    WHERE status = 'in_progress' AND lease_owner = $1 AND NOT id = ANY ($2)
    ORDER BY id
    LIMIT 1000
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE public.diagnosis_runs AS run
SET status = 'queued',
    lease_owner = NULL,
    lease_expires_at = NULL
FROM unheld
WHERE run.id = unheld.id
RETURNING run.id
