-- +goose Up
-- A register that was drawn up: data is its lines as CSV, sum its signed paper
-- once somebody asked for it ("" before).
create table register (
	id bigint primary key,
	body text not null,
	first text not null,
	last text not null,
	lines bigint not null,
	person bigint not null,
	name text not null,
	at bigint not null,
	data text not null,
	sum text not null
);
create index register_body on register (body, id);

-- +goose Down
drop table register;
