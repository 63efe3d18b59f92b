-- What accounts and apps do that others may mind, counted by day (days since 1970). subject_kind: 'user' or 'app'.
create table abuse_count (
  subject_kind  text not null,
  subject_id    int not null,
  counted       text not null,
  day           int not null,
  count         int not null,
  primary key (subject_kind, subject_id, counted, day)
);
create index abuse_count_age on abuse_count (day);

-- What was done about it, by a rule or by an administrator, and whether it was taken back. Nothing is deleted here.
create table sanction (
  id            int generated always as identity primary key,
  subject_kind  text not null,
  subject_id    int not null,
  -- 'slow', 'limited' or 'banned'
  kind          text not null,
  since         int not null,
  -- Null: until it is lifted.
  until         int,
  -- Why, in words.
  cause         text not null,
  -- The counts that led to it: what, on which day, how often.
  evidence      jsonb not null default '[]',
  -- The administrator who did it; null: a rule did.
  made_by       int,
  lifted_at     int,
  lifted_by     int
);
create index sanction_subject on sanction (subject_kind, subject_id, id);
create index sanction_force on sanction (subject_kind, subject_id) where lifted_at is null;

-- What somebody says against a sanction; answered by a person.
create table appeal (
  id           int generated always as identity primary key,
  sanction_id  int not null unique references sanction,
  user_id      int not null,
  text         text not null,
  made_at      int not null,
  answer       text,
  answered_at  int,
  answered_by  int
);
create index appeal_open on appeal (id) where answered_at is null;

-- The account that tells users of their limits, known to clients under this id and name.
insert into account (id, first_name, is_bot, is_verified, created_at) values (178220800, 'Spam Info', true, true, 0);
insert into username (name_key, name, peer_id) values ('spambot', 'SpamBot', 178220800);
insert into box (id) values (178220800);
