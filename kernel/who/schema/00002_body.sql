-- +goose Up
create table body (
	code text primary key,
	id bigint not null,
	parent text not null,
	name text not null,
	level text not null,
	unit text not null,
	zone text not null,
	address text not null,
	phone text not null,
	from_day text not null,
	to_day text not null,
	next text not null,
	by bigint not null,
	made bigint not null
);

-- +goose Down
drop table body;
