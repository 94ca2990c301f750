-- +goose Up
create table handover_endpoint (
	id bigint primary key,
	scope text not null,
	account bigint not null,
	url text not null,
	types text not null,
	made bigint not null,
	off bigint not null,
	why text not null,
	failing bigint not null,
	fails int not null,
	paused bigint not null
);
create index handover_endpoint_scope on handover_endpoint (scope);

create table handover_message (
	id bigint primary key,
	endpoint bigint not null,
	dossier bigint not null,
	type text not null,
	body text not null,
	made bigint not null,
	state text not null,
	repeats int not null,
	tries int not null,
	next bigint not null
);
create index handover_message_next on handover_message (endpoint, state, next);
create index handover_message_dossier on handover_message (dossier);

create table handover_attempt (
	message bigint not null,
	n int not null,
	at bigint not null,
	status int not null,
	took bigint not null,
	said text not null,
	primary key (message, n)
);

-- +goose Down
drop table handover_attempt;
drop table handover_message;
drop table handover_endpoint;
