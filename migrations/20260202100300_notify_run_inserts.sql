-- Runs inserted by anyone wake the workers that LISTEN. The payload is empty on purpose: nothing of a run
-- travels on a channel that every login can listen to, and equal notifications collapse into one.

CREATE OR REPLACE FUNCTION public.notify_diagnosis_runs() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('diagnosis_runs', '');
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS trigger_diagnosis_runs_notify ON public.diagnosis_runs;
CREATE TRIGGER trigger_diagnosis_runs_notify
    AFTER INSERT ON public.diagnosis_runs
    FOR EACH STATEMENT EXECUTE FUNCTION public.notify_diagnosis_runs();
