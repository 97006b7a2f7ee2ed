-- Completes runs and claims others, in one statement and so with one commit.
-- $1, $2, $3 runs, their epochs and their artifacts; $4 how many to claim, $5 owner, $6 lease in milliseconds;
-- $7, $8 the place in the index behind which the claim begins, if not at its head.
--
-- A row that somebody else has locked is passed over and reported as busy, so that one transaction that was
-- left open does not hold up the others. As many runs fewer are claimed: the busy keep their places.
--
-- The claim is a CTE and not `IN (… LIMIT)`, which the planner may evaluate more than once. The status is a
-- literal: with a parameter a generic plan could not use the partial index and would walk past every
-- completed run.
WITH held AS MATERIALIZED (
    SELECT run.id, finished.artifact
    FROM unnest($1::uuid[], $2::bigint[], $3::jsonb[]) AS finished (id, epoch, artifact)
    JOIN public.diagnosis_runs AS run ON run.id = finished.id
    WHERE run.lease_epoch = finished.epoch AND run.status = 'in_progress'
    FOR NO KEY UPDATE OF run SKIP LOCKED
), completed AS (
    UPDATE public.diagnosis_runs AS run
    SET status = 'completed',
        diagnosis_result = held.artifact,
        completed_at = now(),
        lease_owner = NULL,
        lease_expires_at = NULL
    FROM held
    WHERE run.id = held.id
    RETURNING run.id
), busy AS MATERIALIZED (
    SELECT run.id
    FROM unnest($1::uuid[], $2::bigint[]) AS finished (id, epoch)
    JOIN public.diagnosis_runs AS run ON run.id = finished.id
    WHERE (SELECT count(*) FROM completed) < cardinality($1::uuid[])
        AND run.lease_epoch = finished.epoch AND run.status = 'in_progress'
        AND NOT EXISTS (SELECT 1 FROM completed WHERE completed.id = run.id)
), due AS MATERIALIZED (
    SELECT id
    FROM public.diagnosis_runs
    WHERE status = 'queued' AND next_attempt_at <= now()
        AND (next_attempt_at, id) > (
            COALESCE($7, '-infinity'::timestamptz),
            COALESCE($8, '00000000-0000-0000-0000-000000000000'::uuid)
        )
    ORDER BY next_attempt_at, id
    LIMIT greatest($4::bigint - (SELECT count(*) FROM busy), 0)
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
    false AS is_busy,
    NULL::uuid AS assessment_id,
    NULL::integer AS attempt,
    NULL::bigint AS lease_epoch,
    NULL::timestamptz AS next_attempt_at
FROM completed
UNION ALL
SELECT id, true, NULL, NULL, NULL, NULL
FROM busy
UNION ALL
SELECT id, false, assessment_id, attempt, lease_epoch, next_attempt_at
FROM claimed
