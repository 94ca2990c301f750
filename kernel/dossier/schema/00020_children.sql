-- +goose Up
create index dossier_parent on dossier (parent, id) where parent > 0;

-- +goose Down
drop index dossier_parent;
