-- +goose Up
-- Files that no scanner has seen yet, and those in which malware was found after
-- they were kept. Of what was found clean there is no row.
create table file_scan (
	sum text primary key,   -- SHA-256, as in file
	at bigint not null,     -- when it came
	tried bigint not null,  -- when the scanner was last asked
	found text not null,    -- the malware, as the scanner calls it; "": it was not looked at yet
	why text not null       -- why not
);

-- +goose Down
drop table file_scan;
