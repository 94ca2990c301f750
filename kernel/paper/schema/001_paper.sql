-- +goose Up
create table paper (
	act bigint not null,
	sort text not null,
	dossier bigint not null,
	sum text not null,
	issue bigint not null,
	at bigint not null,
	primary key (act, sort)
);
create index paper_sum on paper (sum);

-- +goose Down
drop table paper;
