UPDATE public.diagnosis_runs
SET context_pack = $3
WHERE id = $1 AND lease_epoch = $2 AND status = 'in_progress'
