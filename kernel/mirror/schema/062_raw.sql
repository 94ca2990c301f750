-- +goose Up
-- What the bytes of the line are known by when they come again (kernel/repeat); 0: they are not known.
alter table mirror add column raw bigint not null default 0;

-- +goose Down
alter table mirror drop column raw;
