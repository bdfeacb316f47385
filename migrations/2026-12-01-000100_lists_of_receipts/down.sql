DROP TABLE access_receipts;
