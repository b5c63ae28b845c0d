-- Why: a key may be made to read only, and to end by itself.

ALTER TABLE api_key ADD COLUMN reads_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN expires_at INTEGER;
