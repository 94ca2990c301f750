-- +goose Up
create table passkey (
	id bigint primary key,
	person bigint not null,
	credential text not null,
	name text not null,
	record text not null,
	made bigint not null,
	used bigint not null,
	stopped bigint not null
);
create unique index passkey_credential on passkey (credential);
create index passkey_person on passkey (person);

create table passkey_spent (
	hash text primary key,
	made bigint not null
);

-- +goose Down
drop table passkey;
drop table passkey_spent;
