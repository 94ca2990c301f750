-- +goose Up
-- When a body last reported, changed or not; written every ten minutes at most.
create table sync_heard (
  body text   not null primary key,
  at   bigint not null
);

-- +goose Down
drop table sync_heard;
