-- Roles that every server has, and its one extension.

CREATE ROLE pg_database_owner;
CREATE ROLE pg_read_all_data;
CREATE ROLE pg_write_all_data;
CREATE ROLE pg_monitor;
CREATE ROLE pg_read_all_settings;
CREATE ROLE pg_read_all_stats;
CREATE ROLE pg_stat_scan_tables;
CREATE ROLE pg_read_server_files;
CREATE ROLE pg_write_server_files;
CREATE ROLE pg_execute_server_program;
CREATE ROLE pg_signal_backend;
CREATE ROLE pg_checkpoint;
CREATE ROLE pg_maintain;
CREATE ROLE pg_use_reserved_connections;
CREATE ROLE pg_create_subscription;

CREATE EXTENSION plpgsql WITH SCHEMA pg_catalog;
