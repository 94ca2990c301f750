-- +goose Up
-- Who holds the token of the directory: what it asks for, he asked for. 0: not
-- known; then it asks for no dangerous role until it has a new token.
alter table staffing_source add column hand bigint not null default 0;

-- +goose Down
alter table staffing_source drop column hand;
