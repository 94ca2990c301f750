-- +goose Up
create index dossier_parent on dossier (parent, kind) where parent > 0;
