-- +goose Up
create table procedure_source (
	code text not null,
	version text not null,
	source text not null,
	overlays text not null,
	at bigint not null,
	primary key (code, version)
);

create table procedure_info (
	code text primary key,
	title text not null,
	ministry text not null,
	sector text not null,
	level text not null,
	object text not null,
	decision text not null,
	channels text not null,
	time text not null,
	fee text not null,
	result text not null,
	at bigint not null
);
