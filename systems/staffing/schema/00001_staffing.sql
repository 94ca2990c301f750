-- +goose Up
create table staffing_source (
	body text primary key,
	account bigint not null,
	issuer text not null,
	client text not null,
	changed bigint not null
);
create index staffing_source_account on staffing_source (account);

create table staffing_user (
	person bigint primary key,
	body text not null,
	login text not null,
	external text not null,
	name text not null,
	email text not null,
	phone text not null,
	active bigint not null,
	made bigint not null,
	changed bigint not null
);
create index staffing_user_body on staffing_user (body, login);

create table staffing_link (
	body text not null,
	issuer text not null,
	subject text not null,
	person bigint not null,
	at bigint not null,
	primary key (body, issuer, subject)
);
create index staffing_link_person on staffing_link (person);

create table staffing_try (
	hash text primary key,
	body text not null,
	person bigint not null,
	nonce text not null,
	verifier text not null,
	onward text not null,
	browser text not null,
	expires bigint not null
);

-- +goose Down
drop table staffing_source;
drop table staffing_user;
drop table staffing_link;
drop table staffing_try;
