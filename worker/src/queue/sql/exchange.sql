-- Completes runs and claims others, in one statement and so with one commit.
-- $1, $2, $3 runs, their epochs and their artifacts; $4 how many to claim, $5 owner, $6 lease in milliseconds;
-- $7, $8 the place in the index behind which the claim begins, if not at its head.
--
-- The claim is a CTE and not `IN (… LIMIT)`, which the planner may evaluate more than once. The status is a
-- literal: with a parameter a generic plan could not use the partial index and would walk past every
-- completed run.
WITH completed AS (
    UPDATE public.diagnosis_runs AS run
    SET status = 'completed',
        diagnosis_result = finished.artifact,
        completed_at = now(),
        lease_owner = NULL,
        lease_expires_at = NULL
    FROM unnest($1::uuid[], $2::bigint[], $3::jsonb[]) AS finished (id, epoch, artifact)
    WHERE run.id = finished.id AND run.lease_epoch = finished.epoch AND run.status = 'in_progress'
    RETURNING run.id
), due AS MATERIALIZED (
    SELECT id
    FROM public.diagnosis_runs
    WHERE status = 'queued' AND next_attempt_at <= now()
        AND (next_attempt_at, id) > (
            COALESCE($7, '-infinity'::timestamptz),
            COALESCE($8, '00000000-0000-0000-0000-000000000000'::uuid)
        )
    ORDER BY next_attempt_at, id
    LIMIT $4
    FOR NO KEY UPDATE SKIP LOCKED
), claimed AS (
    UPDATE public.diagnosis_runs AS run
    SET status = 'in_progress',
        started_at = now(),
        lease_epoch = run.lease_epoch + 1,
        lease_owner = $5,
        lease_expires_at = now() + $6 * interval '1 millisecond'
    FROM due
    WHERE run.id = due.id
    RETURNING run.id, run.assessment_id, run.attempt, run.lease_epoch, run.next_attempt_at
)
SELECT
    id,
    NULL::uuid AS assessment_id,
    NULL::integer AS attempt,
    NULL::bigint AS lease_epoch,
    NULL::timestamptz AS next_attempt_at
FROM completed
UNION ALL
SELECT id, assessment_id, attempt, lease_epoch, next_attempt_at
FROM claimed
