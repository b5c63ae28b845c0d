-- Why: a venue that redeems far more than it can serve is asked about.

-- How many vouchers a month were agreed with a venue; null when none were.
ALTER TABLE venue ADD COLUMN vouchers_per_month INTEGER;
