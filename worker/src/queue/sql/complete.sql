UPDATE public.diagnosis_runs AS run
SET status = 'completed',
    diagnosis_result = finished.artifact,
    completed_at = now(),
    lease_owner = NULL,
    lease_expires_at = NULL
FROM unnest($1::uuid[], $2::bigint[], $3::jsonb[]) AS finished (id, epoch, artifact)
WHERE run.id = finished.id AND run.lease_epoch = finished.epoch AND run.status = 'in_progress'
RETURNING run.id
