CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN email AS text;
CREATE TABLE t (
    c_bool boolean, c_int2 smallint, c_int4 integer, c_int8 bigint, c_numeric numeric(10, 2), c_float4 real,
    c_float8 double precision, c_text text, c_varchar varchar(20), c_bpchar char(3), c_name name, c_uuid uuid,
    c_json json, c_jsonb jsonb, c_date date, c_time time, c_timetz timetz, c_timestamp timestamp,
    c_timestamptz timestamptz, c_interval interval, c_bytea bytea, c_inet inet, c_cidr cidr, c_macaddr macaddr,
    c_money money, c_bit bit(4), c_varbit varbit, c_oid oid, c_regclass regclass, c_point point, c_box box,
    c_tsvector tsvector, c_tsquery tsquery, c_xml xml, c_int4range int4range, c_tstzrange tstzrange,
    c_int4multirange int4multirange, c_mood mood, c_pair pair, c_positive positive, c_email email,
    c__int4 integer[], c__text text[], c__uuid uuid[], c__mood mood[], c__jsonb jsonb[], c__numeric numeric[],
    c_char "char", c_jsonpath jsonpath
);
CREATE FUNCTION one(integer) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
CREATE FUNCTION one(text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION two(a numeric, b text DEFAULT 'x', c boolean DEFAULT true) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION same(anyelement, anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION listed(anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1[1]';
CREATE FUNCTION alike(anycompatible, anycompatible) RETURNS anycompatiblearray LANGUAGE sql AS 'SELECT ARRAY[$1]';
CREATE FUNCTION many(text, VARIADIC integer[]) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
CREATE FUNCTION felt(mood) RETURNS mood LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION paired(pair) RETURNS date LANGUAGE sql AS 'SELECT NULL::date';
CREATE FUNCTION wide(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION wide(double precision) RETURNS double precision LANGUAGE sql AS 'SELECT $1';
