-- +goose Up
create table eid_push (
	id bigint primary key,
	person bigint not null,
	party bigint not null,
	device text not null,
	endpoint text not null,
	p256dh text not null,
	auth text not null,
	made bigint not null,
	failing bigint not null,
	unique (person, endpoint)
);
create index eid_push_person on eid_push (person, party);

-- +goose Down
drop table eid_push;
