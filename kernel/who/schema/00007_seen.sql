-- +goose Up
-- When who works for a body last signed in; nobody else's is kept.
alter table person add column seen bigint not null default 0;

-- +goose Down
alter table person drop column seen;
