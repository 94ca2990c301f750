-- +goose Up
create table eid_party (
	id bigint primary key,
	body text not null,
	state text not null,
	name text not null,
	site text not null,
	redirects text not null,
	leaves text not null,
	backchannel text not null,
	scopes text not null,
	auth text not null,
	keys text not null,
	secret text not null,
	level text not null,
	changed bigint not null
);
create index eid_party_body on eid_party (body);

create table eid_consent (
	person bigint not null,
	party bigint not null,
	scopes text not null,
	at bigint not null,
	primary key (person, party)
);

create table eid_grant (
	id bigint primary key,
	party bigint not null,
	person bigint not null,
	session bigint not null,
	scopes text not null,
	level text not null,
	signed bigint not null,
	nonce text not null,
	redirect text not null,
	challenge text not null,
	made bigint not null,
	ended bigint not null
);
create index eid_grant_person on eid_grant (person, party);
create index eid_grant_session on eid_grant (session);
create index eid_grant_made on eid_grant (made);

create table eid_secret (
	hash text primary key,
	sort text not null,
	grant_id bigint not null,
	expires bigint not null,
	used bigint not null
);
create index eid_secret_grant on eid_secret (grant_id);
create index eid_secret_expires on eid_secret (expires);

create table eid_key (
	id bigint primary key,
	since bigint not null,
	until bigint not null
);

-- +goose Down
drop table eid_party;
drop table eid_consent;
drop table eid_grant;
drop table eid_secret;
drop table eid_key;
