-- +goose Up
-- A body's own account is compared with what was opened in the same days.
create index mirror_opened on mirror (body, opened);

-- +goose Down
drop index mirror_opened;
