-- +goose Up
-- Contacts that a person had until he got others: who took an account over and
-- changed them is seen by the one whose account it is.
create table contact_left (
	id bigint primary key,
	person bigint not null,
	mail boolean not null,
	recipient text not null,
	at bigint not null
);
create index contact_left_person on contact_left (person, at);

-- +goose Down
drop table contact_left;
