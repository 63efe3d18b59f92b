-- The datacenter where somebody is at home: where they signed up, until they are moved. Null for those who came while
-- there was but one; they are at home in that of the server.
alter table account add column home_dc smallint;
