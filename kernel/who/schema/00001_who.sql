-- +goose Up
create table person (
	id bigint primary key,
	login text,
	name text not null,
	email text not null,
	phone text not null,
	number text not null,
	born text not null,
	lang text not null,
	password text not null,
	made bigint not null
);
create unique index person_login on person (login);
create index person_number on person (number);

create table org (
	id bigint primary key,
	name text not null,
	number text not null,
	made bigint not null
);
create unique index org_number on org (number);

create table mandate (
	id bigint primary key,
	person bigint not null,
	org bigint not null,
	since bigint not null,
	until bigint not null
);
create index mandate_person on mandate (person);

create table grants (
	id bigint primary key,
	person bigint not null,
	role text not null,
	body text not null,
	covers bigint not null,
	since bigint not null,
	until bigint not null
);
create index grants_person on grants (person);
create index grants_body on grants (body, role);

-- +goose Down
drop table person;
drop table org;
drop table mandate;
drop table grants;
