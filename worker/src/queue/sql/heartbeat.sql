-- Renews leases. A row that somebody else has locked is passed over, so that one transaction that was left
-- open does not cost this worker all its leases: it is still held, but not renewed this time.
WITH held AS MATERIALIZED (
    SELECT run.id
    FROM unnest($1::uuid[], $2::bigint[]) AS told (id, epoch)
    JOIN public.diagnosis_runs AS run ON run.id = told.id
    WHERE run.lease_epoch = told.epoch AND run.status = 'in_progress'
    FOR NO KEY UPDATE OF run SKIP LOCKED
), renewed AS (
    UPDATE public.diagnosis_runs AS run
    SET lease_expires_at = now() + $3 * interval '1 millisecond'
    FROM held
    WHERE run.id = held.id
    RETURNING run.id
)
SELECT id, true AS is_renewed
FROM renewed
UNION ALL
SELECT run.id, false AS is_renewed
FROM unnest($1::uuid[], $2::bigint[]) AS told (id, epoch)
JOIN public.diagnosis_runs AS run ON run.id = told.id
WHERE run.lease_epoch = told.epoch AND run.status = 'in_progress'
