-- +goose Up
-- Receipts are kept with the other papers (kernel/paper).
drop table pay_receipt;

-- +goose Down
create table pay_receipt (
	act bigint primary key,
	sum text not null,
	issue bigint not null
);
