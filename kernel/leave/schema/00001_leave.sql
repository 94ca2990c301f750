-- +goose Up
-- Who asked that his account be closed; closed and erased are 0 until they are.
create table leave_account (
	person bigint primary key,
	asked bigint not null,
	closes bigint not null,
	closed bigint not null,
	erased bigint not null
);
create index leave_account_closes on leave_account (closes) where erased = 0;

-- Content of dossiers that was erased, so that none is looked at twice.
create table leave_erased (
	dossier bigint primary key,
	person bigint not null,
	at bigint not null
);

-- Files that no row names any more, until they are removed.
create table leave_file (
	sum text primary key
);

-- +goose Down
drop table leave_account;
drop table leave_erased;
drop table leave_file;
