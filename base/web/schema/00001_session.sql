-- +goose Up
create table session (
	hash text primary key,
	sort text not null,
	subject bigint not null,
	scope text not null,
	label text not null,
	made bigint not null,
	expires bigint not null
);
create index session_subject on session (subject, sort);

-- +goose Down
drop table session;
