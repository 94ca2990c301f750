-- +goose Up
-- What was taken over in one go, from one file.
create table cutover_batch (
	id bigint primary key,
	file text not null,
	sum text not null,
	by bigint not null,
	began bigint not null,
	ended bigint not null,
	undone bigint not null
);
create index cutover_batch_sum on cutover_batch (sum);

-- The journal: which line made what. It can be lost without harm to anybody's
-- rights; then a file cannot be brought up to date or undone any more.
create table cutover_case (
	code text primary key,
	dossier bigint not null,
	version bigint not null, -- of the dossier, as the last line left it
	hash text not null,      -- of that line
	batch bigint not null    -- that opened it
);
create index cutover_case_batch on cutover_case (batch, code);

-- +goose Down
drop table cutover_batch;
drop table cutover_case;
