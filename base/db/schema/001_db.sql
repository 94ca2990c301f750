-- +goose Up
-- Caches named so are stale from this version on.
create table changed (
  name    text   not null primary key,
  version bigint not null
);

-- What was answered to an idempotency key, for a day.
create table once (
  owner  text   not null,
  key    text   not null,
  hash   text   not null,
  answer bytea,
  at     bigint not null,
  primary key (owner, key)
);
create index once_at on once (at);
