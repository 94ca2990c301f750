-- +goose Up
create table confirm (
	id bigint primary key,
	person bigint not null,
	purpose text not null,
	digest text not null,
	title text not null,
	facts text not null,
	least text not null,
	back text not null,
	made bigint not null,
	way text not null,
	level text not null,
	proof text not null,
	done bigint not null,
	used bigint not null
);
create index confirm_person on confirm (person, purpose, digest);

-- +goose Down
drop table confirm;
