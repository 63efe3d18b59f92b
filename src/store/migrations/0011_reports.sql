-- What people report becomes a case: one open case at a time for whoever is reported.
create table report_case (
  id            int generated always as identity primary key,
  subject_id    int not null,
  -- 'open' or 'closed'
  state         text not null,
  opened_at     int not null,
  changed_at    int not null,
  closed_at     int,
  -- What a moderator decided, in words.
  outcome       text not null default '',
  report_count  int not null default 0
);
create unique index report_case_open on report_case (subject_id) where state = 'open';
create index report_case_subject on report_case (subject_id, id);
create index report_case_changed on report_case (state, changed_at, id);

-- One person's report of one kind and reason; told again, its comment and messages are added to it.
create table report (
  id           int generated always as identity primary key,
  case_id      int not null references report_case on delete cascade,
  reporter_id  int not null,
  -- What was reported: 'messages', 'chat', 'photo' or 'peer'.
  about        text not null,
  reason       text not null,
  comment      text not null default '',
  reported_at  int not null,
  unique (case_id, reporter_id, about, reason)
);

-- The reported messages as they were when they were reported, whatever becomes of them: the TL of a Message as the
-- reporter saw it.
create table report_message (
  report_id   int not null references report on delete cascade,
  message_id  int not null,
  message     bytea not null,
  primary key (report_id, message_id)
);
