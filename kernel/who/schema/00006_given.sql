-- +goose Up
-- Who gave a role, so that it is seen beside it; 0: nobody, or not known.
alter table grants add column by bigint not null default 0;

-- +goose Down
alter table grants drop column by;
