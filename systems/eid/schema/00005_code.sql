-- +goose Up
-- A code says itself what it stands for; a grant is written down when it is redeemed.
delete from eid_secret where sort = 'code';
alter table eid_grant drop column nonce;
alter table eid_grant drop column redirect;
alter table eid_grant drop column challenge;

-- +goose Down
alter table eid_grant add column nonce text not null default '';
alter table eid_grant add column redirect text not null default '';
alter table eid_grant add column challenge text not null default '';
