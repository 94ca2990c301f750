-- +goose Up
-- Promises that the calendar, changed since, would put elsewhere. They stay; the
-- rows are what was last counted and can be counted again.
create table hours_kept (
	dossier bigint primary key,
	body text not null,
	promised bigint not null,
	counted bigint not null
);
create index hours_kept_body on hours_kept (body, promised, dossier);

-- +goose Down
drop table hours_kept;
