-- +goose Up
-- When a body last reported, changed or not; written every ten minutes at most.
create table sync_heard (
  body text   not null primary key,
  at   bigint not null
);

-- What a body says it handled: how many of a day, and with which codes.
create table sync_account (
  body  text   not null,
  day   text   not null,
  count bigint not null,
  codes text   not null, -- one a line, in their order
  at    bigint not null,
  primary key (body, day)
);

-- +goose Down
drop table sync_heard;
drop table sync_account;
