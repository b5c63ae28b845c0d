-- The roles of Carnet on PostgreSQL: who owns the tables, who serves, who reads.
--
-- Once, as a superuser (psql), with your own passwords:
--
--   CREATE ROLE carnet_owner LOGIN PASSWORD '…';
--   CREATE ROLE carnet_server LOGIN PASSWORD '…';
--   CREATE ROLE carnet_reader LOGIN PASSWORD '…';
--   CREATE DATABASE carnet OWNER carnet_owner;
--   \c carnet
--   ALTER SCHEMA public OWNER TO carnet_owner;
--
-- Then, and again after each new version of Carnet, as carnet_owner:
--
--   CARNET_DATABASE__URL=postgres://carnet_owner:…@HOST/carnet carnet migrate
--   psql postgres://carnet_owner:…@HOST/carnet -f deploy/postgres-roles.sql
--
-- The server is given carnet_server. It owns nothing, is not superuser, adds to the journal and
-- cannot change it: not even by dropping the triggers, which are the owner's. `carnet doctor` checks
-- all of this. Run it as often as you like: the same again changes nothing.

BEGIN;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO carnet_server, carnet_reader;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, carnet_server, carnet_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO carnet_server;

-- The journal: lines, checkpoints, tiles and co-signatures are added, and never changed.
REVOKE UPDATE, DELETE, TRUNCATE ON entry, checkpoint, tile, cosignature FROM carnet_server;

-- The schema is the owner's matter.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON _sqlx_migrations FROM carnet_server;

-- Reports and dashboards read; what is secret or somebody's own is not theirs.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO carnet_reader;
REVOKE SELECT ON api_key, bank_account, logo, payment_file, proposal, code_route, person, link,
    session, attempt, totp, recovery_code, passkey, ceremony, identity, openid_flow FROM carnet_reader;

COMMIT;
