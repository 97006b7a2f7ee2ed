-- Ends an attempt that failed: back to the queue if it may be retried and attempts are left, else failed.
-- $4 may it be retried, $5 delays by attempt in milliseconds, $6 the least delay, $7 the cap on attempts.
WITH verdict AS (
    SELECT id, $4 AND attempt < least(max_attempts, $7) AS again
    FROM public.diagnosis_runs
    WHERE id = $1
)
UPDATE public.diagnosis_runs AS run
SET status = CASE WHEN verdict.again THEN 'queued' ELSE 'failed' END::public.diagnosis_run_status,
    attempt = run.attempt + verdict.again::integer,
    next_attempt_at = CASE
        WHEN verdict.again THEN now() + interval '1 millisecond' * greatest(
            $6,
            ($5::bigint[])[run.attempt] * (0.8 + 0.4 * random())
        )
        ELSE run.next_attempt_at
    END,
    errors = coalesce(run.errors, '[]'::jsonb) || $3::jsonb,
    lease_owner = NULL,
    lease_expires_at = NULL
FROM verdict
WHERE run.id = $1 AND run.id = verdict.id AND run.lease_epoch = $2 AND run.status = 'in_progress'
RETURNING run.status
