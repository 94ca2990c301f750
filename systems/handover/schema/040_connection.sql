-- +goose Up
create table handover_connection (
	id bigint primary key,
	body text not null,
	way text not null,
	url text not null,
	kinds text not null,
	account bigint not null,
	since bigint not null,
	until bigint not null
);
create index handover_connection_body on handover_connection (body);

create table handover_item (
	id bigint primary key,
	body text not null,
	dossier bigint not null,
	why text not null,
	at bigint not null,
	done bigint not null
);
create index handover_item_waiting on handover_item (body, done, id);
create index handover_item_dossier on handover_item (dossier);

-- +goose Down
drop table handover_item;
drop table handover_connection;
