-- The datacenter where somebody is at home: where they signed up, until they are moved. Null for those who came while
-- there was but one; they are at home in that of the server.
alter table account add column home_dc smallint;

alter table device
  -- Why the last login here ended, where its client did not end it itself: 'revoked', 'expired', 'deactivated'.
  add column ended       text,
  -- The login was carried here from another datacenter. Clients carry it anew when told that there is none.
  add column is_carried  boolean not null default false;
