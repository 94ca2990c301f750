-- +goose Up
-- For which certificates of its issuer a list speaks: SHA-256 of its issuing
-- distribution point, hexadecimal; '' for all of them. Each part is kept by itself.
alter table list_kept add column part text not null default '';
create index list_kept_part on list_kept (issuer, part, began);
drop index list_kept_issuer;

-- The newest list that came from there.
alter table list_source add column kept text not null default '';

-- +goose Down
drop index list_kept_part;
create index list_kept_issuer on list_kept (issuer, began);
