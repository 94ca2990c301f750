-- +goose Up
alter table disprove_case add column since bigint not null default 0; -- when the proof was made; 0: before that was kept

-- +goose Down
alter table disprove_case drop column since;
