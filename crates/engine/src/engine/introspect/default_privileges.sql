SELECT
    r.rolname AS role,
    n.nspname AS schema,
    d.defaclobjtype AS kind,
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'grantee', CASE e.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(e.grantee)::text END,
            'grantor', pg_catalog.pg_get_userbyid(e.grantor),
            'privilege', e.privilege_type,
            'grantable', e.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(d.defaclacl) e) AS grants
FROM pg_catalog.pg_default_acl d
JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
WHERE d.defaclobjtype IN ('r', 'S', 'f', 'n')
