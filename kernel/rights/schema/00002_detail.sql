-- +goose Up
-- What is asked for, in words that decide: who approves has read them, and nothing
-- else may be done.
alter table right_ask add column detail text not null default '';

-- +goose Down
alter table right_ask drop column detail;
