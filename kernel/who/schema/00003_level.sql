-- +goose Up
alter table person add column level text not null default '';
alter table person add column proven text;
create unique index person_proven on person (proven);

-- +goose Down
drop index person_proven;
alter table person drop column proven;
alter table person drop column level;
