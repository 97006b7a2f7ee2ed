UPDATE public.diagnosis_runs
SET next_attempt_at = least(next_attempt_at, now())
WHERE id = $1 AND status = 'queued'
RETURNING pg_notify('diagnosis_runs', '')
