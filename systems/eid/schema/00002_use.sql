-- +goose Up
create table eid_use (
	person bigint not null,
	party bigint not null,
	scope text not null,
	at bigint not null,
	primary key (person, party, scope)
);

-- +goose Down
drop table eid_use;
