-- +goose Up
-- A use of a body's seal has who had it set (0: the node, on what the body
-- decided), the act that the paper rests on or the signing that he confirmed, and the SHA-256 of the sealed file.
alter table sign_use add column by bigint not null default 0;
alter table sign_use add column about bigint not null default 0;
alter table sign_use add column file text not null default '';
create index sign_use_key on sign_use (key, id);
create index sign_key_body on sign_key (body, kind);

-- What the key made for a request will be, and for which body it will sign.
alter table sign_wish add column kind text not null default 'person';
alter table sign_wish add column body text not null default '';
