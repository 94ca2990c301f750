-- +goose Up
-- A file goes once no row names it: each that goes is asked for.
create index keys_item_prepared on keys_item (prepared);
create index keys_item_signed on keys_item (signed);

-- +goose Down
drop index keys_item_signed;
drop index keys_item_prepared;
