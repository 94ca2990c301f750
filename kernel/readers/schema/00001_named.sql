-- +goose Up
-- Which dossiers name whom: numbers of persons among the answers of their applicants.
create table readers_named (
	dossier bigint not null,
	number text not null,
	primary key (dossier, number)
);
create index readers_named_number on readers_named (number);

-- +goose Down
drop table readers_named;
