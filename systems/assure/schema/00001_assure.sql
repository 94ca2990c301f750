-- +goose Up
-- What the population register is asked; name, number and day are kept only until it has answered.
create table assure_ask (
	id bigint primary key,
	person bigint not null,
	about text not null,
	number text not null,
	name text not null,
	born text not null,
	state text not null,
	made bigint not null,
	tries int not null
);
create index assure_ask_person on assure_ask (person, made);
create index assure_ask_about on assure_ask (about, made);

-- The code by which a person at a counter shows which account is his.
create table assure_code (
	digest text primary key,
	person bigint not null,
	until bigint not null
);

-- +goose Down
drop table assure_code;
drop table assure_ask;
