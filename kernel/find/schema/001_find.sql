-- +goose Up
-- What officials learned that people say; the first words are the pack's.
create table find_synonym (
  id   bigint not null primary key,
  say  text   not null, -- JSON: phrases of people
  mean text   not null  -- JSON: words of titles, or codes
);
