SELECT status, lease_epoch FROM public.diagnosis_runs WHERE id = $1
