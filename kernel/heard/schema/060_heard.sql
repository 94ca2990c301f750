-- +goose Up
-- When a body last reported, changed or not, and how long it is used to be silent.
create table heard (
  body   text   not null primary key,
  at     bigint not null,
  times  bigint not null, -- at least ten minutes apart
  rhythm bigint not null  -- seconds of its office hours
);

-- +goose Down
drop table heard;
