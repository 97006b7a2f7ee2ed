-- Columns that a deployment may lack are read through to_jsonb, where a missing column is a missing key.
SELECT jsonb_build_object(
    'assessment_data', jsonb_build_object(
        'id', assessment.id,
        'answers', coalesce(
            (
                SELECT jsonb_agg(
                    jsonb_build_object('question_id', answer.question_id, 'answer_value', answer.answer_value)
                    ORDER BY answer.question_id
                )
                FROM public.assessment_answers AS answer
                WHERE answer.assessment_id = assessment.id
            ),
            '[]'::jsonb
        ),
        'created_at', coalesce(to_jsonb(assessment) ->> 'created_at', to_jsonb(assessment) ->> 'started_at')
    ),
    'funnel_config', jsonb_build_object(
        'funnel', to_jsonb(assessment) ->> 'funnel',
        'funnel_id', to_jsonb(assessment) ->> 'funnel_id'
    ),
    'patient_context', jsonb_build_object(
        'patient_id', patient.id,
        'patient_created_at', to_jsonb(patient) ->> 'created_at'
    )
)
FROM public.assessments AS assessment
JOIN public.patient_profiles AS patient ON patient.id = assessment.patient_id
WHERE assessment.id = $1
