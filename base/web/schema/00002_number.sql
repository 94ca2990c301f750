-- +goose Up
alter table session add column number bigint not null default 0;

-- +goose Down
alter table session drop column number;
