UPDATE public.diagnosis_runs AS run
SET lease_expires_at = now() + $3 * interval '1 millisecond'
FROM unnest($1::uuid[], $2::bigint[]) AS held (id, epoch)
WHERE run.id = held.id AND run.lease_epoch = held.epoch AND run.status = 'in_progress'
RETURNING run.id
