-- +goose Up
alter table session add column idle bigint not null default 0;
alter table session add column used bigint not null default 0;

-- +goose Down
alter table session drop column used;
alter table session drop column idle;
