-- +goose Up
alter table draft add column moved text not null default '';

-- +goose Down
alter table draft drop column moved;
