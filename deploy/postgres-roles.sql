-- The roles of Carnet on PostgreSQL: who owns the tables, who serves, who reads.
--
-- Once, as a superuser (psql), with your own passwords:
--
--   CREATE ROLE carnet_owner LOGIN PASSWORD '…';
--   CREATE ROLE carnet_server LOGIN PASSWORD '…';
--   CREATE ROLE carnet_reader LOGIN PASSWORD '…';
--   CREATE ROLE carnet_tenant NOLOGIN;
--   GRANT carnet_tenant TO carnet_server;
--   CREATE DATABASE carnet OWNER carnet_owner;
--   \c carnet
--   ALTER SCHEMA public OWNER TO carnet_owner;
--
-- Then, and again after each new version of Carnet, as carnet_owner:
--
--   CARNET_DATABASE__URL=postgres://carnet_owner:…@HOST/carnet?sslmode=verify-full carnet migrate
--   psql postgres://carnet_owner:…@HOST/carnet?sslmode=verify-full -f deploy/postgres-roles.sql
--
-- The server is given carnet_server. It owns nothing, is not superuser, adds to the journal and
-- cannot change it: not even by dropping the triggers, which are the owner's. `carnet doctor` checks
-- all of this. Run it as often as you like: the same again changes nothing.
--
-- What somebody of a funder, a distributor, a structure or a venue asks to read, the server reads as
-- carnet_tenant, which row-level security shows its own rows only: a second net under the program's
-- own rule. Dump as a superuser, or as a role with BYPASSRLS: pg_dump does not read past policies.

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
    session, attempt, refused_attempt, signal, totp, recovery_code, passkey, ceremony, identity, openid_flow
    FROM carnet_reader;

-- Tenants: what anybody may know, and of the rest what is somebody's own.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM carnet_tenant;
GRANT USAGE ON SCHEMA public TO carnet_tenant;
GRANT SELECT ON ledger, checkpoint, tile, cosignature, log_key, ledger_release, creation,
    voucher_key, venue, book_route, entry, account, transfer, organisation, site, admission,
    campaign, voucher_order, book, block, redemption, reversal, settlement, payment, payment_file,
    bank_account, api_key, key_use, membership, person, code_route,
    hand_over_statistic TO carnet_tenant;

-- The organisation that is asked for, and its own ledger when it is a funder; nothing without one.
CREATE OR REPLACE FUNCTION carnet_me() RETURNS TEXT LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('carnet.tenant', true), '') $$;
CREATE OR REPLACE FUNCTION carnet_own() RETURNS BIGINT LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT ledger_no FROM ledger WHERE ledger_id = carnet_me() $$;
REVOKE ALL ON FUNCTION carnet_me(), carnet_own() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION carnet_me(), carnet_own() TO carnet_tenant, carnet_server, carnet_reader;

DO $$
DECLARE
    -- Table, and what a tenant is shown of it. A policy may look at the tables above it only.
    rule TEXT[];
    rules CONSTANT TEXT[] := ARRAY[
        -- Where a structure, or its one venue, was admitted.
        ['admission', 'ledger_no = carnet_own() OR structure_id = carnet_me()
            AND COALESCE(current_setting(''carnet.venue'', true), '''') IN ('''', venue_id)'],
        ['redemption', 'ledger_no = carnet_own() OR EXISTS (SELECT 1 FROM admission AS a
            WHERE a.ledger_no = redemption.ledger_no AND a.venue_no = redemption.venue_no)'],
        ['reversal', 'ledger_no = carnet_own() OR EXISTS (SELECT 1 FROM redemption AS d
            WHERE d.ledger_no = reversal.ledger_no AND d.book_no = reversal.book_no
              AND d.position = reversal.position AND d.round = reversal.round)'],
        ['site', 'organisation_id = carnet_me() OR carnet_own() IS NOT NULL'],
        ['hand_over_statistic', 'site_id IN
            (SELECT s.site_id FROM site AS s WHERE s.organisation_id = carnet_me())'],
        -- A distributor sees what it holds or handed over, a structure what was spent with it.
        ['book', 'ledger_no = carnet_own()
            OR site_id IN (SELECT s.site_id FROM site AS s WHERE s.organisation_id = carnet_me())
            OR EXISTS (SELECT 1 FROM redemption AS d
                WHERE d.ledger_no = book.ledger_no AND d.book_no = book.book_no)'],
        ['voucher_order', 'ledger_no = carnet_own() OR EXISTS (SELECT 1 FROM book AS b
            WHERE b.ledger_no = voucher_order.ledger_no AND b.order_no = voucher_order.order_no)'],
        ['campaign', 'ledger_no = carnet_own() OR EXISTS (SELECT 1 FROM voucher_order AS o
            WHERE o.ledger_no = campaign.ledger_no AND o.campaign_no = campaign.campaign_no)'],
        ['block', 'ledger_no = carnet_own() OR EXISTS (SELECT 1 FROM book AS b
            WHERE b.ledger_no = block.ledger_no
              AND b.book_no BETWEEN block.first_no AND block.last_no)'],
        ['payment', 'ledger_no = carnet_own() OR structure_id = carnet_me()'],
        ['settlement', 'ledger_no = carnet_own() OR EXISTS (SELECT 1 FROM admission AS a
            WHERE a.ledger_no = settlement.ledger_no)'],
        ['payment_file', 'ledger_no = carnet_own()'],
        ['account', 'ledger_no = carnet_own() OR strpos(account, carnet_me()) > 0'],
        ['transfer', 'ledger_no = carnet_own() OR strpos(debit, carnet_me()) > 0
            OR strpos(credit, carnet_me()) > 0'],
        -- A line that names it, or a venue of its own.
        ['entry', 'ledger_no = carnet_own() OR strpos(line, carnet_me()) > 0
            OR EXISTS (SELECT 1 FROM venue AS v
                WHERE v.structure_id = carnet_me() AND strpos(entry.line, v.venue_id) > 0)'],
        ['organisation', 'organisation_id = carnet_me()
            OR EXISTS (SELECT 1 FROM admission AS a
                WHERE a.structure_id = organisation.organisation_id)'],
        -- Only the counter looks codes up.
        ['code_route', 'false'],
        ['bank_account', 'owner_id = carnet_me()'],
        ['api_key', 'organisation_id = carnet_me()'],
        ['key_use', 'EXISTS (SELECT 1 FROM api_key AS k
            WHERE k.api_key_id = key_use.api_key_id)'],
        ['membership', 'organisation_id = carnet_me()'],
        ['person', 'EXISTS (SELECT 1 FROM membership AS m WHERE m.person_id = person.person_id)']
    ];
BEGIN
    FOREACH rule SLICE 1 IN ARRAY rules LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', rule[1]);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', rule[1]);
        EXECUTE format('DROP POLICY IF EXISTS whole ON %I', rule[1]);
        EXECUTE format('CREATE POLICY whole ON %I TO CURRENT_USER, carnet_server, carnet_reader
            USING (true) WITH CHECK (true)', rule[1]);
        EXECUTE format('DROP POLICY IF EXISTS tenant ON %I', rule[1]);
        EXECUTE format('CREATE POLICY tenant ON %I FOR SELECT TO carnet_tenant USING (%s)',
            rule[1], rule[2]);
    END LOOP;
END $$;

COMMIT;
