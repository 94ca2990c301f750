-- +goose Up
-- Work to be done outside a request. Of one name and key there is at most one
-- row nobody has begun (fresh) and one that was begun.
create table job (
  name   text    not null,
  key    text    not null,
  fresh  boolean not null,
  at     bigint,             -- due; while it runs, the end of its lease; null: quarantined
  made   bigint  not null,
  tries  bigint  not null,
  reason text    not null,   -- of the last failure
  body   text    not null,
  primary key (name, key, fresh)
);
create index job_at on job (at);
