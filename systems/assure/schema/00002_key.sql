-- +goose Up
-- A passkey by which a person asks for the level High: a working row. What became
-- of it stands in acts.
create table assure_key (
	id      bigint not null primary key,
	person  bigint not null,
	passkey bigint not null,
	state   text   not null, -- waits, done, stopped, over
	made    bigint not null,
	due     bigint not null
);
create index assure_key_person on assure_key (person, id);

-- +goose Down
drop table assure_key;
