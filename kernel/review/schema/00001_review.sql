-- +goose Up
create table review (
	id bigint primary key,
	body text not null,
	quarter text not null,
	opened bigint not null,
	due bigint not null,
	state text not null,
	ended bigint not null
);
create unique index review_once on review (body, quarter);
create index review_state on review (state, due);

-- A role to be looked at; said is kept, taken or suspended, or nothing yet.
create table review_right (
	review bigint not null,
	held bigint not null,
	person bigint not null,
	role text not null,
	said text not null,
	by bigint not null,
	at bigint not null,
	primary key (review, held)
);

-- +goose Down
drop table review_right;
drop table review;
