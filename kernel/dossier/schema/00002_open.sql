-- +goose Up
-- An office's open dossiers, however many it has ended.
create index dossier_open on dossier (body, due, id) where ended = 0;
create index dossier_body on dossier (body, id);

-- +goose Down
drop index dossier_open;
drop index dossier_body;
