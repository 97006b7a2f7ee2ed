SELECT
    (SELECT count(*) FROM public.diagnosis_runs WHERE status = 'queued') AS queued,
    (SELECT count(*) FROM public.diagnosis_runs WHERE status = 'in_progress') AS in_progress,
    coalesce(
        (
            SELECT greatest(0, extract(epoch FROM now() - next_attempt_at))::bigint
            FROM public.diagnosis_runs
            WHERE status = 'queued'
            ORDER BY next_attempt_at, id
            LIMIT 1
        ),
        0
    ) AS oldest_due_seconds
