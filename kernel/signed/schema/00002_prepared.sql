-- +goose Up
-- The drafts that a program filled in for its person, who signs and files them.
create table prepared (
  draft  bigint not null primary key,
  person bigint not null,
  made   bigint not null
);
create index prepared_person on prepared (person);
