-- +goose Up
create table act (
	id bigint primary key,
	dossier bigint not null,
	version bigint not null,
	act text not null,
	by bigint not null,
	at bigint not null,
	salt bytea,
	body text
);
create unique index act_dossier on act (dossier, version);

create table dossier (
	id bigint primary key,
	kind text not null,
	kind_version text not null,
	code text not null,
	tail text not null,
	state text not null,
	body text not null,
	zone text not null,
	applicant bigint not null,
	org bigint not null,
	helper bigint not null,
	name text not null,
	subject text not null,
	channel text not null,
	holder bigint not null,
	parent bigint not null,
	version bigint not null,
	opened bigint not null,
	changed bigint not null,
	entered bigint not null,
	started bigint not null,
	due bigint not null,
	desk_due bigint not null,
	ended bigint not null,
	waiting bigint not null,
	desk text not null,
	folded text not null
);
create unique index dossier_code on dossier (code);
create index dossier_desk on dossier (body, desk, due, id);
create index dossier_applicant on dossier (applicant, id);
create index dossier_org on dossier (org, id) where org > 0;
create index dossier_holder on dossier (holder, due, id) where holder > 0;

create table sequence (
	scope text primary key,
	next bigint not null
);

create table draft (
	id bigint primary key,
	owner bigint not null,
	secret text not null,
	kind text not null,
	kind_version text not null,
	body text not null,
	org bigint not null,
	helped text not null,
	answers text not null,
	papers text not null,
	made bigint not null,
	saved bigint not null,
	dossier bigint not null
);
create index draft_owner on draft (owner) where owner > 0;

create table file (
	id bigint primary key,
	owner bigint not null,
	draft bigint not null,
	dossier bigint not null,
	sort text not null,
	name text not null,
	type text not null,
	size bigint not null,
	sum text not null,
	at bigint not null
);
create index file_owner on file (owner, sort) where dossier > 0;
create index file_sum on file (sum);

create table reading (
	id bigint primary key,
	dossier bigint not null,
	person bigint not null,
	body text not null,
	role text not null,
	at bigint not null
);
create index reading_dossier on reading (dossier, id);

-- +goose Down
drop table act;
drop table dossier;
drop table sequence;
drop table draft;
drop table file;
drop table reading;
