-- Drops whatever a case made: a database after it is like one before the first.
SET client_min_messages = error;
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT evtname FROM pg_event_trigger LOOP
        EXECUTE format('DROP EVENT TRIGGER %I', item.evtname);
    END LOOP;
    EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
    ALTER ROLE postgres RESET ALL;
    ALTER ROLE ALL RESET ALL;
    FOR item IN SELECT pubname FROM pg_publication LOOP
        EXECUTE format('DROP PUBLICATION %I', item.pubname);
    END LOOP;
    FOR item IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP
        EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', item.extname);
    END LOOP;
    FOR item IN SELECT fdwname FROM pg_foreign_data_wrapper LOOP
        EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', item.fdwname);
    END LOOP;
    FOR item IN SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', item.nspname);
    END LOOP;
    FOR item IN SELECT rolname FROM pg_roles WHERE oid >= 16384 LOOP
        EXECUTE format('DROP OWNED BY %I CASCADE', item.rolname);
        EXECUTE format('DROP ROLE %I', item.rolname);
    END LOOP;
    FOR item IN SELECT oid FROM pg_largeobject_metadata LOOP
        PERFORM lo_unlink(item.oid);
    END LOOP;
END $$;
DELETE FROM pg_default_acl;
CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
RESET client_min_messages;
