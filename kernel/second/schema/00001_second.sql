-- +goose Up
create table second_app (
	person bigint primary key,
	made bigint not null,
	confirmed bigint not null,
	step bigint not null
);

create table second_recovery (
	hash text primary key,
	person bigint not null,
	made bigint not null,
	used bigint not null
);
create index second_recovery_person on second_recovery (person);

-- +goose Down
drop table second_app;
drop table second_recovery;
