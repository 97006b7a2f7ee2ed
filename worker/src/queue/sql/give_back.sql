-- Back to the queue without an outcome: the attempt is not counted. The notification wakes another worker.
UPDATE public.diagnosis_runs
SET status = 'queued',
    next_attempt_at = now() + $3 * interval '1 millisecond',
    lease_owner = NULL,
    lease_expires_at = NULL
WHERE id = $1 AND lease_epoch = $2 AND status = 'in_progress'
RETURNING pg_notify('diagnosis_runs', '')
