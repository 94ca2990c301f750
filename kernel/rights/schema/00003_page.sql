-- +goose Up
-- Where it is decided, of what is asked for by a page of its own; '' on the page of rights.
alter table right_ask add column page text not null default '';

-- +goose Down
alter table right_ask drop column page;
