-- Run as the caller: what row-level security hides from them does not exist here. On top of that the
-- assessment must be their own or that of a patient assigned to them, as the run's own policies have it.
SELECT EXISTS (
    SELECT 1
    FROM public.assessments AS assessment
    JOIN public.patient_profiles AS patient ON patient.id = assessment.patient_id
    WHERE assessment.id = $1
      AND (
          patient.user_id = auth.uid()
          OR (
              public.diagnosis_runs_caller_is_clinician()
              AND EXISTS (
                  SELECT 1
                  FROM public.clinician_patient_assignments AS assignment
                  WHERE assignment.clinician_user_id = auth.uid()
                    AND assignment.patient_user_id = patient.user_id
              )
          )
      )
)
