-- +goose Up
create table handover_report (
	dossier bigint primary key,
	body text not null,
	code text not null,
	opened bigint not null,
	version bigint not null,
	sum bigint not null,
	state int not null,
	claimed bigint not null
);
create index handover_report_code on handover_report (code);
create index handover_report_opened on handover_report (body, opened);

-- +goose Down
drop table handover_report;
