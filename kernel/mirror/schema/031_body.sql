-- +goose Up
-- The dossiers behind a figure of one body, the newest first.
create index mirror_body on mirror (body, id);

-- +goose Down
drop index mirror_body;
