-- +goose Up
-- way: page, list, paper, api, export, party or console; purpose: see reading.go;
-- about: the person, where it was not a dossier that was read (0: everybody).
alter table reading add column way text not null default 'page';
alter table reading add column purpose text not null default '';
alter table reading add column about bigint not null default 0;
create index reading_about on reading (about, id) where dossier = 0;
create index reading_person on reading (person, id);

-- Readings that are kept from the person while somebody is investigated.
create table reading_seal (
	id bigint primary key,
	dossier bigint not null,
	person bigint not null,
	body text not null,
	since bigint not null,
	until bigint not null
);
create index reading_seal_dossier on reading_seal (dossier);

-- +goose Down
drop table reading_seal;
drop index reading_about;
drop index reading_person;
alter table reading drop column about;
alter table reading drop column purpose;
alter table reading drop column way;
