-- +goose Up
create table node (
	name text primary key,
	value text not null
);

-- +goose Down
drop table node;
