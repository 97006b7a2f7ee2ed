-- Whether nothing is due, about to be due, or running anywhere.
SELECT NOT EXISTS (
        SELECT 1 FROM public.diagnosis_runs
        WHERE status = 'queued' AND next_attempt_at <= now() + interval '5 seconds'
    )
    AND NOT EXISTS (SELECT 1 FROM public.diagnosis_runs WHERE status = 'in_progress')
