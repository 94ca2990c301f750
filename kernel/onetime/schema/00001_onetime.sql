-- +goose Up
create table onetime_code (
	id bigint primary key,
	person bigint not null,
	about text not null,
	kind text not null,
	recipient text not null,
	hash text not null,
	tries bigint not null,
	made bigint not null
);
create index onetime_code_person on onetime_code (person, about);

create table onetime_answered (
	person bigint not null,
	kind text not null,
	recipient text not null,
	at bigint not null,
	primary key (person, kind, recipient)
);

-- +goose Down
drop table onetime_code;
drop table onetime_answered;
