-- Takes runs from workers whose lease ran out. A rescue raises the attempt like a retry does, so that a run
-- that kills its worker cannot loop for ever. A run in progress without a lease was put there by hand.
-- $1 lease in milliseconds, $2 delays by attempt, $3 the error of a last attempt, $4 the cap on attempts,
-- $5 the error of an attempt that others follow.
WITH expired AS MATERIALIZED (
    SELECT id, lease_owner
    FROM public.diagnosis_runs
    WHERE status = 'in_progress'
      AND coalesce(lease_expires_at, updated_at + $1 * interval '1 millisecond') <= now()
    ORDER BY id
    LIMIT 100
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE public.diagnosis_runs AS run
SET status = CASE
        WHEN run.attempt < least(run.max_attempts, $4) THEN 'queued' ELSE 'failed'
    END::public.diagnosis_run_status,
    attempt = run.attempt + (run.attempt < least(run.max_attempts, $4))::integer,
    next_attempt_at = now()
        + interval '1 millisecond' * (($2::bigint[])[run.attempt] * (0.8 + 0.4 * random())),
    errors = coalesce(run.errors, '[]'::jsonb) || jsonb_set(
        CASE WHEN run.attempt < least(run.max_attempts, $4) THEN $5::jsonb ELSE $3::jsonb END,
        '{attempt}',
        to_jsonb(run.attempt)
    ),
    lease_owner = NULL,
    lease_expires_at = NULL
FROM expired
WHERE run.id = expired.id
RETURNING run.id, run.status, expired.lease_owner
