-- Who may use the administrator's console. totp is the sealed secret of the second factor, null until it is set up; totp_step
-- the time step of the last code that was taken, so that none is taken twice. appointed_by is null for whoever held the token
-- of the server's start.
create table console_admin (
  user_id       int primary key,
  -- 'owner', 'moderator' or 'viewer'
  role          text not null,
  totp          bytea,
  totp_step     int not null default 0,
  appointed_at  int not null,
  appointed_by  int
);

-- Every action in the console. Each row's hash is a keyed one over the row and the hash before it, so that a change shows.
create table audit_log (
  id        int primary key,
  at        int not null,
  -- Null: whoever held the token of the server's start, or nobody who is known.
  who       int,
  role      text not null,
  address   text not null,
  action    text not null,
  subject   text not null,
  details   text not null,
  previous  bytea not null,
  hash      bytea not null
);
create index audit_log_who on audit_log (who, id);
create index audit_log_subject on audit_log (subject, id);

create function audit_log_is_kept() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only added to';
end $$;
create trigger audit_log_rows before update or delete on audit_log
  for each row execute function audit_log_is_kept();
create trigger audit_log_whole before truncate on audit_log
  for each statement execute function audit_log_is_kept();

-- What administrators write to all users or to the owners of apps. last_key is up to whom it was sent: the id of a user, the
-- number of an owner. A server that sends it holds it for some time.
create table announcement (
  id           int generated always as identity primary key,
  -- 'users' or 'developers'
  audience     text not null,
  text         text not null,
  made_by      int not null,
  made_at      int not null,
  last_key     text not null default '',
  told         int not null default 0,
  held_until   int not null default 0,
  finished_at  int
);
create index announcement_open on announcement (id) where finished_at is null;

-- The host can mark an app that somebody registered in the portal as its own: its users are not under observation.
alter table app add column is_official boolean not null default false;
-- How many accounts are signed in through an app.
create index device_app on device (api_id) where user_id is not null;
