-- What turns the table into a queue that any number of workers can share: when a run is due, who holds it
-- and until when, and the lease epoch, the fencing token that each claim raises by one.

ALTER TABLE public.diagnosis_runs
    ADD COLUMN IF NOT EXISTS next_attempt_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN IF NOT EXISTS lease_epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS lease_owner text,
    ADD COLUMN IF NOT EXISTS lease_expires_at timestamptz;

COMMENT ON COLUMN public.diagnosis_runs.next_attempt_at IS 'A queued run is due from this time on';
COMMENT ON COLUMN public.diagnosis_runs.lease_epoch IS 'Raised by each claim; every later write of the attempt must name it';
COMMENT ON COLUMN public.diagnosis_runs.lease_owner IS 'The worker process that holds the run, a UUID per start';
COMMENT ON COLUMN public.diagnosis_runs.lease_expires_at IS 'When the run may be rescued from its worker';

-- The claim walks the first index, the rescue the second. lease_expires_at is in no index on purpose: the
-- heartbeat's updates stay HOT that way.
CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_due
    ON public.diagnosis_runs (next_attempt_at, id) WHERE status = 'queued';
CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_in_progress
    ON public.diagnosis_runs (id) WHERE status = 'in_progress';

-- Every run is updated several times within seconds: leave room on the page, and clean up early.
ALTER TABLE public.diagnosis_runs SET (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 1
);
