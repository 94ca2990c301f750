-- +goose Up
-- Receipts as they were made once.
create table pay_receipt (
	act bigint primary key,
	sum text not null,
	issue bigint not null
);

-- +goose Down
drop table pay_receipt;
