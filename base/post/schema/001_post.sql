-- +goose Up
-- Messages on their way to people: what was sent keeps neither words nor address.
create table post (
  id        bigint not null primary key,
  kind      text   not null,
  recipient text   not null,
  subject   text   not null,
  body      text   not null,
  made      bigint not null,
  sent      bigint not null,  -- 0: not yet
  failed    text   not null   -- why it never will be; empty: it may
);
