-- +goose Up
create table voice_published (
	id bigint primary key,
	dossier bigint not null unique,
	body text not null,
	sent bigint not null,
	at bigint not null,
	subject text not null,
	words text not null,
	answer text not null
);

-- +goose Down
drop table voice_published;
