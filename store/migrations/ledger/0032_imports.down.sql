DROP TABLE ledger.imports;
