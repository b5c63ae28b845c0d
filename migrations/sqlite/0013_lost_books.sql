-- Why: the operator sees at once which lost books wait for a new one, without reading every book
-- of every ledger. A book that is not lost costs the index nothing.

CREATE INDEX book_lost ON book (ledger_no, book_no)
    WHERE custody = 'lost' AND replaced_by IS NULL;
