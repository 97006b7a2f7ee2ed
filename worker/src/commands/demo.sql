INSERT INTO auth.users (id, raw_app_meta_data)
VALUES ('00000000-0000-4000-8000-000000000001', '{}');

INSERT INTO public.patient_profiles (id, user_id)
VALUES ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001');

INSERT INTO public.assessments (id, patient_id, funnel)
VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000002', 'stress');

INSERT INTO public.assessment_answers (assessment_id, question_id, answer_value)
VALUES
    ('00000000-0000-4000-8000-000000000003', 'sleep_hours', 4),
    ('00000000-0000-4000-8000-000000000003', 'stress_level', 8),
    ('00000000-0000-4000-8000-000000000003', 'exercise_days', 1);
